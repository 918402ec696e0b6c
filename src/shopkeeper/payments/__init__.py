"""Payments: the providers behind one port, what is paid, owed, and moved elsewhere."""

HANDS_OUT = (
    "errors",
    "gateways.choice",
    "gateways.port",
    "number_format",
    "processor",
    "service",
)
