"""What is said to execute an order, and to refund it."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from shopkeeper.checkout.service.refunds import RefundWish
from shopkeeper.models import (
    PaidBy,
    PaymentMethod,
)
from shopkeeper.orders.schemas.orders import Lines
from shopkeeper.payments.gateways.choice import offered_methods
from shopkeeper.payments.processor import PaymentChoice
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.schemas.base import Input
from shopkeeper.web.schemas.fields.money import PriceInput
from shopkeeper.web.schemas.fields.numbers import Id
from shopkeeper.web.schemas.fields.presence import absent
from shopkeeper.web.schemas.fields.text import PaymentToken, Reason, Reference


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
        items = [line.wanted for line in self.items or ()]
        return RefundWish(
            items or None,
            self.amount,
            self.restock,
            self.reason,
            PaidBy(self.paid_by),
            self.reference,
        )
