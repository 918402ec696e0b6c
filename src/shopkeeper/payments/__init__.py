"""Payments: the providers behind one port, what is paid, owed, and moved elsewhere."""
