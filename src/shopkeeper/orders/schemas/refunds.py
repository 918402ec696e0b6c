from typing import Annotated, Literal

from pydantic import Field

from shopkeeper.models import DisputeStatus, PaidBy, RefundStatus
from shopkeeper.web.schemas.base import Output
from shopkeeper.web.schemas.fields.money import Money
from shopkeeper.web.schemas.fields.time import MomentOutput


class RefundItem(Output):
    order_item_id: int
    product_id: int
    variant_id: int
    quantity: int
    amount: Money


class OutsideRefund(Output):
    """A refund that somebody made at the provider, and not here.

    To be matched: `POST /orders/refund` with its reference, `paid_by: "outside"`, and
    what it was for. `refund_id` is the refund it was matched with.
    """

    reference: str
    amount: Money
    status: Annotated[
        Literal["pending", "succeeded", "failed"],
        Field(description="How it stands at the provider."),
    ]
    refund_id: int | None
    created_at: MomentOutput


class Dispute(Output):
    """The customer's bank asks for the money back (a chargeback).

    Lost, it is a refund for no goods: `refund_id`, `paid_by: "dispute"`.
    """

    reference: str
    amount: Money
    reason: str
    status: DisputeStatus
    refund_id: int | None
    created_at: MomentOutput
    closed_at: MomentOutput | None


class Refund(Output):
    """Money given back, or on its way, or come back since (`reversed`)."""

    id: int
    status: RefundStatus
    paid_by: PaidBy
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
    reversed_at: Annotated[
        MomentOutput | None,
        Field(description="When the money came back; it can be refunded anew then."),
    ]
