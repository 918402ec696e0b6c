from sqlalchemy.orm import Session

from shopkeeper import models
from shopkeeper.catalogue.errors import (
    ProductNotFound,
    VariantNotFound,
    VariantRequired,
)
from shopkeeper.database.pages import Slice
from shopkeeper.database.statements import Batch, Deferred
from shopkeeper.orders.errors import (
    AlreadyExecuted,
    NoShipping,
    OrderNotFound,
    OrderNotPending,
    UnknownCountry,
)
from shopkeeper.orders.lines import Wanted
from shopkeeper.orders.repository.lists import OrderFilters
from shopkeeper.orders.repository.offers import Offers
from shopkeeper.orders.repository.views import OrderView
from shopkeeper.orders.schemas.lists import (
    ManagedOrderPage,
    OrderPage,
    OrderQuery,
    OwnOrderQuery,
)
from shopkeeper.orders.schemas.orders import (
    Order,
    OrderCreate,
    OrderDelete,
    OrderLine,
    OrderUpdate,
)
from shopkeeper.orders.service import lists as order_lists
from shopkeeper.orders.service import orders
from shopkeeper.stock.errors import InsufficientStock
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import PreconditionFailed
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.limits import ORDERS
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.repository.idempotency import UnverifiedCaller
from shopkeeper.web.results import Created

api = Api("orders", "/orders", tag="Orders")


def _ask_for_offers(
    batch: Batch, unverified: UnverifiedCaller, body: OrderCreate
) -> Deferred[Offers]:
    return orders.ask_for_offers(batch, unverified, _wanted(body.items))


@api.operation(
    "POST",
    "/create",
    access=Access.CUSTOMER,
    status=201,
    errors=[
        ProductNotFound,
        VariantNotFound,
        VariantRequired,
        InsufficientStock,
        UnknownCountry,
        NoShipping,
    ],
    prefetch=_ask_for_offers,
    limit=ORDERS,
    makes=models.Order,
)
def create_order(
    session: Session, caller: CurrentUser, body: OrderCreate, prefetched: Offers
) -> Created[Order]:
    """Create an order at today's prices. Stock is taken when it is executed."""
    order = orders.create_order(
        session,
        caller,
        location=body.location,
        lines=_wanted(body.items),
        offers=prefetched,
    )
    return Created(Order.model_validate(order), f"/orders/{order.id}")


def _ask_for_own_orders(
    batch: Batch, unverified: UnverifiedCaller, query: OwnOrderQuery
) -> Deferred[Slice[OrderView]]:
    filters = OrderFilters(user_id=unverified.user_id, status=query.status)
    return order_lists.ask_for_orders(
        batch, filters, limit=query.limit, after=query.cursor
    )


@api.operation("GET", "/user", access=Access.CUSTOMER, prefetch=_ask_for_own_orders)
def list_own_orders(
    prefetched: Slice[OrderView],
) -> OrderPage:
    """List one's own orders, the newest first."""
    return OrderPage.model_validate(prefetched)


@api.operation("GET", "", access=Access.MANAGER)
def list_orders(
    session: Session, caller: CurrentUser, query: OrderQuery
) -> ManagedOrderPage:
    """List, search and sort everybody's orders, with who has placed them."""
    page = order_lists.list_orders(
        session,
        caller,
        query.filters(),
        sort=query.sort,
        limit=query.limit,
        after=query.cursor,
    )
    return ManagedOrderPage.model_validate(page)


def _ask_for_order(
    batch: Batch, unverified: UnverifiedCaller, order_id: int
) -> Deferred[OrderView]:
    return orders.ask_for_order(batch, unverified.user_id, order_id)


@api.operation(
    "GET",
    "/<id:order_id>",
    access=Access.CUSTOMER,
    errors=[OrderNotFound],
    prefetch=_ask_for_order,
)
def show_order(
    prefetched: OrderView,
) -> Order:
    """Show one's own order; any order to a manager."""
    return Order.model_validate(prefetched)


@api.operation(
    "PUT",
    "/update",
    access=Access.CUSTOMER,
    errors=[
        OrderNotFound,
        OrderNotPending,
        ProductNotFound,
        VariantNotFound,
        VariantRequired,
        InsufficientStock,
        UnknownCountry,
        NoShipping,
        PreconditionFailed,
    ],
    makes=models.Order,
)
def update_order(
    session: Session,
    caller: CurrentUser,
    body: OrderUpdate,
    precondition: Precondition,
) -> Order:
    """Change a pending order. New items replace all old ones, at today's prices."""
    order = orders.update_order(
        session,
        caller,
        body.id,
        location=body.location,
        lines=_wanted(body.items) if body.items else None,
        precondition=precondition,
    )
    return Order.model_validate(order)


@api.operation(
    "DELETE",
    "/delete",
    access=Access.CUSTOMER,
    status=204,
    errors=[OrderNotFound, AlreadyExecuted, OrderNotPending, PreconditionFailed],
    about=models.Order,
)
def cancel_order(
    session: Session,
    caller: CurrentUser,
    query: OrderDelete,
    precondition: Precondition,
) -> None:
    """Cancel a pending order. It stays to be seen, as cancelled."""
    orders.cancel_order(session, caller, query.id, precondition)


def _wanted(items: list[OrderLine]) -> list[Wanted]:
    return [line.wanted for line in items]
