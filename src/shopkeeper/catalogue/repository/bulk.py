"""Many products held, read and written at once."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, cast, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from shopkeeper.catalogue.repository.products import select_products, with_variants
from shopkeeper.catalogue.repository.rows import ProductRow
from shopkeeper.database.statements import Statement, array, scalar, texts
from shopkeeper.models import Product


class NewProduct(NamedTuple):
    """A product as it is to be."""

    id: int
    price: Decimal
    status: str
    category_id: int
    brand: str | None
    tags: Sequence[str]


class NewPrice(NamedTuple):
    """The price of a variant as it is to be."""

    variant_id: int
    price: Decimal


_HOLD: Statement[int] = Statement(
    """
    SELECT id FROM products WHERE id = ANY (:ids) AND removed_at IS NULL
    ORDER BY id
    FOR NO KEY UPDATE
    """,
    scalar,
)
_FIND = Statement(
    select_products().where(
        Product.id == func.any(cast(bindparam("ids"), ARRAY(BigInteger)))
    ),
    ProductRow,
)
# The lowest price of each with it, so that no trigger has to look for it.
_CHANGE: Statement[None] = Statement(
    """
    UPDATE products
    SET price = new.price, status = new.status, category_id = new.category_id,
        brand = new.brand, tags = CAST(new.tags AS text[]),
        version = version + 1, updated_at = :moment
    FROM unnest(
        CAST(:ids AS bigint[]), CAST(:prices AS numeric[]), CAST(:statuses AS text[]),
        CAST(:category_ids AS bigint[]), CAST(:brands AS text[]), CAST(:tags AS text[])
    ) AS new (id, price, status, category_id, brand, tags)
    WHERE products.id = new.id
    """
)
_PRICE: Statement[None] = Statement(
    """
    UPDATE variants
    SET price = new.price, version = version + 1, updated_at = :moment
    FROM unnest(CAST(:ids AS bigint[]), CAST(:prices AS numeric[])) AS new (id, price)
    WHERE variants.id = new.id
    """
)


def lock_products(session: Session, ids: Sequence[int]) -> dict[int, ProductRow]:
    """Hold products on sale, lowest id first, and read them when they are held."""
    held = _HOLD.all(session, ids=array(ids))
    found = _FIND.all(session, ids=array(held))
    return {row.id: row for row in with_variants(session, found)}


def change_products(
    session: Session,
    new: Sequence[NewProduct],
    prices: Sequence[NewPrice],
    moment: datetime,
) -> None:
    """Write products and variants that are held as they are to be."""
    _CHANGE.all(
        session,
        moment=moment,
        ids=array(each.id for each in new),
        prices=array(each.price for each in new),
        statuses=[each.status for each in new],
        category_ids=array(each.category_id for each in new),
        brands=[each.brand for each in new],
        tags=[texts(each.tags) for each in new],
    )
    if prices:
        _PRICE.all(
            session,
            moment=moment,
            ids=array(each.variant_id for each in prices),
            prices=array(each.price for each in prices),
        )
