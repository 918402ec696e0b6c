"""Running an import: a process that reads the file, and one that writes it."""
