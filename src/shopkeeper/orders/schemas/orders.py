from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
)

from shopkeeper.models import (
    OrderStatus,
    PaymentMethod,
    PaymentStatus,
)
from shopkeeper.orders.schemas.refunds import Dispute, OutsideRefund, Refund
from shopkeeper.web.schemas.base import Input, Output, Query, VersionedOutput
from shopkeeper.web.schemas.fields.money import Money, ShopCurrency
from shopkeeper.web.schemas.fields.numbers import Id, LineQuantity
from shopkeeper.web.schemas.fields.presence import absent
from shopkeeper.web.schemas.fields.query import QueryId
from shopkeeper.web.schemas.fields.text import Location
from shopkeeper.web.schemas.fields.time import MomentOutput

LARGEST_ORDER = 100


class OrderLine(Input):
    product_id: Id
    quantity: LineQuantity


def _each_product_once(lines: list[OrderLine]) -> list[OrderLine]:
    seen: set[int] = set()
    for line in lines:
        if line.product_id in seen:
            raise ValueError(f"product {line.product_id} stands in it twice")
        seen.add(line.product_id)
    return lines


Lines = Annotated[
    list[OrderLine],
    AfterValidator(_each_product_once),
    Field(min_length=1, max_length=LARGEST_ORDER, description="Each product once."),
]


class OrderCreate(Input):
    location: Location
    items: Lines


class OrderUpdate(Input):
    """What changes. New items replace all old ones, at today's prices."""

    id: Id
    items: Lines = absent()
    location: Location = absent()


class OrderDelete(Query):
    id: QueryId


class OrderItem(Output):
    id: int
    product_id: int
    product_name: str
    quantity: int
    refunded_quantity: int
    unit_price: Money
    line_total: Money


class NextAction(Output):
    """What the customer has to do on the page that they pay on."""

    type: Annotated[str, Field(examples=["use_stripe_sdk", "redirect_to_url"])]
    client_secret: Annotated[
        str | None, Field(description="For the script of the payment provider.")
    ]
    redirect_url: Annotated[
        str | None,
        Field(description="Where to send the customer, if there is a place."),
    ]


class Payment(Output):
    """The last try to take the money, and what became of it."""

    method: PaymentMethod
    status: PaymentStatus
    amount: Money
    reference: str | None
    attempts: int
    failure_code: str | None
    failure_message: str | None
    created_at: MomentOutput
    settled_at: MomentOutput | None
    next_action: NextAction | None
    received: Annotated[Money, Field(description="What of the amount has come.")]
    due_at: Annotated[
        MomentOutput | None, Field(description="By when an invoice is to be paid.")
    ]


class Order(VersionedOutput):
    id: int
    user_id: int
    status: OrderStatus
    executed: bool
    location: str
    country_code: str
    currency: ShopCurrency
    items: list[OrderItem]
    total: Money
    refunded_total: Money
    created_at: MomentOutput
    updated_at: MomentOutput
    executed_at: MomentOutput | None
    invoice_number: Annotated[
        str | None,
        Field(
            description="From a series without a gap, once it is executed.",
            examples=["INV-2026-000042"],
        ),
    ]
    payment: Payment | None
    refunds: list[Refund]
    outside_refunds: list[OutsideRefund]
    disputes: list[Dispute]
