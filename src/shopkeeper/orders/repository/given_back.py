"""What was given back of orders, here and elsewhere, as it is shown with them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopkeeper.models import (
    Dispute,
    OrderItem,
    OutsideRefund,
    Payment,
    Refund,
    RefundItem,
)


class RefundItemRow(NamedTuple):
    order_item_id: int
    product_id: int
    variant_id: int
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


Elsewhere = tuple[list[OutsideRefundRow], list[DisputeRow]]


def list_moved_elsewhere(
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


def list_refunds(
    session: Session, order_ids: Sequence[int]
) -> dict[int, list[RefundRow]]:
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
            RefundItem.order_item_id,
            OrderItem.product_id,
            OrderItem.variant_id,
            RefundItem.quantity,
            RefundItem.amount,
        )
        .join(RefundItem, RefundItem.refund_id == Refund.id)
        .join(
            OrderItem,
            (OrderItem.order_id == RefundItem.order_id)
            & (OrderItem.id == RefundItem.order_item_id),
        )
        .where(Refund.order_id.in_(order_ids))
        .order_by(Refund.id, OrderItem.product_id, OrderItem.variant_id)
    )
    refunds: dict[int, dict[int, RefundRow]] = defaultdict(dict)
    for order_id, refund_id, *rest in rows:
        told, item = rest[:-5], RefundItemRow(*rest[-5:])
        known = refunds[order_id].setdefault(
            refund_id, RefundRow._make([refund_id, *told, []])
        )
        known.items.append(item)
    return {order_id: list(found.values()) for order_id, found in refunds.items()}
