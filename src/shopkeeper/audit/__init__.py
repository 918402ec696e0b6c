"""Auditing a live shop: each promise held against the database, and mended."""

HANDS_OUT = ("service",)
