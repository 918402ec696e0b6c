"""What providers have moved without us: payments to check, and what was found."""

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from shopkeeper.models import (
    Dispute,
    DisputeStatus,
    OutsideRefund,
    PaidBy,
    Payment,
    PaymentMethod,
    PaymentStatus,
    Refund,
    RefundStatus,
)


def ask_for_check(session: Session, reference: str) -> bool:
    """Have a captured payment checked now; False if none is known by the name."""
    known = session.scalar(
        update(Payment)
        .where(Payment.reference == reference, Payment.status == PaymentStatus.CAPTURED)
        .values(check_at=func.clock_timestamp())
        .returning(Payment.id)
        .execution_options(synchronize_session=False)
    )
    return known is not None


def check_within(session: Session, payment: Payment, wait: timedelta) -> None:
    """Have a captured payment checked after a while at the latest."""
    at = func.clock_timestamp() + wait
    session.execute(
        update(Payment)
        .where(Payment.id == payment.id, Payment.status == PaymentStatus.CAPTURED)
        .values(check_at=func.least(Payment.check_at, at))
        .execution_options(synchronize_session=False)
    )


def check_after(session: Session, payment: Payment, wait: timedelta | None) -> None:
    """Have a payment checked after a while and not before; None: no more."""
    payment.check_at = None if wait is None else func.clock_timestamp() + wait
    session.flush()


def is_known(session: Session, reference: str) -> bool:
    """Whether a payment of ours, captured or not, has this name at its provider."""
    found = session.scalar(select(Payment.id).where(Payment.reference == reference))
    return found is not None


def take_checks(session: Session, lease: timedelta, limit: int) -> list[Payment]:
    """Take up the payments that are to be checked, so that nobody else does."""
    due = (
        select(Payment.id)
        .where(Payment.check_at <= func.clock_timestamp())
        .order_by(Payment.check_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    taken = session.scalars(
        update(Payment)
        .where(Payment.id.in_(due))
        .values(check_at=func.clock_timestamp() + lease)
        .returning(Payment)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return list(taken)


def find_outside_refund(
    session: Session, payment_id: int, reference: str
) -> OutsideRefund | None:
    return session.scalar(
        select(OutsideRefund).where(
            OutsideRefund.payment_id == payment_id, OutsideRefund.reference == reference
        )
    )


def find_booked(session: Session, payment_id: int, reference: str) -> Refund | None:
    """A refund that somebody booked as made outside, under this reference."""
    matched = select(OutsideRefund.refund_id).where(
        OutsideRefund.refund_id.is_not(None)
    )
    return session.scalar(
        select(Refund)
        .where(
            Refund.payment_id == payment_id,
            Refund.paid_by == PaidBy.OUTSIDE,
            Refund.status == RefundStatus.SUCCEEDED,
            Refund.reference == reference,
            Refund.id.not_in(matched),
        )
        .order_by(Refund.id)
        .limit(1)
    )


def find_dispute(session: Session, payment_id: int, reference: str) -> Dispute | None:
    return session.scalar(
        select(Dispute).where(
            Dispute.payment_id == payment_id, Dispute.reference == reference
        )
    )


def has_dispute_to_look_at(session: Session, payment_id: int) -> bool:
    """Whether a dispute is open, or lost and not booked yet."""
    found = session.scalar(
        select(Dispute.id)
        .where(
            Dispute.payment_id == payment_id,
            or_(
                Dispute.status == DisputeStatus.OPEN,
                (Dispute.status == DisputeStatus.LOST) & Dispute.refund_id.is_(None),
            ),
        )
        .limit(1)
    )
    return found is not None


def find_twin(session: Session, refund: Refund, reference: str) -> Refund | None:
    """Another refund of a payment by a provider that has this reference already."""
    return session.scalar(
        select(Refund)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Refund.payment_id == refund.payment_id,
            Payment.method != PaymentMethod.INVOICE,
            Refund.id != refund.id,
            Refund.reference == reference,
            Refund.status != RefundStatus.FAILED,
        )
        .order_by(Refund.id)
        .limit(1)
    )


def last_given_back(session: Session, payment_id: int) -> datetime | None:
    """When money of a payment was last given back, here or elsewhere."""
    return session.scalar(
        select(
            func.greatest(
                select(func.max(Refund.settled_at))
                .where(
                    Refund.payment_id == payment_id,
                    Refund.status.in_([RefundStatus.SUCCEEDED, RefundStatus.REVERSED]),
                )
                .scalar_subquery(),
                select(func.max(OutsideRefund.created_at))
                .where(OutsideRefund.payment_id == payment_id)
                .scalar_subquery(),
                select(func.max(Dispute.closed_at))
                .where(Dispute.payment_id == payment_id)
                .scalar_subquery(),
            )
        )
    )
