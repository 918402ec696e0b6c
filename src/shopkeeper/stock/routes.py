from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import (
    ProductNotFound,
    VariantNotFound,
    VariantRequired,
)
from shopkeeper.models import MovementReason
from shopkeeper.stock import adjustments, levels, service
from shopkeeper.stock.adjustments import Line
from shopkeeper.stock.errors import InsufficientStock, StockOverflow
from shopkeeper.stock.schemas import (
    AdjustedStock,
    SetThresholds,
    StockAdjust,
    StockCount,
    StockLevel,
    StockLevelPage,
    StockMovementPage,
    StockQuery,
    StockThresholds,
)
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.schemas.base import PageQuery

api = Api("stock_movements", "", tag="Catalogue")


@api.operation("GET", "/stock", access=Access.MANAGER)
def list_stock(session: Session, query: StockQuery) -> StockLevelPage:
    """List what is out of stock and what is low first, and how long each lasts.

    Of each variant on sale; the fewest first.
    """
    page = levels.list_stock(
        session,
        limit=query.limit,
        after=query.cursor,
        availability=query.availability,
        product_id=query.product_id,
        is_waited_for=query.waiting,
    )
    return StockLevelPage.model_validate(page.turned(StockLevel.of))


@api.operation(
    "PUT",
    "/stock/thresholds",
    access=Access.MANAGER,
    errors=[VariantNotFound],
)
def set_stock_thresholds(session: Session, body: StockThresholds) -> SetThresholds:
    """Say below how many pieces the stock of variants is low."""
    changed = levels.set_thresholds(
        session,
        [Line(line.variant_id, line.sku, 0) for line in body.lines],
        [line.low_stock_threshold for line in body.lines],
    )
    return SetThresholds(changed=changed)


@api.operation(
    "POST",
    "/stock/adjust",
    access=Access.MANAGER,
    errors=[VariantNotFound, InsufficientStock, StockOverflow],
)
def adjust_stock(
    session: Session, caller: CurrentUser, body: StockAdjust
) -> AdjustedStock:
    """Book pieces that are damaged, stolen, lost or found: all lines or none.

    They leave at their average cost; what is found has it too.
    """
    lines = adjustments.adjust_stock(
        session,
        caller.id,
        [Line(line.variant_id, line.sku, line.delta) for line in body.lines],
        MovementReason(body.reason),
        body.note,
    )
    return AdjustedStock.model_validate({"lines": lines})


@api.operation(
    "POST",
    "/stock/count",
    access=Access.MANAGER,
    errors=[VariantNotFound, InsufficientStock, StockOverflow],
)
def count_stock(
    session: Session, caller: CurrentUser, body: StockCount
) -> AdjustedStock:
    """Book a stock-take: what was counted, against what the ledger said at the time.

    What was sold or received since stays booked; only the difference is moved.
    """
    lines = adjustments.count_stock(
        session,
        caller.id,
        [Line(line.variant_id, line.sku, line.counted) for line in body.lines],
        body.counted_at,
        body.note,
    )
    return AdjustedStock.model_validate({"lines": lines})


@api.operation(
    "GET",
    "/products/<id:product_id>/stock-movements",
    access=Access.MANAGER,
    errors=[ProductNotFound, VariantRequired],
)
def list_stock_movements(
    session: Session, product_id: int, query: PageQuery
) -> StockMovementPage:
    """List every change of a product's quantity, the last first.

    The quantity of a product is the sum of its movements, always. A product that
    was removed keeps its movements. One of several variants has those of each.
    """
    page = service.list_movements_of_product(
        session, product_id, limit=query.limit, after=query.cursor
    )
    return StockMovementPage.model_validate(page)


@api.operation(
    "GET",
    "/variants/<id:variant_id>/stock-movements",
    access=Access.MANAGER,
    errors=[VariantNotFound],
)
def list_variant_movements(
    session: Session, variant_id: int, query: PageQuery
) -> StockMovementPage:
    """List every change of a variant's quantity, the last first.

    Also of a variant that was removed.
    """
    page = service.list_movements(
        session, variant_id, limit=query.limit, after=query.cursor
    )
    return StockMovementPage.model_validate(page)
