"""Hostile days in the life of a shop, over HTTP on real processes.

Each scenario does its worst, insists on what was promised, and leaves the
rest to the audit. `tests/acceptance/test_promises.py` runs them in small,
`bench/torture.py` at full length.
"""
