from shopkeeper.models import MovementReason
from shopkeeper.schemas.base import Output, Page
from shopkeeper.schemas.fields.time import MomentOutput


class StockMovement(Output):
    """One change of a product's quantity, and what it was for."""

    product_id: int
    sequence: int
    delta: int
    balance_after: int
    reason: MovementReason
    order_id: int | None
    refund_id: int | None
    import_id: int | None
    user_id: int | None
    note: str | None
    created_at: MomentOutput


class StockMovementPage(Page[StockMovement]):
    """Movements of a product's stock."""
