"""Refunds: noted, found, and what of an order's lines they have given back."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from shopkeeper.models import (
    Backorder,
    OrderItem,
    PaidBy,
    Refund,
    RefundItem,
    RefundStatus,
)
from shopkeeper.stock.repository.ledger import lock_backordered

# What counts as given back, or about to be.
STANDING = (RefundStatus.PENDING, RefundStatus.SUCCEEDED)


def add_refund(session: Session, refund: Refund, *, look_after: timedelta) -> None:
    """Note a refund that is begun."""
    refund.look_at = func.clock_timestamp() + look_after
    session.add(refund)
    session.flush()


def find_refund_by_key(session: Session, user_id: int, key: str) -> Refund | None:
    """The last refund that was begun under a client's idempotency key."""
    return session.scalar(
        select(Refund)
        .where(Refund.user_id == user_id, Refund.idempotency_key == key)
        .order_by(Refund.id.desc())
        .limit(1)
    )


class Returned(NamedTuple):
    """What refunds give back of a line, those under way included.

    `unpaid` are pieces that came back with refunds whose money was reversed, or were
    cancelled. `cancelled` are all that were never sent, and `kept` those of the first
    that refunds which stand count among their pieces.
    """

    quantity: int = 0
    cost: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    unpaid: int = 0
    cancelled: int = 0
    kept: int = 0


def sum_returned(session: Session, order_id: int) -> dict[int, Returned]:
    """What is given back of each line of an order, or on its way, by the line's id."""
    stands = Refund.status.in_(STANDING)
    is_reversed = Refund.status == RefundStatus.REVERSED
    rows = session.execute(
        select(
            RefundItem.order_item_id,
            func.coalesce(func.sum(RefundItem.quantity).filter(stands), 0),
            func.coalesce(func.sum(RefundItem.cost).filter(stands), Decimal(0)),
            func.coalesce(func.sum(RefundItem.amount).filter(stands), Decimal(0)),
            func.coalesce(
                func.sum(
                    RefundItem.restocked_quantity + RefundItem.cancelled_quantity
                ).filter(is_reversed),
                0,
            )
            - func.coalesce(func.sum(RefundItem.already_back).filter(stands), 0),
            func.coalesce(
                func.sum(RefundItem.cancelled_quantity).filter(stands | is_reversed), 0
            ),
            func.coalesce(func.sum(RefundItem.cancelled_quantity).filter(stands), 0),
        )
        .join(Refund, Refund.id == RefundItem.refund_id)
        .where(Refund.order_id == order_id)
        .group_by(RefundItem.order_item_id)
    )
    return {
        row[0]: Returned(
            int(row[1]), row[2], row[3], max(int(row[4]), 0), int(row[5]), int(row[6])
        )
        for row in rows
    }


class Shipment(NamedTuple):
    """What of a line that was sold has left the shelf, and can come back to it.

    `late_cost` is what those of its pieces have cost that came in after it was sold.
    """

    tracked: bool = True
    waiting: int = 0
    late_cost: Decimal = Decimal(0)


def list_shipments(session: Session, order_id: int) -> dict[int, Shipment]:
    """The lines of an order that were not all there, or are not counted, by their ids.

    Their stock is held from then on, so that what waits now goes on waiting.
    """
    lock_backordered(session, order_id)
    rows = session.execute(
        select(
            OrderItem.id,
            OrderItem.tracked,
            func.coalesce(Backorder.waiting, 0),
            func.coalesce(Backorder.cost, Decimal(0)),
        )
        .outerjoin(
            Backorder,
            (Backorder.order_id == OrderItem.order_id)
            & (Backorder.order_item_id == OrderItem.id),
        )
        .where(
            OrderItem.order_id == order_id,
            OrderItem.tracked.is_(False) | (OrderItem.backordered > 0),
        )
    )
    return {row[0]: Shipment(row[1], int(row[2]), row[3]) for row in rows}


class ItemRow(NamedTuple):
    """What a refund is about of one line, and of which variant that is."""

    order_id: int
    order_item_id: int
    variant_id: int
    quantity: int
    restocked_quantity: int
    restocked_cost: Decimal
    cancelled_quantity: int


def list_items(session: Session, refund_id: int) -> list[ItemRow]:
    """The items of a refund, by variant."""
    rows = session.execute(
        select(
            RefundItem.order_id,
            RefundItem.order_item_id,
            OrderItem.variant_id,
            RefundItem.quantity,
            RefundItem.restocked_quantity,
            RefundItem.restocked_cost,
            RefundItem.cancelled_quantity,
        )
        .join(
            OrderItem,
            (OrderItem.order_id == RefundItem.order_id)
            & (OrderItem.id == RefundItem.order_item_id),
        )
        .where(RefundItem.refund_id == refund_id)
        .order_by(OrderItem.variant_id)
    )
    return [ItemRow._make(row) for row in rows]


def count_refunded(session: Session, items: Sequence[ItemRow], sign: int) -> None:
    """Count the pieces of a refund in its order's lines: sign 1, or -1 to undo it."""
    session.connection().execute(
        update(OrderItem)
        .where(
            OrderItem.order_id == bindparam("of_order"),
            OrderItem.id == bindparam("line"),
        )
        .values(refunded_quantity=OrderItem.refunded_quantity + bindparam("pieces")),
        [
            {
                "of_order": item.order_id,
                "line": item.order_item_id,
                "pieces": sign * item.quantity,
            }
            for item in items
        ],
    )


def find_refund_of_provider(
    session: Session, payment_id: int, key: UUID | None, reference: str
) -> Refund | None:
    """A refund of ours, by our name for it or the provider's."""
    known_as = Refund.reference == reference
    if key is not None:
        known_as |= Refund.key == key
    return session.scalar(
        select(Refund)
        .where(
            Refund.payment_id == payment_id,
            Refund.paid_by == PaidBy.ORIGINAL,
            known_as,
        )
        .order_by(Refund.id)
        .limit(1)
    )


def add_items(session: Session, items: Sequence[Mapping[str, object]]) -> None:
    """Write down what of an order's lines a refund is about."""
    session.execute(insert(RefundItem).values(items))
