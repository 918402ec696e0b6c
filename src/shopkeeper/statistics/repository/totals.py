"""Totals: of a whole period, of each country, of each bucket of time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.statistics.repository.facts import COLUMNS, SUMS
from shopkeeper.statistics.repository.scope import (
    EPOCH,
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

SLOT = timedelta(minutes=15)


def sum_all(session: Session, scope: Scope, closed_until: date | None) -> Sums:
    """All that was sold and came back."""
    reading = read_from(scope, closed_until)
    pieces = _pieces(scope, reading)
    closed = _closed_queries(scope, pieces, _ALL)
    totals = _sum_by(session, scope, reading, closed, _ALL, piece_parameters(pieces))
    return totals.get(0, Sums())


def sum_by_country(
    session: Session, scope: Scope, closed_until: date | None
) -> dict[str, Sums]:
    """The same of each country that something was sold to."""
    reading = read_from(scope, closed_until)
    pieces, key = _pieces(scope, reading), Fragment("country_code")
    closed = _closed_queries(scope, pieces, key)
    return _sum_by(session, scope, reading, closed, key, piece_parameters(pieces))


def sum_by_bucket(
    session: Session,
    scope: Scope,
    closed_until: date | None,
    edges: Sequence[datetime],
) -> list[Sums]:
    """The same of each period between two edges; the scope ends within the last."""
    if scope.start is None:  # Or a day would be read that begins before them all.
        scope = replace(scope, start=edges[0])
    inner, pieces = edges[1:-1], []
    if all(edge == _midnight_of(edge) for edge in inner):
        reading = read_from(scope, closed_until)
        by_month = all(edge.day == 1 for edge in inner)
        pieces = _pieces(scope, reading) if by_month else reading.days
        closed = _closed_queries(scope, pieces, _bucket_of(Fragment("{midnight}")))
    else:
        # Quarters of an hour are kept of all that was sold, and not of what.
        on_slots = not any((edge - EPOCH) % SLOT for edge in inner)
        if scope.has_filters or not on_slots:
            closed_until = None
        reading = read_from(scope, closed_until, SLOT)
        closed = _slot_queries(reading)
    totals = _sum_by(
        session,
        scope,
        reading,
        closed,
        _bucket_of(Fragment("moment")),
        piece_parameters(pieces) | {"edges": list(edges)},
    )
    return [totals.get(number, Sums()) for number, _ in enumerate(pairwise(edges), 1)]


def first_sale(session: Session) -> datetime | None:
    """When something was first sold."""
    found: datetime | None = session.scalar(
        text("SELECT min(executed_at) FROM orders WHERE executed_at IS NOT NULL")
    )
    return found


def _midnight_of(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _bucket_of(moment: Fragment) -> Fragment:
    return Fragment("width_bucket({of}, CAST(:edges AS timestamptz[]))", of=moment)


def _pieces(scope: Scope, reading: Reading) -> list[Piece]:
    is_of_all = scope.product_id is None and scope.product_ids is None
    return reading.months_and_days if is_of_all else reading.days


def _closed_queries(
    scope: Scope, pieces: Sequence[Piece], key: Fragment
) -> list[Fragment]:
    """A query for each piece of roll-ups of days and months.

    Args:
        scope: The question.
        pieces: Which days and months.
        key: What to sum by; `{midnight}` stands for when a day or month begins.
    """
    conditions = []
    if scope.country_code is not None:
        conditions.append(Fragment("country_code = :country"))
    if scope.product_id is None and scope.product_ids is None:
        tables = {"day": "sales_totals", "month": "sales_month_totals"}
        of_all = scope.category is None
        conditions.append(
            Fragment(
                "category_key = ''" if of_all else "category_key = lower(:category)"
            )
        )
        orders = Fragment("orders")
    else:
        # An order has a product in one line: as many orders as lines.
        tables, orders = {"day": "sales_days"}, Fragment("lines")
        chosen = [Fragment("product_id = :product")]
        if scope.product_ids is not None:
            chosen = [Fragment("product_id = ANY (:of_products)")]
        if scope.category is not None:
            chosen.append(in_category(Fragment("category_name")))
        conditions.append(
            Fragment(
                "sold_as_id IN (SELECT id FROM sold_as WHERE {chosen})",
                chosen=all_of(chosen),
            )
        )
    return [
        Fragment(
            """
            SELECT {key} AS key, {orders} AS orders, {columns}
            FROM {table} AS rolled
            WHERE {conditions}
            """,
            key=_midnight_in(key, piece.unit),
            orders=orders,
            columns=COLUMNS,
            table=Fragment(tables[piece.unit]),
            conditions=all_of([*piece.conditions(number), *conditions]),
        )
        for number, piece in enumerate(pieces)
    ]


# Of a question that is about no part of a period.
_ALL = Fragment("0")


def _midnight_in(key: Fragment, unit: str) -> Fragment:
    if "{midnight}" not in key:
        return key
    begins = Fragment(f"(CAST({unit} AS timestamp) AT TIME ZONE 'UTC')")
    return Fragment(key, midnight=begins)


def _slot_queries(reading: Reading) -> list[Fragment]:
    if reading.closed is None:
        return []
    return [
        Fragment(
            """
            SELECT {bucket} AS key, orders, {columns}
            FROM sales_slots
            WHERE slot >= :first AND slot < :last
            """,
            bucket=_bucket_of(Fragment("slot")),
            columns=COLUMNS,
        )
    ]


def _sum_by(  # noqa: PLR0917  # The parts of one query.
    session: Session,
    scope: Scope,
    reading: Reading,
    closed: Sequence[Fragment],
    live_key: Fragment,
    more: dict[str, Any],
) -> dict[Any, Sums]:
    parts = list(closed)
    if reading.spans:
        parts.append(
            Fragment(
                """
                SELECT {live_key} AS key, count(DISTINCT order_id) AS orders, {sums}
                FROM ({facts}) AS facts
                GROUP BY 1
                """,
                live_key=live_key,
                sums=SUMS,
                facts=live_facts(scope, reading.spans),
            )
        )
    rows = session.execute(
        text(
            Fragment(
                """
                SELECT key, sum(orders), {sums}
                FROM ({parts}) AS parts
                GROUP BY key
                """,
                sums=SUMS,
                parts=union(parts),
            )
        ),
        scope.parameters | reading.parameters | more,
    )
    return {row[0]: Sums.of(row[1:]) for row in rows}
