"""Shopkeeper: an e-commerce backend on PostgreSQL."""

from importlib.metadata import version

__version__ = version("shopkeeper")
