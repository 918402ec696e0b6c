"""The stock ledger, to be read: every quantity explained."""

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import ProductNotFound
from shopkeeper.database.pages import Slice
from shopkeeper.models import StockMovement
from shopkeeper.stock import repository as stock
from shopkeeper.utils import cursor


def list_movements(
    session: Session, product_id: int, *, limit: int, after: str | None
) -> Slice[StockMovement]:
    """A product's movements, the last first; also of a product that is removed.

    Raises:
        ProductNotFound: If there never was such a product.
    """
    if not stock.has_stock(session, product_id):
        raise ProductNotFound(f"There is no product {product_id}.")
    before = (
        cursor.decode("stock-movements", after, [int])[0] if after is not None else None
    )
    rows = stock.list_movements(session, product_id, limit + 1, before)
    return Slice.cut(
        rows, limit, lambda row: cursor.encode("stock-movements", [row.sequence])
    )
