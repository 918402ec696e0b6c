"""Payments and refunds under way: found, held, and taken up when they are due.

Deadlines are told by the database's clock: it is one, however many servers
there are.
"""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shopkeeper.models import (
    GatewayEvent,
    Order,
    OrderStatus,
    Payment,
    PaymentStatus,
    Refund,
)

Owed = TypeVar("Owed", Payment, Refund)


def count_declined(session: Session, order_id: int, since: datetime) -> int:
    """How many payments for an order were declined since a moment."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Payment)
            .where(
                Payment.order_id == order_id,
                Payment.status == PaymentStatus.DECLINED,
                Payment.settled_at > since,
            )
        )
        or 0
    )


def count_under_way(session: Session, user_id: int) -> int:
    """How many orders of a customer are being paid for."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Order)
            .where(Order.user_id == user_id, Order.status == OrderStatus.PROCESSING)
        )
        or 0
    )


def find_payment_by_key(session: Session, user_id: int, key: str) -> Payment | None:
    """The last payment that was begun under a client's idempotency key."""
    return session.scalar(
        select(Payment)
        .where(Payment.user_id == user_id, Payment.idempotency_key == key)
        .order_by(Payment.id.desc())
        .limit(1)
    )


def find_due(session: Session, order_id: int) -> Payment | None:
    """The invoice of an order, if something is owed on it."""
    return session.scalar(
        select(Payment).where(
            Payment.order_id == order_id, Payment.status == PaymentStatus.DUE
        )
    )


def find_payment_of_sale(session: Session, order_id: int) -> Payment:
    """The payment of an executed order, whether it has come or is due."""
    return session.scalars(
        select(Payment).where(
            Payment.order_id == order_id,
            Payment.status.in_([PaymentStatus.CAPTURED, PaymentStatus.DUE]),
        )
    ).one()


def note_reference(session: Session, payment_id: int, reference: str) -> bool:
    """Note the provider's name for a payment, and that it is now asked for it.

    Returns:
        False if the payment has been given up: then nothing may be taken.
    """
    noted = session.scalar(
        update(Payment)
        .where(Payment.id == payment_id, Payment.status == PaymentStatus.PENDING)
        .values(reference=reference, attempts=Payment.attempts + 1)
        .returning(Payment.id)
    )
    return noted is not None


def hold_with_order(
    session: Session, kind: type[Owed], owed_id: int
) -> tuple[Order, Owed]:
    """A payment or refund with its order, both held; the order first, as always."""
    order_id = select(kind.order_id).where(kind.id == owed_id).scalar_subquery()
    order = session.scalars(
        select(Order)
        .where(Order.id == order_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    owed = session.scalars(
        select(kind)
        .where(kind.id == owed_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    return order, owed


def take_due(
    session: Session,
    kind: type[Owed],
    lease: timedelta,
    longest: timedelta,
    limit: int,
) -> list[Owed]:
    """Take up what is pending and due, so that nobody else does for a while.

    The while is a lease, doubled with each time it was taken up to no avail,
    but no longer than the longest, nor beyond a payment's deadline.
    """
    again = func.clock_timestamp() + func.least(
        lease * func.power(2, func.greatest(func.least(kind.attempts, 16) - 1, 0)),
        longest,
    )
    if kind is Payment:
        deadline = func.greatest(Payment.expires_at, func.clock_timestamp() + lease)
        again = func.least(again, deadline)
    due = (
        select(kind.id)
        .where(kind.status == "pending", kind.look_at <= func.clock_timestamp())
        .order_by(kind.look_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    taken = session.scalars(
        update(kind)
        .where(kind.id.in_(due))
        .values(look_at=again, attempts=kind.attempts + 1)
        .returning(kind)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return list(taken)


def put_off(session: Session, payment: Payment, hold: timedelta) -> None:
    """Give a payment that is pending another deadline, from now on."""
    payment.expires_at = func.clock_timestamp() + hold
    session.flush()
    session.refresh(payment, ["expires_at"])


def is_overdue(session: Session, payment_id: int) -> bool:
    """Whether a payment is past its deadline."""
    return _is_past(session, payment_id, Payment.expires_at)


def is_abandoned(session: Session, payment_id: int, patience: timedelta) -> bool:
    """Whether nobody asks for a payment any more who began it."""
    return _is_past(
        session,
        payment_id,
        func.least(Payment.created_at + patience, Payment.expires_at),
    )


def _is_past(session: Session, payment_id: int, moment: Any) -> bool:
    is_past = session.scalar(
        select(moment <= func.clock_timestamp()).where(Payment.id == payment_id)
    )
    return bool(is_past)


def make_due(session: Session, kind: type[Owed], reference: str) -> None:
    """Have a payment, or the refunds of it, looked at now if they are pending."""
    known_as = Payment.reference == reference
    which = (
        Payment.id.in_(select(Payment.id).where(known_as))
        if kind is Payment
        else Refund.payment_id.in_(select(Payment.id).where(known_as))
    )
    session.execute(
        update(kind)
        .where(which, kind.status == "pending")
        .values(look_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


def note_event(
    session: Session, event_id: str, kind: str, reference: str | None, now: datetime
) -> bool:
    """Note a provider's message; False if it has come before."""
    noted = session.scalar(
        insert(GatewayEvent)
        .values(id=event_id, type=kind, reference=reference, received_at=now)
        .on_conflict_do_nothing()
        .returning(GatewayEvent.id)
    )
    return noted is not None
