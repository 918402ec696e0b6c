"""Lists of orders: a customer's own, and everybody's for managers."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import structlog
from sqlalchemy.orm import Session

from shopkeeper.database.pages import Slice
from shopkeeper.database.statements import Batch, Deferred, at_once
from shopkeeper.orders.repository import lists
from shopkeeper.orders.repository.lists import CustomerRow, OrderFilters, OrderOrder
from shopkeeper.orders.repository.views import OrderView
from shopkeeper.utils import cursor
from shopkeeper.web.identity import CurrentUser

log = structlog.get_logger(__name__)

NEWEST_FIRST = "-created_at"


@dataclass(frozen=True)
class ManagedOrderView(OrderView):
    """An order as a manager sees it in a list: with who has placed it."""

    customer: CustomerRow | None = None


def ask_for_orders(
    batch: Batch,
    filters: OrderFilters,
    *,
    limit: int,
    after: str | None,
    sort: str = NEWEST_FIRST,
) -> Deferred[Slice[OrderView]]:
    """The orders that match.

    Args:
        batch: On which it is asked.
        filters: Which orders.
        limit: How many at most.
        after: The cursor of the page before.
        sort: `created_at`, `executed_at` or `updated_at`, with a minus for descending.
    """
    column = sort.removeprefix("-")
    key = None
    if after is not None:
        moment, order_id = cursor.decode(_of(sort), after, [str, int])
        key = (cursor.moment(moment), order_id)
    order = OrderOrder(column, sort.startswith("-"), key)
    found = lists.ask_for_orders(batch, filters, order, limit + 1)
    return lambda session: Slice.cut(found(session), limit, _cursors(sort, column))


def _cursors(sort: str, column: str) -> Callable[[OrderView], str]:
    return lambda row: cursor.encode(
        _of(sort), [getattr(row, column).isoformat(), row.id]
    )


def _of(sort: str) -> str:
    """Whose cursors they are: of one order, and no other."""
    return "orders" if sort == NEWEST_FIRST else f"orders by {sort}"


def list_orders(
    session: Session,
    caller: CurrentUser,
    filters: OrderFilters,
    *,
    sort: str,
    limit: int,
    after: str | None,
) -> Slice[ManagedOrderView]:
    """Everybody's orders that match, with who has placed them; it is logged who looked.

    Args:
        session: The transaction.
        caller: The manager who looks.
        filters: Which orders.
        sort: As of `ask_for_orders`.
        limit: How many at most.
        after: The cursor of the page before.
    """
    page = at_once(
        session,
        lambda batch: ask_for_orders(
            batch, filters, limit=limit, after=after, sort=sort
        ),
    )
    ids = {order.user_id for order in page.items if order.user_id is not None}
    people: dict[int | None, CustomerRow] = {
        row.id: row for row in lists.list_customers(session, sorted(ids))
    }
    log.info("customers_listed", customers=len(people), by=caller.id)
    return page.turned(
        lambda order: ManagedOrderView(
            **{each.name: getattr(order, each.name) for each in fields(OrderView)},
            customer=people.get(order.user_id),
        )
    )
