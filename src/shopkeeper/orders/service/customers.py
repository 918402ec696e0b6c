"""Who has placed an order, for a manager."""

import structlog
from sqlalchemy.orm import Session

from shopkeeper.models import User
from shopkeeper.orders.repository import orders
from shopkeeper.orders.service.orders import order_not_found
from shopkeeper.web.identity import CurrentUser

log = structlog.get_logger(__name__)


def look_up_customer(session: Session, caller: CurrentUser, order_id: int) -> User:
    """Who has placed an order; it is logged who looked.

    Raises:
        OrderNotFound: If there is no such order.
    """
    user = orders.find_customer(session, order_id)
    if user is None:
        raise order_not_found(order_id)
    log.info("customer_looked_up", user_id=user.id, order_id=order_id, by=caller.id)
    return user
