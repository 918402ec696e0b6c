"""Payments that a provider takes: asked for outside, with no transaction open."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.database.sessions import in_transaction
from shopkeeper.models import Payment, PaymentStatus
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
    OutcomeUnknownError,
)
from shopkeeper.payments.repository import payments
from shopkeeper.utils.errors import ProblemError
from shopkeeper.utils.faults import fault_point
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
        lambda own: payments.note_reference(own, ask.payment_id, reference),
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
