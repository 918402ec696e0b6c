"""`shopkeeper statistics`: the roll-ups that statistics are read from."""

import click

from shopkeeper.cli.database import shop_sessions
from shopkeeper.statistics.service.closing import rebuild as rebuild_rollups


@click.group()
def statistics() -> None:
    """Look after what statistics are read from."""


@statistics.command()
def rebuild() -> None:
    """Make the roll-ups of closed days again, from orders and refunds.

    A running shop goes on meanwhile: its statistics are slower, and the same.
    """
    with shop_sessions() as sessions:
        days = rebuild_rollups(sessions)
    click.echo(f"Closed {days} days.")
