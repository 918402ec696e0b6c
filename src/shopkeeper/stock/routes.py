from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import ProductNotFound
from shopkeeper.stock import service
from shopkeeper.stock.schemas import StockMovementPage
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.schemas.base import PageQuery

api = Api("stock_movements", "/products", tag="Catalogue")


@api.operation(
    "GET",
    "/<id:product_id>/stock-movements",
    access=Access.MANAGER,
    errors=[ProductNotFound],
)
def list_stock_movements(
    session: Session, product_id: int, query: PageQuery
) -> StockMovementPage:
    """List every change of a product's quantity, the last first.

    The quantity of a product is the sum of its movements, always. A product that
    was removed keeps its movements.
    """
    page = service.list_movements(
        session, product_id, limit=query.limit, after=query.cursor
    )
    return StockMovementPage.model_validate(page)
