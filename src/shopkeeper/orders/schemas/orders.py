from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from shopkeeper.checkout.service.execution import PaymentChoice
from shopkeeper.checkout.service.refunds import RefundWish
from shopkeeper.models import (
    OrderStatus,
    PaidBy,
    PaymentMethod,
    PaymentStatus,
)
from shopkeeper.orders.schemas.refunds import Dispute, OutsideRefund, Refund
from shopkeeper.payments.gateways.choice import offered_methods
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.schemas.base import Input, Output, Query, VersionedOutput
from shopkeeper.web.schemas.fields.money import Money, PriceInput, ShopCurrency
from shopkeeper.web.schemas.fields.numbers import Id, LineQuantity
from shopkeeper.web.schemas.fields.presence import absent
from shopkeeper.web.schemas.fields.query import QueryId
from shopkeeper.web.schemas.fields.text import Location, PaymentToken, Reason, Reference
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


class _Offered:
    """In the document stand the ways to pay that this shop offers."""

    def __get_pydantic_json_schema__(
        self, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        methods = offered_methods(get_settings().payment_gateway)
        return {"type": "string", "enum": [str(method) for method in methods]}


class PaymentRequest(Input):
    """How it is paid. Without a method it is the shop's own (`PAYMENT_GATEWAY`).

    What a token is, the provider says: `pm_...` of Stripe; one of `success`,
    `declined`, `insufficient_funds`, `timeout_then_success`,
    `timeout_then_declined` and `slow` of the test gateway, among others.
    """

    method: Annotated[PaymentMethod, Field(strict=False), _Offered()] | None = None
    token: PaymentToken | None = None


class OrderExecute(Input):
    id: Id
    payment: PaymentRequest | None = None

    def choice(self) -> PaymentChoice:
        if self.payment is None:
            return PaymentChoice(None, None)
        return PaymentChoice(self.payment.method, self.payment.token)


class OrderDelete(Query):
    id: QueryId


class OrderRefund(Input):
    """Without items or an amount, all that is left is refunded."""

    id: Id
    items: Lines = absent()
    amount: Annotated[
        PriceInput | None,
        Field(description="Money for no goods, instead of items."),
    ] = None
    restock: bool = True
    reason: Reason | None = None
    paid_by: Annotated[
        Literal["original", "outside"],
        Field(
            description="By the way it was paid, or outside the shop, where it has been"
            " given back already."
        ),
    ] = "original"
    reference: Annotated[
        Reference | None,
        Field(
            description="What it is called outside: of the transfer, or `re_...`.",
            validate_default=True,
        ),
    ] = None

    @field_validator("amount")
    @classmethod
    def _instead_of_items(
        cls, amount: Decimal | None, info: ValidationInfo
    ) -> Decimal | None:
        if amount is not None and info.data.get("items"):
            raise ValueError("give either items or an amount")
        return amount

    @field_validator("reference")
    @classmethod
    def _of_what_is_outside(
        cls, reference: str | None, info: ValidationInfo
    ) -> str | None:
        is_outside = info.data.get("paid_by") == "outside"
        if is_outside and reference is None:
            raise ValueError("what is paid outside needs a reference")
        if reference is not None and not is_outside:
            raise ValueError("only what is paid outside has one (paid_by)")
        return reference

    def wish(self) -> RefundWish:
        items = [(line.product_id, line.quantity) for line in self.items or ()]
        return RefundWish(
            items or None,
            self.amount,
            self.restock,
            self.reason,
            PaidBy(self.paid_by),
            self.reference,
        )


class PaymentReceived(Input):
    """Money that has come for an invoice; without an amount, all that is owed."""

    order_id: Id
    amount: PriceInput | None = None
    reference: Reference | None = None


class OrderItem(Output):
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
