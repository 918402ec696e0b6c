from sqlalchemy.orm import Session

from shopkeeper.accounts.identity import CurrentUser
from shopkeeper.checkout.repository.sales import Held
from shopkeeper.checkout.service import execution as order_execution
from shopkeeper.checkout.service import refunds
from shopkeeper.checkout.service.execution import Till
from shopkeeper.database.pages import Slice
from shopkeeper.database.statements.prepared import Later, Trip
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
    OrderExecute,
    OrderLine,
    OrderRefund,
    OrderUpdate,
)
from shopkeeper.orders.service import lists as order_lists
from shopkeeper.orders.service import orders as service
from shopkeeper.repository.idempotency import Asker
from shopkeeper.routes.operation import Access, Api, Created
from shopkeeper.service.db.idempotency import Claim
from shopkeeper.service.db.stages import Staged
from shopkeeper.service.errors import (
    AlreadyExecuted,
    CreditLimitExceeded,
    GatewayNotSetUp,
    GatewayUnavailable,
    InsufficientStock,
    NoShipping,
    OrderLineUnavailable,
    OrderNotExecuted,
    OrderNotFound,
    OrderNotPending,
    OutsideRefundDiffers,
    PaymentDeclined,
    PaymentMethodUnavailable,
    PaymentPending,
    PriceChanged,
    ProductNotFound,
    RateLimited,
    RefundPending,
    RefundRefused,
    RefundTooLarge,
    ShippingUnavailable,
    TooManyDeclines,
    TooManyPayments,
    UnknownCountry,
)
from shopkeeper.service.limits import ORDERS
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import PreconditionFailed

orders = Api("orders", "/orders", tag="Orders")


def _ask_for_offers(trip: Trip, asker: Asker, body: OrderCreate) -> Later[Offers]:
    return service.ask_for_offers(trip, asker, _pairs(body.items))


@orders.operation(
    "POST",
    "/create",
    access=Access.CUSTOMER,
    status=201,
    errors=[ProductNotFound, InsufficientStock, UnknownCountry, NoShipping],
    ahead=_ask_for_offers,
    limit=ORDERS,
)
def create_order(
    session: Session, caller: CurrentUser, body: OrderCreate, ahead: Later[Offers]
) -> Created[Order]:
    """Create an order at today's prices. Stock is taken when it is executed."""
    order = service.create_order(
        session,
        caller,
        location=body.location,
        lines=_pairs(body.items),
        offers=ahead,
    )
    return Created(Order.model_validate(order), f"/orders/{order.id}")


def _ask_for_own_orders(
    trip: Trip, asker: Asker, query: OwnOrderQuery
) -> Later[Slice[OrderView]]:
    filters = OrderFilters(user_id=asker.user_id, status=query.status)
    return order_lists.ask_for_orders(
        trip, filters, limit=query.limit, after=query.cursor
    )


@orders.operation("GET", "/user", access=Access.CUSTOMER, ahead=_ask_for_own_orders)
def list_own_orders(
    session: Session,
    query: OwnOrderQuery,  # noqa: ARG001  # Asked for ahead.
    ahead: Later[Slice[OrderView]],
) -> OrderPage:
    """List one's own orders, the newest first."""
    return OrderPage.model_validate(ahead(session))


@orders.operation("GET", "", access=Access.MANAGER)
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


def _ask_for_order(trip: Trip, asker: Asker, order_id: int) -> Later[OrderView]:
    return service.ask_for_order(trip, asker.user_id, order_id)


@orders.operation(
    "GET",
    "/<id:order_id>",
    access=Access.CUSTOMER,
    errors=[OrderNotFound],
    ahead=_ask_for_order,
)
def show_order(
    session: Session,
    order_id: int,  # noqa: ARG001  # Asked for ahead.
    ahead: Later[OrderView],
) -> Order:
    """Show one's own order; any order to a manager."""
    return Order.model_validate(ahead(session))


def _hold(trip: Trip, asker: Asker, body: OrderExecute) -> Later[Held | None]:
    return order_execution.hold(trip, asker, body.id, body.choice().method)


