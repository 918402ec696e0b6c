"""The command line."""

from shopkeeper.cli.commands import main

__all__ = ["main"]
