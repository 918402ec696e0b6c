"""Orders with their lines, their payment and their refunds."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Select, literal, select, tuple_
from sqlalchemy.orm import Session

from shopkeeper.models import (
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    Product,
    Refund,
    RefundItem,
    Stock,
)


class LineRow(NamedTuple):
    order_id: int
    product_id: int
    product_name: str
    quantity: int
    refunded_quantity: int
    unit_price: Decimal
    line_cost: Decimal | None
    line_total: Decimal


class PaymentRow(NamedTuple):
    order_id: int
    method: str
    status: str
    amount: Decimal
    reference: str | None
    attempts: int
    failure_code: str | None
    failure_message: str | None
    created_at: datetime
    settled_at: datetime | None


class RefundItemRow(NamedTuple):
    product_id: int
    quantity: int
    amount: Decimal


class RefundRow(NamedTuple):
    id: int
    status: str
    amount: Decimal
    restocked: bool
    reason: str | None
    reference: str | None
    attempts: int
    failure_code: str | None
    failure_message: str | None
    created_at: datetime
    settled_at: datetime | None
    items: list[RefundItemRow]


@dataclass(frozen=True)
class OrderView:
    """An order with all that is shown of it."""

    id: int
    user_id: int
    status: OrderStatus
    location: str
    country_code: str
    total: Decimal
    refunded_total: Decimal
    version: int
    created_at: datetime
    updated_at: datetime
    executed_at: datetime | None
    items: Sequence[LineRow]
    payment: PaymentRow | None
    refunds: Sequence[RefundRow]

    @property
    def version_tag(self) -> str:
        return str(self.version)

    @property
    def executed(self) -> bool:
        return self.executed_at is not None


@dataclass(frozen=True)
class OrderFilters:
    """Which orders; None does not filter. The period is half-open."""

    user_id: int | None = None
    status: OrderStatus | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None


def find_order(
    session: Session, order_id: int, owner_id: int | None
) -> OrderView | None:
    """An order of this owner, or of anybody if the owner is None."""
    order = session.scalar(_of(order_id, owner_id))
    return _views(session, [order])[0] if order else None


def lock_order(session: Session, order_id: int, owner_id: int | None) -> Order | None:
    """The same without lines, held against changes until the transaction ends."""
    return session.scalar(
        _of(order_id, owner_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def list_orders(
    session: Session,
    filters: OrderFilters,
    limit: int,
    after: tuple[datetime, int] | None,
) -> list[OrderView]:
    """The orders that match, the newest first; at most `limit`."""
    query = select(Order)
    if filters.user_id is not None:
        query = query.where(Order.user_id == filters.user_id)
    if filters.status is not None:
        query = query.where(Order.status == filters.status)
    if filters.created_from is not None:
        query = query.where(Order.created_at >= filters.created_from)
    if filters.created_to is not None:
        query = query.where(Order.created_at < filters.created_to)
    if after is not None:
        query = query.where(
            tuple_(Order.created_at, Order.id) < tuple_(*map(literal, after))
        )
    newest_first = query.order_by(Order.created_at.desc(), Order.id.desc())
    return _views(session, session.scalars(newest_first.limit(limit)).all())


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


class Offer(NamedTuple):
    """What an order needs to know of a product."""

    id: int
    name: str
    price: Decimal
    quantity: int


def find_offers(session: Session, product_ids: Sequence[int]) -> dict[int, Offer]:
    """The products of these ids that are on sale."""
    rows = session.execute(
        select(Product.id, Product.name, Product.price, Stock.quantity)
        .join(Stock, Stock.product_id == Product.id)
        .where(Product.id.in_(product_ids), Product.removed_at.is_(None))
    )
    return {row.id: Offer(*row) for row in rows}


def _of(order_id: int, owner_id: int | None) -> Select[Order]:
    query = select(Order).where(Order.id == order_id)
    return query if owner_id is None else query.where(Order.user_id == owner_id)


def _views(session: Session, orders: Sequence[Order]) -> list[OrderView]:
    if not orders:
        return []
    ids = [order.id for order in orders]
    lines: dict[int, list[LineRow]] = defaultdict(list)
    for line in list_lines(session, ids):
        lines[line.order_id].append(line)
    payments = _payments(session, ids)
    sold = [order.id for order in orders if order.executed_at is not None]
    refunds = _refunds(session, sold) if sold else {}
    return [
        OrderView(
            id=order.id,
            user_id=order.user_id,
            status=OrderStatus(order.status),
            location=order.location,
            country_code=order.country_code,
            total=order.total,
            refunded_total=order.refunded_total,
            version=order.version,
            created_at=order.created_at,
            updated_at=order.updated_at,
            executed_at=order.executed_at,
            items=lines[order.id],
            payment=payments.get(order.id),
            refunds=refunds.get(order.id, ()),
        )
        for order in orders
    ]


def _payments(session: Session, order_ids: Sequence[int]) -> dict[int, PaymentRow]:
    """Each order's last payment: at most one is captured, and none comes after it."""
    rows = session.execute(
        select(
            Payment.order_id,
            Payment.method,
            Payment.status,
            Payment.amount,
            Payment.reference,
            Payment.attempts,
            Payment.failure_code,
            Payment.failure_message,
            Payment.created_at,
            Payment.settled_at,
        )
        .where(Payment.order_id.in_(order_ids))
        .order_by(Payment.id)
    )
    return {row.order_id: PaymentRow._make(row) for row in rows}


def _refunds(session: Session, order_ids: Sequence[int]) -> dict[int, list[RefundRow]]:
    rows = session.execute(
        select(
            Refund.order_id,
            Refund.id,
            Refund.status,
            Refund.amount,
            Refund.restocked,
            Refund.reason,
            Refund.reference,
            Refund.attempts,
            Refund.failure_code,
            Refund.failure_message,
            Refund.created_at,
            Refund.settled_at,
            RefundItem.product_id,
            RefundItem.quantity,
            RefundItem.amount,
        )
        .join(RefundItem, RefundItem.refund_id == Refund.id)
        .where(Refund.order_id.in_(order_ids))
        .order_by(Refund.id, RefundItem.product_id)
    )
    refunds: dict[int, dict[int, RefundRow]] = defaultdict(dict)
    for order_id, refund_id, *rest in rows:
        told, item = rest[:-3], RefundItemRow(*rest[-3:])
        known = refunds[order_id].setdefault(
            refund_id, RefundRow._make([refund_id, *told, []])
        )
        known.items.append(item)
    return {order_id: list(found.values()) for order_id, found in refunds.items()}
