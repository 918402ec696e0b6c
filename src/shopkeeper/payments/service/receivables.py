"""Invoices that are due: what comes for them, and what a customer may owe.

Of an invoice is owed its amount, less what has come and what was refunded.
"""

from decimal import Decimal

from sqlalchemy.orm import Session

from shopkeeper.models import Order, Payment, PaymentStatus, Receipt
from shopkeeper.orders.repository.views import OrderView
from shopkeeper.orders.service.orders import get_order, lock_order, touch
from shopkeeper.payments.errors import PaymentNotDue, ReceivedTooMuch
from shopkeeper.payments.repository import payments
from shopkeeper.utils import clock
from shopkeeper.utils.money import shown
from shopkeeper.web.identity import CurrentUser


def book_receipt(
    session: Session,
    caller: CurrentUser,
    order_id: int,
    amount: Decimal | None,
    reference: str | None,
) -> OrderView:
    """Book money that has come for the invoice of an order.

    Args:
        session: The transaction.
        caller: The manager who books it.
        order_id: The order.
        amount: How much; None for all that is owed.
        reference: What the bank calls it, say.

    Raises:
        OrderNotFound: If there is no such order.
        PaymentNotDue: If nothing is owed for it.
        ReceivedTooMuch: If more would come than is owed.
    """
    order = lock_order(session, caller, order_id)
    payment = payments.find_due(session, order.id)
    if payment is None:
        raise PaymentNotDue(f"Nothing is owed for order {order.id}.")
    owed = payment.amount - payment.received - order.refunded_total
    taken = owed if amount is None else amount
    if taken > owed:
        raise ReceivedTooMuch(
            f"Of order {order.id}, {shown(owed)} is owed, not {shown(taken)}.",
            order_id=order.id,
            owed=shown(owed),
        )
    session.add(
        Receipt(
            payment_id=payment.id,
            user_id=caller.id,
            amount=taken,
            reference=reference,
            received_at=clock.now(),
        )
    )
    payment.received += taken
    settle_if_nothing_is_owed(order, payment)
    touch(order)
    session.flush()
    return get_order(session, caller, order.id)


def settle_if_nothing_is_owed(order: Order, payment: Payment) -> None:
    """A due invoice is paid once what has come and was refunded is its amount."""
    if payment.status != PaymentStatus.DUE:
        return
    if payment.received + order.refunded_total >= payment.amount:
        payment.status = PaymentStatus.CAPTURED
        payment.settled_at = clock.now()