@orders.operation(
    "POST",
    "/execute",
    access=Access.CUSTOMER,
    errors=[
        OrderNotFound,
        AlreadyExecuted,
        OrderNotPending,
        InsufficientStock,
        CreditLimitExceeded,
        OrderLineUnavailable,
        PriceChanged,
        ShippingUnavailable,
        PaymentDeclined,
        PaymentMethodUnavailable,
        PaymentPending,
        GatewayUnavailable,
        TooManyDeclines,
        TooManyPayments,
        RateLimited,
        PreconditionFailed,
    ],
    ahead=_hold,
    may_wait=True,
)
def execute_order(  # noqa: PLR0917  # What it takes is named, not counted.
    session: Session,
    till: Till,
    caller: CurrentUser,
    body: OrderExecute,
    precondition: Precondition,
    claim: Claim | None,
    ahead: Later[Held | None],
) -> Order | Staged[Order]:
    """Take payment and stock for an order, whole or not at all.

    An order whose payment has not come to an end is `processing`: its goods are
    kept until the deadline of the reservation, and it is then executed or pending
    again. Asked again with the same Idempotency-Key, the same payment is meant.

    Answered 202, the payment's `next_action` says what the customer has to do first
    (3-D Secure). Ask again with the same Idempotency-Key when they have done it.
    """
    return _shown(
        order_execution.execute_order(
            session, till, caller, body.id, body.choice(), precondition, ahead, claim
        )
    )


@orders.operation(
    "PUT",
    "/update",
    access=Access.CUSTOMER,
    errors=[
        OrderNotFound,
        OrderNotPending,
        ProductNotFound,
        InsufficientStock,
        UnknownCountry,
        NoShipping,
        PreconditionFailed,
    ],
)
def update_order(
    session: Session,
    caller: CurrentUser,
    body: OrderUpdate,
    precondition: Precondition,
) -> Order:
    """Change a pending order. New items replace all old ones, at today's prices."""
    order = service.update_order(
        session,
        caller,
        body.id,
        location=body.location,
        lines=_pairs(body.items) if body.items else None,
        precondition=precondition,
    )
    return Order.model_validate(order)


@orders.operation(
    "DELETE",
    "/delete",
    access=Access.CUSTOMER,
    status=204,
    errors=[OrderNotFound, AlreadyExecuted, OrderNotPending, PreconditionFailed],
)
def cancel_order(
    session: Session,
    caller: CurrentUser,
    query: OrderDelete,
    precondition: Precondition,
) -> None:
    """Cancel a pending order. It stays to be seen, as cancelled."""
    service.cancel_order(session, caller, query.id, precondition)


@orders.operation(
    "POST",
    "/refund",
    access=Access.MANAGER,
    errors=[
        OrderNotFound,
        OrderNotExecuted,
        ProductNotFound,
        RefundTooLarge,
        OutsideRefundDiffers,
        RefundRefused,
        RefundPending,
        GatewayNotSetUp,
        PreconditionFailed,
    ],
)
def refund_order(  # noqa: PLR0917  # What it takes is named, not counted.
    session: Session,
    till: Till,
    caller: CurrentUser,
    body: OrderRefund,
    precondition: Precondition,
    claim: Claim | None,
) -> Order | Staged[Order]:
    """Refund an executed order, whole, by line or by amount, once or several times.

    What was given back outside the shop, by a bank transfer or at the provider's own
    page, is booked with `paid_by: "outside"` and its reference; nobody is asked for
    money then.
    """
    order = refunds.refund_order(
        session,
        till,
        caller,
        body.id,
        body.wish(),
        precondition=precondition,
        claim=claim,
    )
    return _shown(order)


def _shown(order: OrderView | Staged[OrderView]) -> Order | Staged[Order]:
    if isinstance(order, Staged):
        return order.turned(Order.model_validate)
    return Order.model_validate(order)


def _pairs(items: list[OrderLine]) -> list[tuple[int, int]]:
    return [(line.product_id, line.quantity) for line in items]
