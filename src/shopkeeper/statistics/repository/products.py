"""Sales of each product, under the names and categories it was sold in."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.statistics.repository.facts import COLUMNS, MEASURES, SUMS
from shopkeeper.statistics.repository.scope import (
    Piece,
    Reading,
    Scope,
    Sums,
    all_of,
    in_category,
    live_facts,
    piece_parameters,
    read_from,
    union,
)

_ANY = Fragment("true")
_NET = "units - refunded_units AS pieces"
_DIMENSIONS = Fragment("product_id, product_name, category_id, category_name")
_SOLD_AS = Fragment("sold_as.product_id, product_name, category_id, category_name")


class SoldAs(NamedTuple):
    """A name and category that a product was sold under."""

    product_id: int
    product_name: str
    category_id: int
    category_name: str


def send_closed_units(
    session: Session, scope: Scope, reading: Reading, *, by_category: bool
) -> bytes:
    """Pieces sold less those that came back, of each product on closed days.

    For each, as integers of eight bytes, the highest first: its category, if
    they are told apart by it, its id, and the pieces. One may come several
    times. Read by the hundred thousand, this is what takes least.
    """
    pieces = _pieces(scope, reading)
    columns = Fragment("{owner}.product_id, " + _NET)
    if by_category:
        columns = Fragment("category_id, {owner}.product_id, " + _NET)
    queries = _closed_queries(scope, pieces, columns, conditions=[], named=by_category)
    return _send(session, queries, _parameters(scope, reading, pieces), by_category)


def send_live_units(
    session: Session, scope: Scope, reading: Reading, *, by_category: bool
) -> bytes:
    """The same of what is not closed."""
    key = "category_id, product_id" if by_category else "product_id"
    queries = _live_queries(scope, reading, Fragment(f"{key}, {_NET}"))
    return _send(session, queries, _parameters(scope, reading, []), by_category)


def _send(
    session: Session,
    queries: Sequence[Fragment],
    parameters: dict[str, Any],
    by_category: bool,
) -> bytes:
    if not queries:
        return b""
    key = ("category_id", "product_id") if by_category else ("product_id",)
    sent = [Fragment(f"int8send({column})") for column in key]
    found = session.scalar(
        text(
            Fragment(
                """
                SELECT string_agg({sent} || int8send(CAST(pieces AS bigint)), ''::bytea)
                FROM ({parts}) AS parts
                """,
                sent=Fragment.joined(" || ", sent),
                parts=union(queries),
            )
        ),
        parameters,
    )
    return bytes(found or b"")


def sum_by_sold_as(
    session: Session,
    scope: Scope,
    closed_until: date | None,
    product_ids: Sequence[int],
) -> dict[SoldAs, Sums]:
    """What was sold and came back of products, under each name and category.

    Args:
        session: The transaction.
        scope: The question.
        closed_until: The first day that is not closed.
        product_ids: Which products.
    """
    reading = read_from(scope, closed_until)
    pieces = _pieces(scope, reading)
    rolled = [Fragment(f"rolled.{name}") for name in MEASURES]
    parts = _closed_queries(
        scope,
        pieces,
        Fragment.joined(", ", [_SOLD_AS, *rolled]),
        conditions=[Fragment("sold_as.product_id = ANY (:products)")],
        named=True,
    )
    parts += _live_queries(
        scope,
        reading,
        Fragment.joined(", ", [_DIMENSIONS, COLUMNS]),
        Fragment("product_id = ANY (:products)"),
    )
    rows = session.execute(
        text(
            Fragment(
                """
                SELECT {dimensions}, sum(lines), {sums}
                FROM ({parts}) AS parts
                GROUP BY {dimensions}
                """,
                dimensions=_DIMENSIONS,
                sums=SUMS,
                parts=union(parts),
            )
        ),
        _parameters(scope, reading, pieces) | {"products": list(product_ids)},
    )
    return {SoldAs(*row[:4]): Sums.of(row[4:]) for row in rows}


def list_closed_names(session: Session, scope: Scope, reading: Reading) -> list[SoldAs]:
    """The names and categories that something has of the closed days of a period."""
    pieces = _pieces(scope, reading)
    parts = _closed_queries(
        scope,
        pieces,
        _SOLD_AS,
        conditions=[],
        named=True,
    )
    return _list_names(session, parts, _parameters(scope, reading, pieces))


def list_live_names(session: Session, scope: Scope, reading: Reading) -> list[SoldAs]:
    """The same of what is not closed."""
    parts = _live_queries(scope, reading, _DIMENSIONS)
    return _list_names(session, parts, _parameters(scope, reading, []))


def _list_names(
    session: Session, queries: Sequence[Fragment], parameters: dict[str, Any]
) -> list[SoldAs]:
    if not queries:
        return []
    distinct = Fragment(
        "SELECT DISTINCT * FROM ({parts}) AS parts", parts=union(queries)
    )
    return [SoldAs(*row) for row in session.execute(text(distinct), parameters)]


def last_sold_as(
    session: Session, scope: Scope, by: tuple[str, ...], ids: Sequence[int]
) -> dict[tuple[int, ...], SoldAs]:
    """Under which name and category something was last sold in a period.

    Of what was not sold in it, under which it was that came back last.

    Args:
        session: The transaction.
        scope: The question.
        by: Of what: columns of `SoldAs`.
        ids: The last of these columns is one of them.
    """
    if not ids:
        return {}
    key = Fragment.joined(", ", map(Fragment, by))
    reading = Reading(None, ((scope.start, scope.until),))
    rows = session.execute(
        text(
            Fragment(
                """
                SELECT DISTINCT ON ({key}) {dimensions}
                FROM ({facts}) AS facts
                WHERE {last} = ANY (:ids)
                ORDER BY {key}, lines DESC, moment DESC, order_id DESC NULLS LAST,
                    {dimensions}
                """,
                key=key,
                dimensions=_DIMENSIONS,
                facts=live_facts(scope, reading.spans),
                last=Fragment(by[-1]),
            )
        ),
        scope.parameters | reading.parameters | {"ids": list(ids)},
    )
    found = [SoldAs(*row) for row in rows]
    return {tuple(getattr(row, column) for column in by): row for row in found}


def _pieces(scope: Scope, reading: Reading) -> list[Piece]:
    """The roll-ups that the closed part of a period is made of."""
    if scope.country_code is not None or scope.product_id is not None:
        return reading.days
    if reading.is_all_closed:
        return [Piece("ever", None, None)]
    return reading.months_and_days


_JOINED_NAMES = Fragment("JOIN sold_as ON sold_as.id = rolled.sold_as_id")
_TABLES = {"ever": "sales_ever", "month": "sales_months", "day": "sales_days"}


def _closed_queries(
    scope: Scope,
    pieces: Sequence[Piece],
    columns: Fragment,
    *,
    conditions: Sequence[Fragment],
    named: bool,
) -> list[Fragment]:
    """A query for each piece; it joins the names only where they are asked for."""
    asked = list(conditions)
    if scope.category is not None:
        asked.append(in_category(Fragment("sold_as.category_name")))
    if scope.product_id is not None:
        asked.append(Fragment("sold_as.product_id = :product"))
    if scope.country_code is not None:
        asked.append(Fragment("rolled.country_code = :country"))
    queries = []
    for number, piece in enumerate(pieces):
        needs_names = named or bool(asked) or piece.unit == "day"
        owner = Fragment("sold_as" if needs_names else "rolled")
        queries.append(
            Fragment(
                "SELECT {columns} FROM {table} AS rolled {names} WHERE {conditions}",
                columns=Fragment(columns, owner=owner)
                if "{owner}" in columns
                else columns,
                table=Fragment(_TABLES[piece.unit]),
                names=_JOINED_NAMES if needs_names else Fragment(""),
                conditions=all_of([*piece.conditions(number), *asked]),
            )
        )
    return queries


def _live_queries(
    scope: Scope, reading: Reading, columns: Fragment, condition: Fragment = _ANY
) -> list[Fragment]:
    """The query for what is not closed; none if all of it is."""
    if not reading.spans:
        return []
    facts = live_facts(scope, reading.spans)
    return [
        Fragment(
            "SELECT {columns} FROM ({facts}) AS facts WHERE {condition}",
            columns=columns,
            facts=facts,
            condition=condition,
        )
    ]


def _parameters(
    scope: Scope, reading: Reading, pieces: Sequence[Piece]
) -> dict[str, Any]:
    return scope.parameters | reading.parameters | piece_parameters(pieces)
