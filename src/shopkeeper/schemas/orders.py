from typing import Annotated, Literal

from pydantic import AfterValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from shopkeeper.gateways.choice import offered_methods
from shopkeeper.models import OrderStatus, PaymentMethod, PaymentStatus, RefundStatus
from shopkeeper.schemas.base import (
    Input,
    Output,
    Page,
    PageQuery,
    Query,
    VersionedOutput,
)
from shopkeeper.schemas.fields.money import (
    Money,
    PriceInput,
    ShopCurrency,
)
from shopkeeper.schemas.fields.numbers import (
    Id,
    LineQuantity,
)
from shopkeeper.schemas.fields.presence import (
    absent,
)
from shopkeeper.schemas.fields.query import (
    QueryId,
)
from shopkeeper.schemas.fields.text import (
    Location,
    PaymentToken,
    Reason,
    Reference,
)
from shopkeeper.schemas.fields.time import (
    MomentInput,
    MomentOutput,
)
from shopkeeper.service.db.order_execution import PaymentChoice
from shopkeeper.utils.settings import get_settings

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
    `timeout_then_declined` and `slow` of the test gateway.
    """

    method: Annotated[PaymentMethod, Field(strict=False), _Offered()] | None = None
    token: PaymentToken | None = None


class OrderExecute(Input):
    id: Id
    payment: PaymentRequest | None = None

    def choice(self) -> PaymentChoice:
        payment = self.payment or PaymentRequest()
        return PaymentChoice(payment.method, payment.token)


class OrderDelete(Query):
    id: QueryId


class OrderRefund(Input):
    """Without items, all that is left is refunded."""

    id: Id
    items: Lines = absent()
    restock: bool = True
    reason: Reason | None = None


class OwnOrderQuery(PageQuery):
    status: OrderStatus | None = None


class OrderQuery(OwnOrderQuery):
    user_id: QueryId | None = None
    from_: Annotated[MomentInput | None, Field(alias="from")] = None
    to: MomentInput | None = None
    payment: Annotated[
        Literal["due"] | None,
        Field(description="Only orders whose invoice is not paid whole."),
    ] = None


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


class RefundItem(Output):
    product_id: int
    quantity: int
    amount: Money


class Refund(Output):
    """Money given back, or on its way."""

    id: int
    status: RefundStatus
    amount: Money
    restocked: bool
    reason: str | None
    reference: str | None
    credit_note_number: Annotated[
        str | None,
        Field(
            description="From a series without a gap, once the money is given back.",
            examples=["CRN-2026-000007"],
        ),
    ]
    attempts: int
    failure_code: str | None
    failure_message: str | None
    items: list[RefundItem]
    created_at: MomentOutput
    settled_at: MomentOutput | None


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


class OrderPage(Page[Order]):
    """Orders."""
