"""What an audit checks, and how it is run and mended."""
