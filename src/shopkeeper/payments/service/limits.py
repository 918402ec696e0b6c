"""How many payments a customer may try: whoever tests stolen cards tries many.

A try is taken from the account's bucket when it is begun, so that many at once are
counted too, and given back unless it is declined.
"""

from sqlalchemy.orm import Session

from shopkeeper.models import Order, Payment, PaymentStatus
from shopkeeper.payments.errors import TooManyDeclines, TooManyPayments
from shopkeeper.payments.repository import payments
from shopkeeper.utils import clock
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.limits import DECLINES, HOUR
from shopkeeper.web.service import rate_limits

SECONDS = int(HOUR.total_seconds())


def take(session: Session, order_id: int, user_id: int | None) -> None:
    """Count a try to pay for an order, which is held.

    Raises:
        TooManyDeclines: If payments for this order were declined too often in an hour.
        RateLimited: If too many of the customer's were.
        TooManyPayments: If too many of the customer's orders are being paid for.
    """
    settings = get_settings()
    declined = payments.count_declined(session, order_id, clock.now() - HOUR)
    if declined >= settings.declines_per_order:
        raise TooManyDeclines(
            f"{declined} payments for order {order_id} were declined within an hour.",
            seconds=SECONDS,
            order_id=order_id,
        )
    if user_id is None:  # The limit on the order is all there is then.
        return
    # Holds the bucket: of several that begin at once, each counts the others.
    rate_limits.spend(session, DECLINES, DECLINES.of_account(user_id))
    under_way = payments.count_under_way(session, user_id)
    if under_way >= settings.payments_at_once:
        raise TooManyPayments(
            f"{under_way} orders of this customer are being paid for.", seconds=5
        )


def settle(session: Session, order: Order, payment: Payment) -> None:
    """Give back a try that has ended, unless it was declined."""
    if order.user_id is not None and payment.status != PaymentStatus.DECLINED:
        subject = DECLINES.of_account(order.user_id)
        rate_limits.give_back(session, DECLINES, subject)
