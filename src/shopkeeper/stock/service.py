"""The stock ledger, to be read: every quantity explained."""

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import ProductNotFound
from shopkeeper.database.pages import Slice
from shopkeeper.stock import repository as stock
from shopkeeper.stock.repository import MovementRow
from shopkeeper.utils import cursor


def list_movements(
    session: Session, product_id: int, *, limit: int, after: str | None
) -> Slice[MovementRow]:
    """A product's movements, the last first; also of a product that is removed.

    Raises:
        ProductNotFound: If there never was such a product.
    """
    variant_id = stock.find_default_variant(session, product_id)
    if variant_id is None:
        raise ProductNotFound(f"There is no product {product_id}.")
    before = (
        cursor.decode("stock-movements", after, [int])[0] if after is not None else None
    )
    rows = stock.list_movements(session, variant_id, limit + 1, before)
    return Slice.cut(
        rows, limit, lambda row: cursor.encode("stock-movements", [row.sequence])
    )
