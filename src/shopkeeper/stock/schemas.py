from typing import Annotated

from pydantic import Field

from shopkeeper.models import MovementReason
from shopkeeper.web.schemas.base import Output, Page
from shopkeeper.web.schemas.fields.money import CostMoney
from shopkeeper.web.schemas.fields.time import MomentOutput


class StockMovement(Output):
    """One change of a product's quantity or cost, and what it was for."""

    product_id: int
    variant_id: int
    sequence: int
    delta: int
    balance_after: int
    unit_cost: Annotated[
        CostMoney | None,
        Field(description="What each piece cost, where somebody said so."),
    ]
    value_delta: Annotated[
        CostMoney, Field(description="What it changed the value of the stock by.")
    ]
    value_after: CostMoney
    reason: MovementReason
    order_id: int | None
    refund_id: int | None
    import_id: int | None
    user_id: int | None
    note: str | None
    reference: str | None
    created_at: MomentOutput


class StockMovementPage(Page[StockMovement]):
    """Movements of a product's stock."""
