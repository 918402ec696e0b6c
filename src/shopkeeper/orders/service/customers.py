"""Customers, for managers: who has placed an order, and what they have bought."""

import structlog
from sqlalchemy.orm import Session

from shopkeeper.database.pages import Slice
from shopkeeper.models import User
from shopkeeper.orders.errors import CustomerNotFound
from shopkeeper.orders.repository import customers, orders
from shopkeeper.orders.repository.customers import CustomerTotals
from shopkeeper.orders.service.orders import order_not_found
from shopkeeper.utils import cursor
from shopkeeper.web.identity import CurrentUser

log = structlog.get_logger(__name__)
LIST = "customers"


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


def list_customers(
    session: Session, limit: int, after: str | None, search: str | None
) -> Slice[CustomerTotals]:
    """Accounts with what they have bought, the newest first.

    Args:
        session: The transaction.
        limit: How many at most.
        after: The cursor of the page before.
        search: Only accounts with this somewhere in name or email.
    """
    key = None
    if after is not None:
        created_at, user_id = cursor.decode(LIST, after, [str, int])
        key = (cursor.moment(created_at), user_id)
    return Slice.cut(
        customers.list_customers(session, limit + 1, key, search),
        limit,
        lambda row: cursor.encode(LIST, [row.created_at.isoformat(), row.id]),
    )


def get_customer(session: Session, user_id: int) -> CustomerTotals:
    """An account with what it has bought, also one that is closed.

    Raises:
        CustomerNotFound: If there is none.
    """
    found = customers.find_customer(session, user_id)
    if found is None:
        raise CustomerNotFound(f"There is no customer {user_id}.")
    return found
