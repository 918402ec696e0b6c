"""What becomes of a refund: asked for outside, noted once, its effects, its end.

Money that comes back after it was given is an event of its own day: the order
is refunded by so much less from then on, and the amount can be given back anew.
Goods that had come back stay on the shelf.
"""

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from shopkeeper.checkout.repository import refunds
from shopkeeper.models import (
    MovementReason,
    Order,
    PaidBy,
    Payment,
    Refund,
    RefundStatus,
)
from shopkeeper.orders.service.orders import touch
from shopkeeper.orders.statuses import check_reversal, check_transition, status_of_sold
from shopkeeper.payments.errors import RefundPending, RefundRefused
from shopkeeper.payments.gateways.port import (
    Gateway,
    GatewayRefund,
    GatewayRefundStatus,
    OutcomeUnknownError,
    RefundRequest,
)
from shopkeeper.payments.number_format import credit_note_series, written
from shopkeeper.payments.repository import document_numbers, outside_money, payments
from shopkeeper.payments.service.payments import LOOK_AGAIN_SECONDS
from shopkeeper.payments.service.receivables import settle_if_nothing_is_owed
from shopkeeper.stock import books
from shopkeeper.stock.repository import ledger
from shopkeeper.stock.repository.ledger import Movement
from shopkeeper.utils import clock
from shopkeeper.utils.errors import ProblemError
from shopkeeper.utils.faults import fault_point
from shopkeeper.utils.money import shop_currency
from shopkeeper.utils.settings import get_settings

log = structlog.get_logger(__name__)


def refund_request(
    refund: Refund, payment: Payment, *, was_asked_before: bool
) -> RefundRequest:
    """How a provider is asked for a refund."""
    return RefundRequest(
        key=refund.key,
        charge_reference=str(payment.reference),
        amount=refund.amount,
        currency=shop_currency().code,
        reference=refund.reference,
        was_asked_before=was_asked_before,
    )


def give_back(gateway: Gateway, request: RefundRequest) -> GatewayRefund:
    """Ask a provider to give money back, with no transaction open.

    Raises:
        RefundPending: If nobody knows yet whether it did.
    """
    fault_point("refund.recorded")
    try:
        given = gateway.refund(request)
    except OutcomeUnknownError as unknown:
        raise RefundPending(seconds=LOOK_AGAIN_SECONDS) from unknown
    fault_point("refund.given")
    return given


def settle_refund(session: Session, refund_id: int, given: GatewayRefund) -> Refund:
    """Note what has become of a refund, once; give it as it stands."""
    order, refund = payments.hold_with_order(session, Refund, refund_id)
    if refund.is_pending:
        refund.reference = given.reference or refund.reference
        if given.status is GatewayRefundStatus.SUCCEEDED:
            conclude_refund(session, order, refund, str(refund.reference))
            _check_later(session, refund)
        elif given.status is GatewayRefundStatus.FAILED:
            wait_for_less(session, refund, -1)
            refund.status = RefundStatus.FAILED
            refund.failure_code = given.code or "refused"
            refund.failure_message = given.message
            refund.settled_at = clock.now()
            touch(order)
        session.flush()
        fault_point("refund.settling")
    return refund


def _check_later(session: Session, refund: Refund) -> None:
    """A provider may take back what it called given, days later."""
    payment = session.get_one(Payment, refund.payment_id)
    wait = timedelta(seconds=get_settings().refund_check_seconds)
    outside_money.check_within(session, payment, wait)


def refusal(refund: Refund) -> ProblemError | None:
    """Why a settled refund gave nothing back; None if it did."""
    if refund.status in {RefundStatus.SUCCEEDED, RefundStatus.REVERSED}:
        return None
    return RefundRefused(
        refund.failure_message,
        order_id=refund.order_id,
        refund_id=refund.id,
        failure_code=refund.failure_code,
    )


def conclude_refund(
    session: Session, order: Order, refund: Refund, reference: str | None
) -> None:
    """The money is given back: it counts in the order, the stock and the books.

    Without a reference of somebody's, the number of the credit note is one. What
    was lost in a dispute has none: the shop credits nobody with it.
    """
    items = refunds.list_items(session, refund.id)
    back = [item for item in items if item.restocked_quantity]
    if back:  # Before the moment: what waits for them is served by it.
        ledger.lock_stock(session, [item.variant_id for item in back])
    now = books.write_to_the_books(session)
    if refund.paid_by != PaidBy.DISPUTE:
        series = credit_note_series(now)
        number = written(series, document_numbers.take(session, series))
        refund.credit_note_number = number
        reference = reference or number
    refund.reference = reference
    refund.status = RefundStatus.SUCCEEDED
    refund.settled_at = now
    session.flush()
    if back:
        movement = Movement(
            MovementReason.REFUND, now, refund.user_id, order.id, refund.id
        )
        ledger.move(
            session,
            [(item.variant_id, item.restocked_quantity) for item in back],
            movement,
            [item.restocked_cost for item in back],
        )
    refunds.count_refunded(session, items, 1)
    order.refunded_total += refund.amount
    due = payments.find_due(session, order.id)
    if due is not None:
        settle_if_nothing_is_owed(order, due)
    target = status_of_sold(order.total, order.refunded_total)
    check_transition(order.id, order.status, target)
    order.status = target
    touch(order)


def wait_for_less(session: Session, refund: Refund, sign: int = 1) -> None:
    """Wait no more for what a refund cancels: from when it is begun.

    Args:
        session: The transaction, which holds the order.
        refund: With its items.
        sign: 1, or -1 if nothing comes of the refund: it is waited for again.
    """
    items = [
        item
        for item in refunds.list_items(session, refund.id)
        if item.cancelled_quantity
    ]
    if not items:
        return
    ledger.lock_stock(session, [item.variant_id for item in items])
    movement = Movement(
        MovementReason.REFUND,
        books.write_to_the_books(session),
        refund.user_id,
        refund.order_id,
        refund.id,
    )
    ledger.move(
        session,
        [(item.variant_id, 0) for item in items],
        movement,
        waiting=[-sign * item.cancelled_quantity for item in items],
    )


def reverse_refund(
    session: Session, order: Order, refund: Refund, code: str, message: str | None
) -> None:
    """The money of a refund has come back: an event of this moment of the books.

    Args:
        session: The transaction, which holds the order.
        order: The order.
        refund: What had succeeded.
        code: Why it came back, in the provider's words.
        message: The same for people.
    """
    now = books.write_to_the_books(session)
    refund.status = RefundStatus.REVERSED
    refund.reversed_at = now
    refund.failure_code = code
    refund.failure_message = message
    refunds.count_refunded(session, refunds.list_items(session, refund.id), -1)
    order.refunded_total -= refund.amount
    target = status_of_sold(order.total, order.refunded_total)
    check_reversal(order.id, order.status, target)
    order.status = target
    touch(order)
    session.flush()
    log.warning(
        "refund_reversed", refund_id=refund.id, order_id=order.id, failure_code=code
    )
