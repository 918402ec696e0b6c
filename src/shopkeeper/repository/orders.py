"""Orders: found, listed, held."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from shopkeeper.models import Order, OrderItem, OrderStatus
from shopkeeper.prepared import MOST_PAGES, Later, Prepared, Trip
from shopkeeper.repository.order_views import (
    OWN,
    SHOWN,
    LineRow,
    OrderView,
    ShownRow,
    make_views,
)

# In one transaction; what is left is done the next time.
EXPIRED_AT_ONCE = 1000


class OrderFilters(NamedTuple):
    """Which orders; None does not filter. The period is half-open."""

    user_id: int | None = None
    status: OrderStatus | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    payment: str | None = None


def _prepare(sql: str) -> Prepared[ShownRow]:
    return Prepared(text(sql), tuple)


_FIND = _prepare(f"{SHOWN} WHERE {OWN} ORDER BY items.position")


def ask_for_order(
    trip: Trip, order_id: int, user_id: int, sees_all: Sequence[str]
) -> Later[OrderView | None]:
    """An order of this user, or anybody's if their role is one of these."""
    found = trip.send(
        _FIND, order_id=order_id, user_id=user_id, sees_all=list(sees_all)
    )

    def order(session: Session) -> OrderView | None:
        views = make_views(session, found.all())
        return views[0] if views else None

    return order


def lock_order(session: Session, order_id: int, owner_id: int | None) -> Order | None:
    """The same without lines, held against changes until the transaction ends."""
    query = select(Order).where(Order.id == order_id)
    if owner_id is not None:
        query = query.where(Order.user_id == owner_id)
    return session.scalar(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    )


_CONDITIONS = {
    "user_id": "user_id = :user_id",
    "status": "status = :status",
    "created_from": "created_at >= :created_from",
    "created_to": "created_at < :created_to",
    "payment_due": "EXISTS (SELECT FROM payments"
    " WHERE payments.order_id = orders.id AND payments.status = 'due')",
    "payment_disputed": "id IN (SELECT payments.order_id FROM disputes"
    " JOIN payments ON payments.id = payment_id WHERE disputes.status = 'open')",
    "payment_unmatched": "id IN (SELECT payments.order_id FROM outside_refunds"
    " JOIN payments ON payments.id = payment_id"
    " WHERE outside_refunds.refund_id IS NULL AND outside_refunds.status <> 'failed')",
    "after": "(created_at, id) < (:after, :after_id)",
}


def ask_for_orders(
    trip: Trip,
    filters: OrderFilters,
    limit: int,
    after: tuple[datetime, int] | None,
) -> Later[list[OrderView]]:
    """The orders that match, the newest first; at most `limit`."""
    values: dict[str, Any] = {
        name: value for name, value in filters._asdict().items() if value is not None
    }
    payment = values.pop("payment", None)
    conditions = set(values)
    if payment is not None:
        conditions.add(f"payment_{payment}")
    if after is not None:
        conditions.add("after")
        values["after"], values["after_id"] = after
    page = _page(frozenset(conditions), limit)
    found = trip.send(page, **values)
    return lambda session: make_views(session, found.all())


@lru_cache(maxsize=MOST_PAGES)
def _page(conditions: frozenset[str], limit: int) -> Prepared[ShownRow]:
    """A way of asking for orders: the values are still to be given.

    PostgreSQL plans for the limit as well: it reads lines for a few orders in
    another way than for a tenth of them, as which it takes a limit unknown.
    """
    where = " AND ".join(_CONDITIONS[name] for name in sorted(conditions))
    chosen = f"""
        SELECT * FROM orders {"WHERE" if where else ""} {where}
        ORDER BY created_at DESC, id DESC
        LIMIT {limit}
    """  # noqa: S608  # Conditions of ours, and a number.
    return _prepare(
        SHOWN.replace("FROM orders\n", f"FROM ({chosen}) AS orders\n")
        + "ORDER BY orders.created_at DESC, orders.id DESC, items.position"
    )


def list_lines(session: Session, order_ids: Sequence[int]) -> list[LineRow]:
    """The lines of these orders, each order's in the order they were given."""
    rows = session.execute(
        select(
            OrderItem.order_id,
            OrderItem.product_id,
            OrderItem.product_name,
            OrderItem.quantity,
            OrderItem.refunded_quantity,
            OrderItem.unit_price,
            OrderItem.line_cost,
            OrderItem.line_total,
        )
        .where(OrderItem.order_id.in_(order_ids))
        .order_by(OrderItem.order_id, OrderItem.position)
    )
    return [LineRow(*row) for row in rows]


def expire_pending(session: Session, now: datetime, before: datetime) -> None:
    """Cancel the pending orders that were last changed before a moment.

    Those that somebody holds just now are left for another time.
    """
    old = (
        select(Order.id)
        .where(
            Order.status == OrderStatus.PENDING,
            Order.created_at < before,
            Order.updated_at < before,
        )
        .order_by(Order.created_at)
        .limit(EXPIRED_AT_ONCE)
        .with_for_update(skip_locked=True, key_share=True)
    )
    session.execute(
        update(Order)
        .where(Order.id.in_(old.scalar_subquery()))
        .values(
            status=OrderStatus.CANCELLED,
            cancelled_at=now,
            updated_at=now,
            version=Order.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
