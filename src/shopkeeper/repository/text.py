"""Comparing text in PostgreSQL the same way on every server."""

from sqlalchemy import ColumnElement, collate, func, literal

from shopkeeper.models.base import COLLATION


def lowered(text: str) -> ColumnElement[str]:
    """The text in lower case, by the collation that the indexes are in."""
    return func.lower(collate(literal(text), COLLATION))
