"""Finishing what was begun with a provider and left: by a crash, or a silence.

Each payment and refund that is pending past its time is taken up by one
server, the provider is asked by our key what became of it, with no
transaction open, and the answer is noted as the request would have noted it.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.database import in_transaction
from shopkeeper.gateways.choice import Gateways
from shopkeeper.gateways.port import (
    Charge,
    ChargeRefusedError,
    ChargeStatus,
    Gateway,
)
from shopkeeper.models import Payment, PaymentMethod, Refund
from shopkeeper.repository import payments as repository
from shopkeeper.service.db.payments import (
    GIVEN_UP,
    LOOK_AGAIN_SECONDS,
    charge_request,
    settle_payment,
)
from shopkeeper.service.db.refund_settlement import refund_request, settle_refund

log = structlog.get_logger(__name__)

# What one server takes up at a time, and for how long it is then its own.
AT_ONCE = 50
LEASE = timedelta(seconds=LOOK_AGAIN_SECONDS)


def reconcile(sessions: sessionmaker[Session], gateways: Gateways) -> int:
    """Look once after everything that is due; give how much was settled."""
    payments = in_transaction(
        sessions, lambda own: repository.take_due(own, Payment, LEASE, AT_ONCE)
    )
    settled = sum(
        _carefully(partial(_settle_payment, sessions, gateways, payment), payment)
        for payment in payments
    )
    refunds = in_transaction(
        sessions, lambda own: repository.take_due(own, Refund, LEASE, AT_ONCE)
    )
    return settled + sum(
        _carefully(partial(_settle_refund, sessions, gateways, refund), refund)
        for refund in refunds
    )


def _carefully(settle: Callable[[], bool], owed: Payment | Refund) -> bool:
    """One that cannot be settled does not keep the others from it."""
    try:
        return settle()
    except Exception as error:  # noqa: BLE001  # Whatever it is, it is of this one.
        log.warning(
            "not_reconciled",
            kind=type(owed).__tablename__,
            id=owed.id,
            attempts=owed.attempts,
            error=type(error).__name__,
            reason=str(error)[:200],
        )
        return False


def _settle_payment(
    sessions: sessionmaker[Session], gateways: Gateways, payment: Payment
) -> bool:
    gateway = gateways.gateway(PaymentMethod(payment.method))
    assert gateway is not None  # noqa: S101  # An invoice is never pending.
    charge = _find_out(sessions, gateway, payment)
    if charge is None:
        return False
    after = in_transaction(
        sessions, lambda own: settle_payment(own, payment.id, charge)
    )
    log.info(
        "payment_reconciled",
        payment_id=payment.id,
        order_id=payment.order_id,
        status=after.status,
    )
    return True


def _find_out(
    sessions: sessionmaker[Session], gateway: Gateway, payment: Payment
) -> Charge | None:
    """What became of a payment; None if the provider does not know yet.

    What nobody has asked for by now is given up. So is, past its deadline,
    what is still undecided; if it was taken in that very moment, the provider
    says so, and the order is executed.
    """
    try:
        reference = payment.reference or gateway.open_charge(charge_request(payment))
    except ChargeRefusedError as refused:
        return Charge(ChargeStatus.DECLINED, refused.code, refused.message)
    charge = gateway.look_up(reference)
    if charge.status is ChargeStatus.OPEN or (
        charge.status is ChargeStatus.PROCESSING and _is_overdue(sessions, payment)
    ):
        charge = gateway.cancel(reference)
    if charge.status in {ChargeStatus.OPEN, ChargeStatus.PROCESSING}:
        return None
    if charge.status is ChargeStatus.CANCELLED:
        return GIVEN_UP
    return charge


def _is_overdue(sessions: sessionmaker[Session], payment: Payment) -> bool:
    with sessions() as session:
        return repository.is_overdue(session, payment.id)


def _settle_refund(
    sessions: sessionmaker[Session], gateways: Gateways, refund: Refund
) -> bool:
    with sessions() as session:
        payment = session.get_one(Payment, refund.payment_id)
        request = refund_request(refund, payment, was_asked_before=True)
    gateway = gateways.gateway(PaymentMethod(payment.method))
    assert gateway is not None  # noqa: S101  # An invoice is never pending.
    given = gateway.refund(request)
    after = in_transaction(sessions, lambda own: settle_refund(own, refund.id, given))
    if after.is_pending:
        return False
    log.info(
        "refund_reconciled",
        refund_id=refund.id,
        order_id=refund.order_id,
        status=after.status,
    )
    return True
