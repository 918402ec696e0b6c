"""Lists of orders: filtered, searched and sorted."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import (
    MOST_PAGES,
    Batch,
    Deferred,
    Fragment,
    Statement,
)
from shopkeeper.models import OrderStatus
from shopkeeper.orders.repository.views import OrderView, ShownRow, make_views, shown
from shopkeeper.utils.search_words import search_words


class OrderFilters(NamedTuple):
    """Which orders; None does not filter. Periods are half-open."""

    user_id: int | None = None
    status: OrderStatus | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    payment: str | None = None
    executed_from: datetime | None = None
    executed_to: datetime | None = None
    updated_since: datetime | None = None
    search: str | None = None


class OrderOrder(NamedTuple):
    """In which order, and after which key."""

    column: str = "created_at"
    descending: bool = True
    after: tuple[datetime, int] | None = None


_CONDITIONS = {
    "user_id": Fragment("user_id = :user_id"),
    "status": Fragment("status = :status"),
    "created_from": Fragment("created_at >= :created_from"),
    "created_to": Fragment("created_at < :created_to"),
    "executed_from": Fragment("executed_at >= :executed_from"),
    "executed_to": Fragment("executed_at < :executed_to"),
    "updated_since": Fragment("updated_at >= :updated_since"),
    "payment_due": Fragment(
        "EXISTS (SELECT FROM payments"
        " WHERE payments.order_id = orders.id AND payments.status = 'due')"
    ),
    "payment_disputed": Fragment(
        "id IN (SELECT payments.order_id FROM disputes"
        " JOIN payments ON payments.id = payment_id WHERE disputes.status = 'open')"
    ),
    "payment_unmatched": Fragment(
        "id IN (SELECT payments.order_id FROM outside_refunds"
        " JOIN payments ON payments.id = payment_id"
        " WHERE outside_refunds.refund_id IS NULL"
        " AND outside_refunds.status <> 'failed')"
    ),
    # Of those that were never executed there is no time to sort by.
    "was_executed": Fragment("executed_at IS NOT NULL"),
}

# Each way of being meant, by the index that knows it. A word of a customer or of
# something sold stands anywhere in it, as in a search of the catalogue.
_FOUND = """
    id IN (
        SELECT id FROM orders WHERE id = CAST(:number AS bigint)
        UNION ALL
        SELECT id FROM orders WHERE invoice_number IN (:said, upper(:said))
        UNION ALL
        SELECT order_id FROM refunds WHERE credit_note_number IN (:said, upper(:said))
        UNION ALL
        SELECT order_id FROM payments WHERE reference = :said
        UNION ALL
        SELECT id FROM orders WHERE user_id IN (
            SELECT users.id FROM users
            CROSS JOIN LATERAL (
                SELECT fold_text(concat_ws(' ', full_name, email)) AS text
            ) AS folded
            WHERE erased_at IS NULL AND {customer}
        )
        UNION ALL
        SELECT order_id FROM order_items WHERE product_id IN (
            SELECT products.id FROM products
            CROSS JOIN LATERAL (
                SELECT fold_text(concat_ws(' ', name, skus)) AS text
            ) AS folded
            WHERE {sold}
        )
    )
"""
# What lists are sorted by.
_SORTED_BY = {
    name: Fragment(name) for name in ("created_at", "executed_at", "updated_at")
}
_DESCENDING, _ASCENDING = Fragment("DESC"), Fragment("ASC")
_BEFORE, _AFTER = Fragment("<"), Fragment(">")


def ask_for_orders(
    batch: Batch, filters: OrderFilters, order: OrderOrder, limit: int
) -> Deferred[list[OrderView]]:
    """The orders that match, in order; at most `limit`.

    Raises:
        TooManyWordsError: If more is looked for than a search takes.
    """
    values: dict[str, Any] = {
        name: value for name, value in filters._asdict().items() if value is not None
    }
    payment = values.pop("payment", None)
    said = values.pop("search", None)
    conditions = set(values)
    if payment is not None:
        conditions.add(f"payment_{payment}")
    if order.column == "executed_at":
        conditions.add("was_executed")
    words = search_words(said) if said is not None else ()
    if said is not None:
        values |= {f"word_{n}": word for n, word in enumerate(words)}
        values |= {"said": said.strip(), "number": _number(said)}
    if order.after is not None:
        values["after"], values["after_id"] = order.after
    page = _page(
        frozenset(conditions),
        len(words),
        order.column,
        limit,
        descending=order.descending,
        is_first=order.after is None,
    )
    found = batch.add(page, **values)
    return lambda session: make_views(session, found.all())


def _number(said: str) -> int | None:
    """The id of an order that may be meant."""
    digits = said.strip().removeprefix("#")
    is_id = digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_ID
    return int(digits) if is_id else None


# All of these fit into a bigint.
LONGEST_ID = 18


@lru_cache(maxsize=MOST_PAGES)
def _page(  # The ways in which pages differ.
    conditions: frozenset[str],
    words: int,
    column: str,
    limit: int,
    *,
    descending: bool,
    is_first: bool,
) -> Statement[ShownRow]:
    """A way of asking for orders: the values are still to be given.

    PostgreSQL plans for the limit as well: it reads lines for a few orders in
    another way than for a tenth of them, as which it takes a limit unknown.
    """
    key = _SORTED_BY[column]
    told = [_CONDITIONS[name] for name in sorted(conditions)]
    if words:
        told.append(_found(words))
    if not is_first:
        told.append(
            Fragment(
                "({key}, id) {beyond} (:after, :after_id)",
                key=key,
                beyond=_BEFORE if descending else _AFTER,
            )
        )
    direction = _DESCENDING if descending else _ASCENDING
    chosen = Fragment(
        """
        (
            SELECT * FROM orders WHERE {conditions}
            ORDER BY {key} {direction}, id {direction}
            LIMIT {limit}
        ) AS orders
        """,
        conditions=Fragment.joined(" AND ", told or [Fragment("true")]),
        key=key,
        direction=direction,
        limit=limit,
    )
    return Statement(
        Fragment(
            """
            {shown}
            ORDER BY orders.{key} {direction}, orders.id {direction}, items.position
            """,
            shown=shown(chosen),
            key=key,
            direction=direction,
        ),
        ShownRow,
    )


def _found(words: int) -> Fragment:
    """Whether an order may be meant by what is looked for, of so many words."""
    has_all = Fragment.joined(
        " AND ",
        [
            Fragment("strpos(folded.text, fold_text(:word_{n})) > 0", n=number)
            for number in range(words)
        ],
    )
    return Fragment(_FOUND, customer=has_all, sold=has_all)


class CustomerRow(NamedTuple):
    """Who has ordered; nothing but the id is left of a closed account."""

    id: int
    email: str | None
    full_name: str | None


def list_customers(session: Session, user_ids: Sequence[int]) -> list[CustomerRow]:
    """The customers of these ids."""
    rows = session.execute(
        text("SELECT id, email, full_name FROM users WHERE id = ANY (:ids)"),
        {"ids": list(user_ids)},
    )
    return [CustomerRow(*row) for row in rows]
