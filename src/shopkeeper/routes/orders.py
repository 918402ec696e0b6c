from sqlalchemy.orm import Session

from shopkeeper.repository.order_views import OrderView
from shopkeeper.repository.orders import OrderFilters
from shopkeeper.routes.operation import Access, Api, Created
from shopkeeper.schemas.orders import (
    Order,
    OrderCreate,
    OrderDelete,
    OrderExecute,
    OrderLine,
    OrderPage,
    OrderQuery,
    OrderRefund,
    OrderUpdate,
    OwnOrderQuery,
)
from shopkeeper.service.db import order_execution, refunds
from shopkeeper.service.db import orders as service
from shopkeeper.service.db.idempotency import Claim
from shopkeeper.service.db.order_execution import Till
from shopkeeper.service.db.stages import Staged
from shopkeeper.service.errors import (
    AlreadyExecuted,
    GatewayNotSetUp,
    GatewayUnavailable,
    InsufficientStock,
    NoShipping,
    OrderLineUnavailable,
    OrderNotExecuted,
    OrderNotFound,
    OrderNotPending,
    PaymentDeclined,
    PaymentMethodUnavailable,
    PaymentPending,
    PriceChanged,
    ProductNotFound,
    RefundPending,
    RefundRefused,
    RefundTooLarge,
    ShippingUnavailable,
    UnknownCountry,
)
from shopkeeper.service.identity import CurrentUser
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import PreconditionFailed

orders = Api("orders", "/orders", tag="Orders")


@orders.operation(
    "POST",
    "/create",
    access=Access.CUSTOMER,
    status=201,
    errors=[ProductNotFound, InsufficientStock, UnknownCountry, NoShipping],
)
def create_order(
    session: Session, caller: CurrentUser, body: OrderCreate
) -> Created[Order]:
    """Create an order at today's prices. Stock is taken when it is executed."""
    order = service.create_order(
        session, caller, location=body.location, lines=_pairs(body.items)
    )
    return Created(Order.model_validate(order), f"/orders/{order.id}")


@orders.operation("GET", "/user", access=Access.CUSTOMER)
def list_own_orders(
    session: Session, caller: CurrentUser, query: OwnOrderQuery
) -> OrderPage:
    """List one's own orders, the newest first."""
    filters = OrderFilters(user_id=caller.id, status=query.status)
    page = service.list_orders(session, filters, limit=query.limit, after=query.cursor)
    return OrderPage.model_validate(page)


@orders.operation("GET", "", access=Access.MANAGER)
def list_orders(session: Session, query: OrderQuery) -> OrderPage:
    """List everybody's orders, the newest first; `from` and `to` by creation."""
    filters = OrderFilters(query.user_id, query.status, query.from_, query.to)
    page = service.list_orders(session, filters, limit=query.limit, after=query.cursor)
    return OrderPage.model_validate(page)


@orders.operation(
    "GET", "/<id:order_id>", access=Access.CUSTOMER, errors=[OrderNotFound]
)
def show_order(session: Session, caller: CurrentUser, order_id: int) -> Order:
    """Show one's own order; any order to a manager."""
    return Order.model_validate(service.get_order(session, caller, order_id))


@orders.operation(
    "POST",
    "/execute",
    access=Access.CUSTOMER,
    errors=[
        OrderNotFound,
        AlreadyExecuted,
        OrderNotPending,
        InsufficientStock,
        OrderLineUnavailable,
        PriceChanged,
        ShippingUnavailable,
        PaymentDeclined,
        PaymentMethodUnavailable,
        PaymentPending,
        GatewayUnavailable,
        PreconditionFailed,
    ],
)
def execute_order(  # noqa: PLR0917  # What it takes is named, not counted.
    session: Session,
    till: Till,
    caller: CurrentUser,
    body: OrderExecute,
    precondition: Precondition,
    claim: Claim | None,
) -> Order | Staged[Order]:
    """Take payment and stock for an order, whole or not at all.

    An order whose payment has not come to an end is `processing`: its goods are
    kept until the deadline of the reservation, and it is then executed or pending
    again. Asked again with the same Idempotency-Key, the same payment is meant.
    """
    return _shown(
        order_execution.execute_order(
            session, till, caller, body.id, body.choice(), precondition, claim
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
    """Refund an executed order, whole or by line, once or several times."""
    order = refunds.refund_order(
        session,
        till,
        caller,
        body.id,
        lines=_pairs(body.items) if body.items else None,
        restock=body.restock,
        reason=body.reason,
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
