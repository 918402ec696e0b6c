"""What the books say of money at a provider, to be held against its own lists."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from shopkeeper.models import (
    Dispute,
    OutsideRefund,
    PaidBy,
    Payment,
    PaymentMethod,
    PaymentStatus,
    Refund,
    RefundStatus,
)


class Booked(NamedTuple):
    """A payment, refund or dispute by the name it has at the provider."""

    order_id: int
    reference: str
    status: str
    amount: Decimal


def _is_one_of(column: Any, references: Sequence[str]) -> Any:
    # One array, however many they are.
    return column == func.any(cast(list(references), ARRAY(Text)))


def _read(session: Session, *queries: Any) -> list[Booked]:
    return [Booked(*row) for query in queries for row in session.execute(query)]


def list_charges(
    session: Session,
    method: PaymentMethod,
    since: datetime | None,
    references: Sequence[str],
) -> list[Booked]:
    """Payments that a provider was asked for since a moment, and those it names."""
    query = select(
        Payment.order_id, Payment.reference, Payment.status, Payment.amount
    ).where(
        Payment.method == method,
        Payment.reference.is_not(None),
        or_(
            _is_one_of(Payment.reference, references),
            Payment.status == PaymentStatus.CAPTURED
            if since is None
            else (Payment.status == PaymentStatus.CAPTURED)
            & (Payment.created_at >= since),
        ),
    )
    return _read(session, query)


def list_known(
    session: Session, method: PaymentMethod, references: Sequence[str]
) -> set[str]:
    """Which of these charges are of payments of ours."""
    query = select(Payment.reference).where(
        Payment.method == method, _is_one_of(Payment.reference, references)
    )
    return {str(reference) for reference in session.scalars(query)}


def list_refunds(
    session: Session,
    method: PaymentMethod,
    since: datetime | None,
    references: Sequence[str],
) -> list[Booked]:
    """Refunds through a provider, and those made there that are matched."""
    ours = (
        select(Payment.order_id, Refund.reference, Refund.status, Refund.amount)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Payment.method == method,
            Refund.paid_by == PaidBy.ORIGINAL,
            Refund.reference.is_not(None),
        )
    )
    expected = Refund.status == RefundStatus.SUCCEEDED
    if since is not None:
        # It is noted before the provider is asked, so never later than there.
        expected &= Refund.created_at >= since
    ours = ours.where(or_(_is_one_of(Refund.reference, references), expected))
    theirs = (
        select(Payment.order_id, OutsideRefund.reference, Refund.status, Refund.amount)
        .join(Payment, Payment.id == OutsideRefund.payment_id)
        .join(Refund, Refund.id == OutsideRefund.refund_id)
        .where(
            Payment.method == method, _is_one_of(OutsideRefund.reference, references)
        )
    )
    return _read(session, ours, theirs)


def list_disputes(
    session: Session, method: PaymentMethod, references: Sequence[str]
) -> list[Booked]:
    """The disputes of these names that are noted."""
    query = (
        select(Payment.order_id, Dispute.reference, Dispute.status, Dispute.amount)
        .join(Payment, Payment.id == Dispute.payment_id)
        .where(Payment.method == method, _is_one_of(Dispute.reference, references))
    )
    return _read(session, query)
