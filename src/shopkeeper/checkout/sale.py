"""A sale, step by step: reserved, paid for, concluded.

Whatever way a customer pays, these are the steps. An invoice needs nobody outside
between them, so that both are written at once; a payment at a provider is reserved in
one transaction, and concluded in another when the money is taken.
"""

from datetime import datetime
from decimal import Decimal

from shopkeeper.checkout.repository.sales import Sale
from shopkeeper.models import OrderStatus, PaymentMethod, PaymentStatus
from shopkeeper.orders.repository.views import OrderRow, PaymentRow
from shopkeeper.orders.statuses import check_transition


def reserve(order: OrderRow, method: PaymentMethod, moment: datetime) -> Sale:
    """The goods leave the shelf, and a payment of the order's total is begun.

    Raises:
        AlreadyExecuted, OrderNotPending: If the order cannot be sold.
    """
    check_transition(order.id, order.status, OrderStatus.PROCESSING)
    payment = PaymentRow(
        method=method,
        status=PaymentStatus.PENDING,
        amount=order.total,
        reference=None,
        attempts=0,
        failure_code=None,
        failure_message=None,
        created_at=moment,
        settled_at=None,
        next_action=None,
        received=Decimal(0),
        due_at=None,
    )
    return Sale(order._replace(status=OrderStatus.PROCESSING), payment)


def conclude(
    sale: Sale, moment: datetime, invoice_number: str, due_at: datetime | None = None
) -> Sale:
    """The order is executed, at this moment of the books.

    Args:
        sale: As it was reserved.
        moment: Of the books.
        invoice_number: The next of its series.
        due_at: By when it is to be paid; without it, the money is taken.
    """
    check_transition(sale.order.id, sale.order.status, OrderStatus.EXECUTED)
    order = sale.order._replace(
        status=OrderStatus.EXECUTED, executed_at=moment, invoice_number=invoice_number
    )
    if due_at is not None:
        payment = sale.payment._replace(
            status=PaymentStatus.DUE, reference=invoice_number, due_at=due_at
        )
    else:
        payment = sale.payment._replace(
            status=PaymentStatus.CAPTURED,
            received=sale.payment.amount,
            settled_at=moment,
            next_action=None,
        )
    return Sale(order, payment)


def touched(sale: Sale, moment: datetime) -> Sale:
    """The order as it is written: a version on, whatever steps were taken."""
    order = sale.order
    return Sale(
        order._replace(version=order.version + 1, updated_at=moment), sale.payment
    )
