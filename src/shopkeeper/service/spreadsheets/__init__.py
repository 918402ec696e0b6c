"""Reading the files that people keep a catalogue in."""
