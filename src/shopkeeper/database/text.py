"""Comparing text in PostgreSQL the same way on every server."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, String, cast, collate, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from shopkeeper.models.base import COLLATION


def fold_all(session: Session, texts: Iterable[str]) -> dict[str, str]:
    """Each text with its lower-case form, as PostgreSQL's indexes have it.

    Python's own lower() knows other rules (a sigma at the end of a word, a
    dotted capital I), so no key of the database is ever made with it.
    """
    distinct = list(set(texts))
    text = func.unnest(cast(literal(distinct, ARRAY(String)), ARRAY(String)))
    column = text.column_valued("text")
    rows = session.execute(select(column, func.lower(collate(column, COLLATION))))
    return {row[0]: row[1] for row in rows}


def lowered(text: str) -> ColumnElement[str]:
    """The text in lower case, by the collation that the indexes are in."""
    return func.lower(collate(literal(text), COLLATION))


def name_keys(
    name: ColumnElement[str] | InstrumentedAttribute[str],
) -> list[ColumnElement[Any]]:
    """By what names are sorted: their letters; what differs beyond breaks ties.

    The second is unique in the catalogue.
    """
    return [func.fold_text(name), func.lower(name)]
