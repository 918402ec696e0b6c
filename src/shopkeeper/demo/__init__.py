"""A shop that has a year behind it, for whoever wants to look around."""
