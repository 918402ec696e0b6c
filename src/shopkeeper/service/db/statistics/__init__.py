"""Statistics: what was sold, at what profit, and what is left."""
