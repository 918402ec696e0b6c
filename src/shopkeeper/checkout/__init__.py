"""What spans orders, stock and payments: placing, executing, refunding, reconciling."""
