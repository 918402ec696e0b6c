"""Statements compiled once, and sent over a connection several at a time."""
