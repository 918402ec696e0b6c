"""The stock ledger, to be read: every quantity explained."""

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import (
    ProductNotFound,
    VariantNotFound,
    variant_required,
)
from shopkeeper.database.pages import Slice
from shopkeeper.stock.repository import ledger, variants
from shopkeeper.stock.repository.ledger import MovementRow
from shopkeeper.utils import cursor


def list_movements_of_product(
    session: Session, product_id: int, *, limit: int, after: str | None
) -> Slice[MovementRow]:
    """The movements of a product's only variant; also of a product that is removed.

    Raises:
        ProductNotFound: If there never was such a product.
        VariantRequired: If it has, or had, several variants.
    """
    kept = variants.list_variants(session, product_id)
    if not kept:
        raise ProductNotFound(f"There is no product {product_id}.")
    if len(kept) > 1:
        raise variant_required(product_id, kept[0].product_name, kept)
    return _list_movements(session, kept[0].id, limit, after)


def list_movements(
    session: Session, variant_id: int, *, limit: int, after: str | None
) -> Slice[MovementRow]:
    """A variant's movements, the last first; also of one that is removed.

    Raises:
        VariantNotFound: If there never was such a variant.
    """
    if not variants.has_stock(session, variant_id):
        raise VariantNotFound(
            f"There is no variant {variant_id}.", variant_id=variant_id
        )
    return _list_movements(session, variant_id, limit, after)


def _list_movements(
    session: Session, variant_id: int, limit: int, after: str | None
) -> Slice[MovementRow]:
    before = (
        cursor.decode("stock-movements", after, [int])[0] if after is not None else None
    )
    rows = ledger.list_movements(session, variant_id, limit + 1, before)
    return Slice.cut(
        rows, limit, lambda row: cursor.encode("stock-movements", [row.sequence])
    )
