"""The catalogue as an import sees it: what its rows may be about."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import String, any_, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from shopkeeper.models import Category, Product


class KnownProduct(NamedTuple):
    id: int
    name_key: str
    sku_key: str | None
    category_key: str
    name: str
    sku: str | None
    category: str
    quantity: int
    price: Decimal
    cost: Decimal | None
    description: str | None


def lock_known_products(
    session: Session, names: Sequence[str], skus: Sequence[str]
) -> list[KnownProduct]:
    """The products with one of these lower-case names or skus, lowest id first.

    They are held against changes until the transaction ends.
    """
    rows = session.execute(
        select(
            Product.id,
            func.lower(Product.name),
            func.lower(Product.sku),
            func.lower(Category.name),
            Product.name,
            Product.sku,
            Category.name,
            Product.quantity,
            Product.price,
            Product.cost,
            Product.description,
        )
        .join(Category, Category.id == Product.category_id)
        .where(
            Product.removed_at.is_(None),
            or_(
                func.lower(Product.name) == any_(_array(names)),
                func.lower(Product.sku) == any_(_array(skus)),
            ),
        )
        .order_by(Product.id)
        .with_for_update(of=Product, key_share=True)
    )
    return [KnownProduct(*row) for row in rows]


def share_categories(session: Session, keys: Sequence[str]) -> frozenset[str]:
    """Which of these lower-case names are categories, kept from being removed.

    Taken before products are locked, as everywhere.
    """
    rows = session.execute(
        select(func.lower(Category.name))
        .where(
            func.lower(Category.name) == any_(_array(keys)),
            Category.removed_at.is_(None),
        )
        .order_by(Category.id)
        .with_for_update(read=True)
    )
    return frozenset(row[0] for row in rows)


def _array(texts: Sequence[str]) -> Any:  # any_() takes any array expression.
    return cast(literal(list(texts), ARRAY(String)), ARRAY(String))
