"""Orders as they are shown: with their lines, their payment and their refunds.

The same rows come from reading an order, placing it and selling it: one for
each line, with the order and its payment beside it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopkeeper.models import Dispute, OutsideRefund, Payment, Refund, RefundItem


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
    next_action: dict[str, Any] | None
    received: Decimal
    due_at: datetime | None


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
    credit_note_number: str | None
    attempts: int
    failure_code: str | None
    failure_message: str | None
    created_at: datetime
    settled_at: datetime | None
    paid_by: str
    reversed_at: datetime | None
    items: list[RefundItemRow]


class OutsideRefundRow(NamedTuple):
    reference: str
    amount: Decimal
    status: str
    refund_id: int | None
    created_at: datetime


class DisputeRow(NamedTuple):
    reference: str
    amount: Decimal
    reason: str
    status: str
    refund_id: int | None
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class OrderView:
    """An order with all that is shown of it."""

    id: int
    user_id: int
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
    payment: PaymentRow | None
    refunds: Sequence[RefundRow]
    outside_refunds: Sequence[OutsideRefundRow] = ()
    disputes: Sequence[DisputeRow] = ()

    @property
    def version_tag(self) -> str:
        return str(self.version)

    @property
    def executed(self) -> bool:
        return self.executed_at is not None


# An order, a line of it, and its payment, as they are shown: a row for each line.
ORDER = """
    orders.id, orders.user_id, orders.status, orders.location, orders.country_code,
    orders.total, orders.refunded_total, orders.version, orders.created_at,
    orders.updated_at, orders.executed_at, orders.invoice_number
"""
LINE = """
    items.product_id, items.product_name, items.quantity, items.refunded_quantity,
    items.unit_price, items.line_cost, items.line_total
"""
PAYMENT = """
    payment.method, payment.status, payment.amount, payment.reference,
    payment.attempts, payment.failure_code, payment.failure_message,
    payment.created_at, payment.settled_at, payment.next_action, payment.received,
    payment.due_at
"""
_LINE_AT, _PAYMENT_AT, _REFUNDS_AT, _NOTED_AT = 12, 19, 31, 32
# Each order's last payment: at most one is captured or due, and none comes after it.
SHOWN = f"""
    SELECT {ORDER}, {LINE}, {PAYMENT},
        refund.order_id IS NOT NULL, payment.noted_at IS NOT NULL
    FROM orders
    JOIN order_items AS items ON items.order_id = orders.id
    LEFT JOIN LATERAL (
        SELECT * FROM payments WHERE payments.order_id = orders.id
        ORDER BY payments.id DESC LIMIT 1
    ) AS payment ON true
    LEFT JOIN LATERAL (
        SELECT order_id FROM refunds WHERE refunds.order_id = orders.id LIMIT 1
    ) AS refund ON true
"""  # noqa: S608  # Columns of ours.
# Somebody's own order; anybody's for those whose role may see all.
OWN = """
    orders.id = :order_id AND (
        orders.user_id = :user_id
        OR (SELECT role FROM users WHERE id = :user_id) = ANY (:sees_all)
    )
"""
ShownRow = tuple[Any, ...]


def make_views(session: Session, rows: Iterable[ShownRow]) -> list[OrderView]:
    """The orders of these rows, which have each order's lines together."""
    grouped = [list(lines) for _, lines in groupby(rows, key=itemgetter(0))]
    refunded = [lines[0][0] for lines in grouped if lines[0][_REFUNDS_AT]]
    refunds = _refunds(session, refunded) if refunded else {}
    noted = [lines[0][0] for lines in grouped if lines[0][_NOTED_AT]]
    moved = _moved_elsewhere(session, noted) if noted else {}
    return [
        _view(lines, refunds.get(lines[0][0], ()), *moved.get(lines[0][0], ((), ())))
        for lines in grouped
    ]


def _view(
    lines: list[ShownRow],
    refunds: Sequence[RefundRow],
    outside_refunds: Sequence[OutsideRefundRow],
    disputes: Sequence[DisputeRow],
) -> OrderView:
    first = lines[0]
    order_id = first[0]
    items = [LineRow(order_id, *line[_LINE_AT:_PAYMENT_AT]) for line in lines]
    paid = first[_PAYMENT_AT:_REFUNDS_AT]
    payment = PaymentRow(order_id, *paid) if paid[0] is not None else None
    return OrderView(
        *(*first[:_LINE_AT], items, payment, refunds, outside_refunds, disputes)
    )


Elsewhere = tuple[list[OutsideRefundRow], list[DisputeRow]]


def _moved_elsewhere(
    session: Session, order_ids: Sequence[int]
) -> dict[int, Elsewhere]:
    """What providers have told of refunds made there, and of disputes."""
    found: dict[int, Elsewhere] = defaultdict(lambda: ([], []))
    refunds = session.execute(
        select(
            Payment.order_id,
            OutsideRefund.reference,
            OutsideRefund.amount,
            OutsideRefund.status,
            OutsideRefund.refund_id,
            OutsideRefund.created_at,
        )
        .join(Payment, Payment.id == OutsideRefund.payment_id)
        .where(Payment.order_id.in_(order_ids))
        .order_by(OutsideRefund.id)
    )
    for order_id, *told in refunds:
        found[order_id][0].append(OutsideRefundRow._make(told))
    disputes = session.execute(
        select(
            Payment.order_id,
            Dispute.reference,
            Dispute.amount,
            Dispute.reason,
            Dispute.status,
            Dispute.refund_id,
            Dispute.created_at,
            Dispute.closed_at,
        )
        .join(Payment, Payment.id == Dispute.payment_id)
        .where(Payment.order_id.in_(order_ids))
        .order_by(Dispute.id)
    )
    for order_id, *told in disputes:
        found[order_id][1].append(DisputeRow._make(told))
    return found


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
            Refund.credit_note_number,
            Refund.attempts,
            Refund.failure_code,
            Refund.failure_message,
            Refund.created_at,
            Refund.settled_at,
            Refund.paid_by,
            Refund.reversed_at,
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
