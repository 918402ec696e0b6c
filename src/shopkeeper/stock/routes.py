from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import (
    ProductNotFound,
    VariantNotFound,
    VariantRequired,
)
from shopkeeper.stock import service
from shopkeeper.stock.schemas import StockMovementPage
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.schemas.base import PageQuery

api = Api("stock_movements", "", tag="Catalogue")


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
