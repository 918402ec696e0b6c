from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from shopkeeper.models import (
    OrderStatus,
    PaymentMethod,
    PaymentStatus,
)
from shopkeeper.orders.lines import Kind, Wanted
from shopkeeper.orders.schemas.refunds import Dispute, OutsideRefund, Refund
from shopkeeper.utils.lower_case import lowered
from shopkeeper.web.schemas.base import Input, Output, Query, VersionedOutput
from shopkeeper.web.schemas.fields.money import Money, ShopCurrency
from shopkeeper.web.schemas.fields.numbers import Id, LineQuantity
from shopkeeper.web.schemas.fields.presence import absent
from shopkeeper.web.schemas.fields.query import QueryId
from shopkeeper.web.schemas.fields.text import Location, Sku
from shopkeeper.web.schemas.fields.time import MomentOutput

LARGEST_ORDER = 100


# The field by which each kind of thing is named.
_KINDS: Mapping[Kind, str] = {
    "product": "product_id",
    "variant": "variant_id",
    "sku": "sku",
}


class OrderLine(Input):
    """So many pieces of a variant, by its id or its sku, or of a product that has one.

    One of `variant_id`, `sku` and `product_id`, and `quantity`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 2,
            "maxProperties": 2,
            "examples": [{"product_id": 1, "quantity": 2}],
        }
    )

    product_id: Id = absent()
    variant_id: Id = absent()
    sku: Sku = absent()
    quantity: LineQuantity

    @cached_property
    def wanted(self) -> Wanted:
        """What it asks for.

        Raises:
            ValueError: If it names nothing, or names it in several ways.
        """
        said = vars(self)
        named = [kind for kind in _KINDS if said[_KINDS[kind]] is not None]
        if len(named) != 1:
            raise ValueError("needs one of variant_id, sku and product_id")
        name = said[_KINDS[named[0]]]
        return Wanted(
            named[0], lowered(name) if isinstance(name, str) else name, self.quantity
        )

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        _ = self.wanted
        return self


def _each_once(lines: list[OrderLine]) -> list[OrderLine]:
    seen: set[tuple[str, int | str]] = set()
    for line in lines:
        wanted = line.wanted
        if wanted[:2] in seen:
            raise ValueError(f"{wanted.named} stands in it twice")
        seen.add(wanted[:2])
    return lines


Lines = Annotated[
    list[OrderLine],
    AfterValidator(_each_once),
    Field(min_length=1, max_length=LARGEST_ORDER, description="Each variant once."),
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
    variant_id: int
    product_name: str
    variant_title: Annotated[
        str | None,
        Field(examples=["M / Red"], description="Of a product with options."),
    ]
    sku: str | None
    options: Annotated[
        dict[str, str] | None, Field(examples=[{"Size": "M"}], description="As sold.")
    ]
    quantity: int
    refunded_quantity: int
    waiting: Annotated[
        int,
        Field(description="Pieces that were sold before they were there, and wait."),
    ]
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
