"""What spans orders, stock and payments: placing, executing, refunding, reconciling."""

HANDS_OUT = ("service",)
