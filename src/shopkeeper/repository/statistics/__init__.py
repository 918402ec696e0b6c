"""Sums over what was sold and what came back, exact and as of any moment."""
