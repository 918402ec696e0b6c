"""What becomes of a payment that a provider was asked for, and of its order.

An order whose payment is under way is `processing`, and its goods are out of
stock. Whoever learns the outcome first, the request or the reconciler, notes
it; the other finds it as it then stands.
"""

from dataclasses import asdict
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from shopkeeper.accounts.repository import share_user
from shopkeeper.checkout.repository.sales import Sale, write_concluded
from shopkeeper.checkout.sale import conclude, touched
from shopkeeper.models import Order, OrderStatus, Payment, PaymentStatus
from shopkeeper.orders.repository.views import row_of, row_of_payment
from shopkeeper.orders.service.orders import touch
from shopkeeper.orders.statuses import check_transition
from shopkeeper.payments.gateways.port import Charge, ChargeStatus, NextAction
from shopkeeper.payments.number_format import invoice_series, written
from shopkeeper.payments.repository import document_numbers, payments
from shopkeeper.payments.service import limits as payment_limits
from shopkeeper.payments.service.payments import GIVEN_UP
from shopkeeper.stock import books
from shopkeeper.stock.repository import ledger
from shopkeeper.utils import clock
from shopkeeper.utils.faults import fault_point
from shopkeeper.utils.settings import get_settings

log = structlog.get_logger(__name__)


def settle_payment(session: Session, payment_id: int, charge: Charge) -> Payment:
    """Note what has become of a payment, once; give it as it stands.

    Captured, its order is executed. If the customer has to do something first, that
    is noted, and the goods are held until the deadline for it. Otherwise they go back
    into stock, and the order is pending again.
    """
    order, payment = payments.hold_with_order(session, Payment, payment_id)
    if payment.is_pending and charge.next_action is not None:
        _note_action(session, order, payment, charge.next_action)
    elif payment.is_pending:
        if charge.status is ChargeStatus.CAPTURED:
            # What its lines wait for comes in before this moment, or after it.
            ledger.lock_backordered(session, order.id)
            now = books.write_to_the_books(session)
            _conclude(session, order, payment, now)
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
        payments.put_off(session, payment, timedelta(seconds=seconds))
        touch(order)
    payment.next_action = asdict(action)
    session.flush()


def release_unopened(session: Session, payment_id: int) -> Payment:
    """Give up a payment that no provider has been asked to take; give it as it stands.

    From then on its reference cannot be noted, so that nobody will ask.
    """
    order, payment = payments.hold_with_order(session, Payment, payment_id)
    if payment.is_pending and payment.reference is None:
        _release(session, order, payment, GIVEN_UP)
        payment_limits.settle(session, order, payment)
        session.flush()
    return payment


def _conclude(
    session: Session, order: Order, payment: Payment, moment: datetime
) -> None:
    series = invoice_series(moment)
    number = written(series, document_numbers.take(session, series))
    sale = conclude(Sale(row_of(order), row_of_payment(payment)), moment, number)
    write_concluded(session, touched(sale, clock.now()), payment.id)
    session.refresh(order)
    session.refresh(payment)


def _release(session: Session, order: Order, payment: Payment, charge: Charge) -> None:
    check_transition(order.id, order.status, OrderStatus.PENDING)
    ledger.lock_stock_of_order(session, order.id)
    now = books.write_to_the_books(session)
    ledger.release_lines(session, order.id, payment.user_id, now)
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
