"""Money that a provider moved without us: refunds and disputes, matched and booked.

What a provider lists of a payment is held against the books. A refund of ours
that has failed since is reversed. One that we did not ask for is kept, to be
matched by people: only they know what it was for. A dispute is kept as well;
lost, it is booked as money given back for no goods, won after all, undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from shopkeeper.checkout.repository import refunds
from shopkeeper.checkout.service.refund_settlement import (
    conclude_refund,
    reverse_refund,
    settle_refund,
)
from shopkeeper.checkout.service.refundable import add_items, spread_over_lines
from shopkeeper.models import (
    Dispute,
    DisputeStatus,
    Order,
    OutsideRefund,
    PaidBy,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
)
from shopkeeper.orders.repository import orders as order_repository
from shopkeeper.orders.service.orders import touch
from shopkeeper.payments.errors import OutsideRefundDiffers
from shopkeeper.payments.gateways.port import (
    DisputeOutcome,
    GatewayRefund,
    GatewayRefundStatus,
    KnownDispute,
    KnownRefund,
)
from shopkeeper.payments.repository import outside_money, payments
from shopkeeper.payments.service.payments import patience
from shopkeeper.utils import clock
from shopkeeper.utils.money import shown
from shopkeeper.utils.settings import get_settings

log = structlog.get_logger(__name__)

# Banks send refunds back within weeks (Stripe: "up to 30 days").
CHECK_FOR = timedelta(days=40)
WON_AFTER_ALL = "dispute_not_lost"
RETURNED = "refund_returned"


@dataclass(frozen=True)
class GivenBack:
    """What a provider lists of one payment."""

    refunds: Sequence[KnownRefund]
    disputes: Sequence[KnownDispute]


def note_given_back(
    session: Session,
    payment_id: int,
    found: GivenBack,
    asked_until: datetime | None = None,
) -> int:
    """Hold what a provider lists of a payment against the books.

    Args:
        session: The transaction.
        payment_id: The payment.
        found: What the provider lists of it.
        asked_until: Until when whoever asked has the payment to themselves. If that
            is another time now, something was told meanwhile: what was found may be
            of before it, and it is looked at again.

    Returns:
        How much was new.
    """
    order, payment = payments.hold_with_order(session, Payment, payment_id)
    if asked_until is not None and payment.check_at != asked_until:
        return 0
    news = sum(_note_refund(session, order, payment, known) for known in found.refunds)
    news += sum(
        _note_dispute(session, order, payment, known) for known in found.disputes
    )
    if payment.status == PaymentStatus.CAPTURED:
        outside_money.check_after(session, payment, _next_check(session, payment))
    return news


def _next_check(session: Session, payment: Payment) -> timedelta | None:
    """How long to wait: ever longer, as long as something may still happen."""
    shortest = timedelta(seconds=get_settings().refund_check_seconds)
    if outside_money.has_dispute_to_look_at(session, payment.id):
        return shortest
    last = outside_money.last_given_back(session, payment.id)
    if last is None or clock.now() - last > CHECK_FOR:
        return None
    return max(shortest, clock.now() - last)


def _note_refund(
    session: Session, order: Order, payment: Payment, known: KnownRefund
) -> bool:
    ours = refunds.find_refund_of_provider(
        session, payment.id, known.key, known.reference
    )
    if ours is None:
        return _note_outside_refund(session, order, payment, known)
    if ours.is_pending:
        given = GatewayRefund(known.status, known.reference, known.code)
        return not settle_refund(session, ours.id, given).is_pending
    return _reverse_if_failed(session, order, ours, known)


def _reverse_if_failed(
    session: Session, order: Order, refund: Refund, known: KnownRefund
) -> bool:
    has_failed = known.status is GatewayRefundStatus.FAILED
    if refund.status == RefundStatus.SUCCEEDED and has_failed:
        reverse_refund(session, order, refund, known.code or RETURNED, None)
        return True
    return False


def _note_outside_refund(
    session: Session, order: Order, payment: Payment, known: KnownRefund
) -> bool:
    outside = outside_money.find_outside_refund(session, payment.id, known.reference)
    if outside is not None:
        matched = outside.refund_id
        is_news = outside.status != known.status.value
        outside.status = known.status.value
        if is_news:
            touch(order)
        if matched is not None:
            refund = session.get_one(Refund, matched)
            is_news |= _reverse_if_failed(session, order, refund, known)
        return is_news
    booked = outside_money.find_booked(session, payment.id, known.reference)
    if booked is not None and booked.amount != known.amount:
        booked = None  # Somebody has to look at it.
    session.add(
        OutsideRefund(
            payment_id=payment.id,
            reference=known.reference,
            amount=known.amount,
            status=known.status.value,
            refund_id=booked.id if booked else None,
            created_at=known.created_at,
            noted_at=clock.now(),
        )
    )
    payment.noted_at = clock.now()
    touch(order)
    session.flush()
    if booked is not None:
        _reverse_if_failed(session, order, booked, known)
    log.warning(
        "outside_refund_found",
        order_id=order.id,
        reference=known.reference,
        matched=booked is not None,
    )
    return True


def match_outside_refund(session: Session, refund: Refund, reference: str) -> None:
    """Match a refund that is booked as made outside with what the provider knows.

    Raises:
        OutsideRefundDiffers: If the provider says another amount, that it failed,
            or if it is booked already.
    """
    twin = outside_money.find_twin(session, refund, reference)
    if twin is not None:
        raise OutsideRefundDiffers(
            f"Refund {reference} is booked already, as refund {twin.id}.",
            reference=reference,
            amount=shown(twin.amount),
        )
    noted = outside_money.find_outside_refund(session, refund.payment_id, reference)
    if noted is None:
        return
    if noted.refund_id is not None:
        why = f"is booked already, as refund {noted.refund_id}"
    elif noted.status == GatewayRefundStatus.FAILED.value:
        why = "has failed there"
    elif noted.amount != refund.amount:
        why = f"is of {shown(noted.amount)} there, not {shown(refund.amount)}"
    else:
        noted.refund_id = refund.id
        return
    raise OutsideRefundDiffers(
        f"Refund {reference} {why}.", reference=reference, amount=shown(noted.amount)
    )


def _note_dispute(
    session: Session, order: Order, payment: Payment, known: KnownDispute
) -> bool:
    status = DisputeStatus(known.outcome.value)
    dispute = outside_money.find_dispute(session, payment.id, known.reference)
    if dispute is not None and dispute.status == DisputeStatus.LOST:
        if status is DisputeStatus.LOST and dispute.refund_id is None:
            # What was on its way to the customer then may have come back since.
            return _book_loss(session, order, payment, dispute)
        if status is not DisputeStatus.WON:
            return False  # An appeal: the money is gone until that is won.
    if dispute is not None and dispute.status == status:
        return False
    if dispute is None:
        dispute = Dispute(
            payment_id=payment.id,
            reference=known.reference,
            amount=known.amount,
            reason=known.reason,
            created_at=known.created_at,
        )
        session.add(dispute)
    dispute.status = status
    dispute.noted_at = payment.noted_at = clock.now()
    dispute.closed_at = None if status is DisputeStatus.OPEN else clock.now()
    session.flush()
    log.warning(
        "dispute_noted", order_id=order.id, reference=known.reference, status=status
    )
    if known.outcome is DisputeOutcome.LOST:
        _book_loss(session, order, payment, dispute)
    elif dispute.refund_id is not None:
        refund = session.get_one(Refund, dispute.refund_id)
        dispute.refund_id = None
        reverse_refund(session, order, refund, WON_AFTER_ALL, None)
    else:
        touch(order)
    return True


def _book_loss(
    session: Session, order: Order, payment: Payment, dispute: Dispute
) -> bool:
    """What is lost is given back for no goods: their cost is lost with it.

    Returns:
        Whether there was anything to book.
    """
    parts = spread_over_lines(
        order_repository.list_lines(session, order.id),
        refunds.sum_returned(session, order.id),
        dispute.amount,
    )
    amount = sum(part.amount for part in parts)
    if amount != dispute.amount:
        # Given back in another way before: what is lost beyond it, no sale brought in.
        log.error("dispute_beyond_sale", order_id=order.id, dispute=dispute.reference)
    if not parts:
        touch(order)
        return False
    refund = Refund(
        order_id=order.id,
        payment_id=payment.id,
        paid_by=PaidBy.DISPUTE,
        amount=amount,
        restocked=False,
        reason=f"Dispute lost: {dispute.reason}"[:500],
        status=RefundStatus.PENDING,
        created_at=clock.now(),
    )
    refunds.add_refund(session, refund, look_after=patience())
    add_items(session, refund, parts)
    conclude_refund(session, order, refund, dispute.reference)
    dispute.refund_id = refund.id
    session.flush()
    return True
