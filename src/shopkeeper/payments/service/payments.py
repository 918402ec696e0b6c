"""Payments that a provider takes: asked for outside, and what then becomes of them.

An order whose payment is under way is `processing`, and its goods are out of
stock. Whoever learns the outcome first, the request or the reconciler, notes
it; to the other it is told as it then stands.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.accounts.repository import share_user
from shopkeeper.database.sessions import in_transaction
from shopkeeper.models import Order, OrderStatus, Payment, PaymentStatus
from shopkeeper.orders.service.orders import touch
from shopkeeper.orders.statuses import check_transition
from shopkeeper.payments.errors import (
    GatewayUnavailable,
    PaymentDeclined,
    PaymentPending,
)
from shopkeeper.payments.gateways.port import (
    Charge,
    ChargeRefusedError,
    ChargeRequest,
    ChargeStatus,
    Gateway,
    NextAction,
    OutcomeUnknownError,
)
from shopkeeper.payments.number_format import invoice_series, written
from shopkeeper.payments.repository import document_numbers
from shopkeeper.payments.repository import payments as repository
from shopkeeper.payments.service import limits as payment_limits
from shopkeeper.stock import books
from shopkeeper.stock import repository as stock
from shopkeeper.utils.errors import ProblemError
from shopkeeper.utils.faults import fault_point
from shopkeeper.utils.money import shop_currency
from shopkeeper.utils.settings import get_settings

log = structlog.get_logger(__name__)

LOOK_AGAIN_SECONDS = 5
AWAY = Charge(ChargeStatus.CANCELLED, "gateway_away", "The provider did not answer.")
GIVEN_UP = Charge(
    ChargeStatus.CANCELLED, "given_up", "Nobody had asked for it in time."
)


@dataclass(frozen=True)
class Ask:
    """What to ask a provider for."""

    payment_id: int
    request: ChargeRequest
    token: str | None


def patience() -> timedelta:
    """How long a request may be at asking: two calls, and a little."""
    return timedelta(seconds=2 * get_settings().payment_timeout + LOOK_AGAIN_SECONDS)


def charge_request(payment: Payment) -> ChargeRequest:
    return ChargeRequest(
        payment.key, payment.order_id, payment.amount, shop_currency().code
    )


def take_payment(sessions: sessionmaker[Session], gateway: Gateway, ask: Ask) -> Charge:
    """Ask a provider to take the money, with no transaction open.

    Raises:
        PaymentPending: If nobody knows yet whether it did.
    """
    fault_point("execute.reserved")
    try:
        reference = gateway.open_charge(ask.request)
    except ChargeRefusedError as refused:
        return Charge(ChargeStatus.DECLINED, refused.code, refused.message)
    except OutcomeUnknownError:
        return AWAY  # Nobody will confirm what may have been opened.
    fault_point("execute.opened")
    wanted = in_transaction(
        sessions,
        lambda own: repository.note_reference(own, ask.payment_id, reference),
    )
    if not wanted:
        return GIVEN_UP
    try:
        charge = gateway.capture(reference, ask.token)
    except OutcomeUnknownError as unknown:
        raise payment_pending() from unknown
    fault_point("execute.charged")
    if charge.status is ChargeStatus.PROCESSING:
        raise payment_pending()
    return charge


def look_after_action(gateway: Gateway, reference: str) -> Charge:
    """Ask a provider whether the customer has done what was needed of them.

    Raises:
        PaymentPending: If it does not say, or the money is still on its way.
    """
    try:
        charge = gateway.look_up(reference)
    except OutcomeUnknownError as unknown:
        raise payment_pending() from unknown
    if charge.status in {ChargeStatus.PROCESSING, ChargeStatus.OPEN}:
        raise payment_pending()
    return charge


def payment_pending() -> PaymentPending:
    return PaymentPending(seconds=LOOK_AGAIN_SECONDS)


def settle_payment(session: Session, payment_id: int, charge: Charge) -> Payment:
    """Note what has become of a payment, once; give it as it stands.

    Captured, its order is executed. If the customer has to do something first, that
    is noted, and the goods are held until the deadline for it. Otherwise they go back
    into stock, and the order is pending again.
    """
    order, payment = repository.hold_with_order(session, Payment, payment_id)
    if payment.is_pending and charge.next_action is not None:
        _note_action(session, order, payment, charge.next_action)
    elif payment.is_pending:
        if charge.status is ChargeStatus.CAPTURED:
            now = books.write_to_the_books(session)
            conclude_sale(session, order, payment, now)
        else:
            _release(session, order, payment, charge)
        payment_limits.settle(session, order, payment)
        session.flush()
        fault_point("execute.settling")
    elif charge.status is ChargeStatus.CAPTURED and (
        payment.status != PaymentStatus.CAPTURED
    ):
        # No provider takes what it said was given up; if one does, say so loudly.
        log.error("captured_after_release", payment_id=payment.id, order_id=order.id)
    return payment


def _note_action(
    session: Session, order: Order, payment: Payment, action: NextAction
) -> None:
    if payment.next_action is None:
        seconds = get_settings().action_seconds
        repository.put_off(session, payment, timedelta(seconds=seconds))
        touch(order)
    payment.next_action = asdict(action)
    session.flush()


def release_unopened(session: Session, payment_id: int) -> Payment:
    """Give up a payment that no provider has been asked to take; give it as it stands.

    From then on its reference cannot be noted, so that nobody will ask.
    """
    order, payment = repository.hold_with_order(session, Payment, payment_id)
    if payment.is_pending and payment.reference is None:
        _release(session, order, payment, GIVEN_UP)
        payment_limits.settle(session, order, payment)
        session.flush()
    return payment


def conclude_sale(
    session: Session, order: Order, payment: Payment, now: datetime
) -> None:
    """An order's money is taken: it is executed, at this moment of the books."""
    check_transition(order.id, order.status, OrderStatus.EXECUTED)
    stock.sell_lines(session, order.id)
    payment.status = PaymentStatus.CAPTURED
    payment.received = payment.amount
    payment.next_action = None
    payment.settled_at = now
    order.status = OrderStatus.EXECUTED
    order.executed_at = now
    series = invoice_series(now)
    order.invoice_number = written(series, document_numbers.take(session, series))
    touch(order)


def _release(session: Session, order: Order, payment: Payment, charge: Charge) -> None:
    check_transition(order.id, order.status, OrderStatus.PENDING)
    now = books.write_to_the_books(session)
    stock.release_lines(session, order.id, payment.user_id, now)
    is_declined = charge.status is ChargeStatus.DECLINED
    payment.status = PaymentStatus.DECLINED if is_declined else PaymentStatus.CANCELLED
    payment.failure_code = charge.code or "cancelled"
    payment.failure_message = charge.message
    payment.next_action = None
    payment.settled_at = now
    order.status = OrderStatus.PENDING
    if order.user_id is not None and not share_user(session, order.user_id):
        # The account was closed meanwhile, which cancels what is pending.
        check_transition(order.id, order.status, OrderStatus.CANCELLED)
        order.status = OrderStatus.CANCELLED
        order.cancelled_at = now
    touch(order)


def refusal(payment: Payment) -> ProblemError | None:
    """Why a settled payment took no money; None if it did."""
    if payment.status == PaymentStatus.CAPTURED:
        return None
    if payment.status == PaymentStatus.DECLINED:
        return PaymentDeclined(
            payment.failure_message,
            order_id=payment.order_id,
            decline_code=payment.failure_code,
        )
    return GatewayUnavailable(seconds=LOOK_AGAIN_SECONDS)
