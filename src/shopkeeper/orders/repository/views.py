"""Orders as they are shown: with their lines, their payment and their refunds.

The same rows come from reading an order, placing it and selling it: one for
each line, with the order and its payment beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment, Statement, array, columns
from shopkeeper.models import Order, Payment
from shopkeeper.orders.repository.given_back import (
    DisputeRow,
    OutsideRefundRow,
    RefundRow,
    list_moved_elsewhere,
    list_refunds,
)


class OrderRow(NamedTuple):
    id: int
    user_id: int | None
    status: str
    location: str
    country_code: str
    total: Decimal
    refunded_total: Decimal
    version: int
    created_at: datetime
    updated_at: datetime
    executed_at: datetime | None
    invoice_number: str | None


class LineRow(NamedTuple):
    id: int
    product_id: int
    variant_id: int
    product_name: str
    sku: str | None
    options: dict[str, str] | None
    quantity: int
    refunded_quantity: int
    unit_price: Decimal
    line_cost: Decimal | None
    line_total: Decimal
    # Pieces that were sold before they were there, and still are not.
    waiting: int = 0

    @property
    def variant_title(self) -> str | None:
        """What tells the variant from its product's others."""
        return " / ".join(self.options.values()) if self.options else None


class PaymentRow(NamedTuple):
    method: str
    status: str
    amount: Decimal
    reference: str | None
    attempts: int
    failure_code: str | None
    failure_message: str | None
    created_at: datetime
    settled_at: datetime | None
    next_action: dict[str, Any] | None
    received: Decimal
    due_at: datetime | None


@dataclass(frozen=True)
class OrderView:
    """An order with all that is shown of it."""

    id: int
    user_id: int | None
    status: str
    location: str
    country_code: str
    total: Decimal
    refunded_total: Decimal
    version: int
    created_at: datetime
    updated_at: datetime
    executed_at: datetime | None
    invoice_number: str | None
    items: Sequence[LineRow]
    payment: PaymentRow | None = None
    refunds: Sequence[RefundRow] = ()
    outside_refunds: Sequence[OutsideRefundRow] = ()
    disputes: Sequence[DisputeRow] = ()

    @property
    def version_tag(self) -> str:
        return version_tag(self.version, self.items)

    @property
    def executed(self) -> bool:
        return self.executed_at is not None


def version_tag(version: int, lines: Iterable[LineRow]) -> str:
    """Of an order; what its lines wait for is no version of its own."""
    waiting = sum([line.waiting for line in lines])
    return f"{version}.{waiting}" if waiting else str(version)


def row_of(order: Order) -> OrderRow:
    """An order that is held, as a row."""
    return OrderRow._make(getattr(order, name) for name in OrderRow._fields)


def row_of_payment(payment: Payment) -> PaymentRow:
    """A payment that is held, as a row."""
    return PaymentRow._make(getattr(payment, name) for name in PaymentRow._fields)


class ShownRow(NamedTuple):
    """A line of an order, with the order and its last payment beside it."""

    order: OrderRow
    line: LineRow
    payment: PaymentRow | None
    has_refunds: bool
    # Whether a provider has told of a refund made there, or of a dispute.
    has_moved_elsewhere: bool


_ORDERS = Fragment("orders")
# How many pieces wait is how many did when it was sold; `make_views` knows better.
LINE_COLUMNS = Fragment(
    '{columns}, items.backordered AS "line.waiting"',
    columns=columns(Fragment("items"), LineRow._fields[:-1], "line"),
)
# Somebody's own order; anybody's for those whose role may see all.
OWN = Fragment(
    """
    orders.id = :order_id AND (
        orders.user_id = :user_id
        OR (SELECT role FROM users WHERE id = :user_id) = ANY (:sees_all)
    )
    """
)


def shown(orders: Fragment = _ORDERS) -> Fragment:
    """Asks for `ShownRow` of all orders, or of those that a query of ours names.

    Each order's last payment is the one that counts: at most one is captured or due,
    and none comes after it.
    """
    return Fragment(
        """
        SELECT {order_columns}, {line_columns}, {payment_columns},
            refund.order_id IS NOT NULL AS has_refunds,
            payment.noted_at IS NOT NULL AS has_moved_elsewhere
        FROM {orders}
        JOIN order_items AS items ON items.order_id = orders.id
        LEFT JOIN LATERAL (
            SELECT * FROM payments WHERE payments.order_id = orders.id
            ORDER BY payments.id DESC LIMIT 1
        ) AS payment ON true
        LEFT JOIN LATERAL (
            SELECT order_id FROM refunds WHERE refunds.order_id = orders.id LIMIT 1
        ) AS refund ON true
        """,
        order_columns=columns(_ORDERS, OrderRow._fields, "order"),
        line_columns=LINE_COLUMNS,
        payment_columns=columns(Fragment("payment"), PaymentRow._fields, "payment"),
        orders=orders,
    )


def make_views(session: Session, rows: Iterable[ShownRow]) -> list[OrderView]:
    """The orders of these rows, which have each order's lines together."""
    grouped = [list(lines) for _, lines in groupby(rows, key=_order_id)]
    refunded = [lines[0].order.id for lines in grouped if lines[0].has_refunds]
    refunds = list_refunds(session, refunded) if refunded else {}
    noted = [lines[0].order.id for lines in grouped if lines[0].has_moved_elsewhere]
    moved = list_moved_elsewhere(session, noted) if noted else {}
    late = [lines[0].order.id for lines in grouped if any(map(_was_backordered, lines))]
    waiting = list_waiting(session, late) if late else {}
    return [
        _view(
            [_still_waiting(line, waiting) for line in lines] if late else lines,
            refunds.get(lines[0].order.id, ()),
            *moved.get(lines[0].order.id, ((), ())),
        )
        for lines in grouped
    ]


class _WaitingLine(NamedTuple):
    order_item_id: int
    waiting: int


_LIST_WAITING = Statement(
    "SELECT order_item_id, waiting FROM backorders"
    " WHERE order_id = ANY (:order_ids) AND waiting > 0",
    _WaitingLine,
)


def list_waiting(session: Session, order_ids: Sequence[int]) -> dict[int, int]:
    """How many pieces lines of orders still wait for, by the lines' ids."""
    return dict(_LIST_WAITING.all(session, order_ids=array(order_ids)))


def _was_backordered(row: ShownRow) -> bool:
    return row.line.waiting > 0


def _still_waiting(row: ShownRow, waiting: Mapping[int, int]) -> ShownRow:
    return row._replace(line=row.line._replace(waiting=waiting.get(row.line.id, 0)))


def _order_id(row: ShownRow) -> int:
    return row.order.id


def _view(
    lines: list[ShownRow],
    refunds: Sequence[RefundRow],
    outside_refunds: Sequence[OutsideRefundRow],
    disputes: Sequence[DisputeRow],
) -> OrderView:
    items = [line.line for line in lines]
    first = lines[0]
    return OrderView(
        *first.order, items, first.payment, refunds, outside_refunds, disputes
    )
