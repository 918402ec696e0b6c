"""What spans orders, stock and payments: executing an order, and refunding it."""

from sqlalchemy.orm import Session

from shopkeeper import models
from shopkeeper.catalogue.errors import ProductNotFound
from shopkeeper.checkout.errors import (
    OrderLineUnavailable,
    PriceChanged,
    ShippingUnavailable,
)
from shopkeeper.checkout.repository.holding import Held
from shopkeeper.checkout.schemas import OrderExecute, OrderRefund
from shopkeeper.checkout.service import execution as order_execution
from shopkeeper.checkout.service import refunds
from shopkeeper.database.statements import Batch, Deferred
from shopkeeper.orders.errors import (
    AlreadyExecuted,
    OrderNotExecuted,
    OrderNotFound,
    OrderNotPending,
    RefundTooLarge,
)
from shopkeeper.orders.repository.views import OrderView
from shopkeeper.orders.schemas.orders import Order
from shopkeeper.payments.errors import (
    CreditLimitExceeded,
    GatewayNotSetUp,
    GatewayUnavailable,
    OutsideRefundDiffers,
    PaymentDeclined,
    PaymentMethodUnavailable,
    PaymentPending,
    RefundPending,
    RefundRefused,
    TooManyDeclines,
    TooManyPayments,
)
from shopkeeper.payments.processor import PaymentProcessor
from shopkeeper.stock.errors import InsufficientStock
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import PreconditionFailed
from shopkeeper.web.errors import RateLimited
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.repository.idempotency import UnverifiedCaller
from shopkeeper.web.service.idempotency import Claim
from shopkeeper.web.service.sagas import Saga

api = Api("checkout", "/orders", tag="Orders")


def _hold(
    batch: Batch, unverified: UnverifiedCaller, body: OrderExecute
) -> Deferred[Held | None]:
    return order_execution.hold(batch, unverified, body.id, body.choice().method)


@api.operation(
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
    prefetch=_hold,
    may_wait=True,
    makes=models.Order,
)
def execute_order(  # noqa: PLR0917  # What it takes is named, not counted.
    session: Session,
    processor: PaymentProcessor,
    caller: CurrentUser,
    body: OrderExecute,
    precondition: Precondition,
    claim: Claim | None,
    prefetched: Held | None,
) -> Order | Saga[Order]:
    """Take payment and stock for an order, whole or not at all.

    An order whose payment has not come to an end is `processing`: its goods are
    kept until the deadline of the reservation, and it is then executed or pending
    again. Asked again with the same Idempotency-Key, the same payment is meant.

    Answered 202, the payment's `next_action` says what the customer has to do first
    (3-D Secure). Ask again with the same Idempotency-Key when they have done it.
    """
    return _shown(
        order_execution.execute_order(
            session,
            processor,
            caller,
            body.id,
            body.choice(),
            precondition,
            prefetched,
            claim,
        )
    )


@api.operation(
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
    makes=models.Order,
)
def refund_order(  # noqa: PLR0917  # What it takes is named, not counted.
    session: Session,
    processor: PaymentProcessor,
    caller: CurrentUser,
    body: OrderRefund,
    precondition: Precondition,
    claim: Claim | None,
) -> Order | Saga[Order]:
    """Refund an executed order, whole, by line or by amount, once or several times.

    What was given back outside the shop, by a bank transfer or at the provider's own
    page, is booked with `paid_by: "outside"` and its reference; nobody is asked for
    money then.
    """
    order = refunds.refund_order(
        session,
        processor,
        caller,
        body.id,
        body.wish(),
        precondition=precondition,
        claim=claim,
    )
    return _shown(order)


def _shown(order: OrderView | Saga[OrderView]) -> Order | Saga[Order]:
    if isinstance(order, Saga):
        return order.turned(Order.model_validate)
    return Order.model_validate(order)
