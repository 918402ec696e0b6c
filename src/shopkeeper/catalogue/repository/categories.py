"""Categories as the catalogue shows them."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    collate,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from shopkeeper.catalogue.repository import variants
from shopkeeper.database.text import lowered, name_keys
from shopkeeper.models import Category, Product, Variant
from shopkeeper.models.base import COLLATION
from shopkeeper.stock.repository.ledger import lock_stock


class CategoryRow(NamedTuple):
    id: int
    name: str
    product_count: int
    created_at: datetime
    updated_at: datetime


def _categories() -> Select[int, str, int, datetime, datetime]:
    product_count = (
        select(func.count())
        .where(Product.category_id == Category.id, Product.removed_at.is_(None))
        .scalar_subquery()
    )
    return select(
        Category.id,
        Category.name,
        product_count,
        Category.created_at,
        Category.updated_at,
    ).where(Category.removed_at.is_(None))


def list_categories(
    session: Session, limit: int, after: str | None
) -> list[CategoryRow]:
    """Categories by their names; at most `limit`, after the one of that name."""
    query = _categories()
    keys = name_keys(Category.name)
    if after is not None:
        there = name_keys(collate(literal(after), COLLATION))
        query = query.where(tuple_(*keys) > tuple_(*there))
    rows = session.execute(query.order_by(*keys).limit(limit))
    return [CategoryRow(*row) for row in rows]


def find_category(session: Session, category_id: int) -> CategoryRow | None:
    row = session.execute(_categories().where(Category.id == category_id)).one_or_none()
    return CategoryRow(*row) if row else None


def find_category_id(session: Session, name: str) -> int | None:
    return session.scalar(
        select(Category.id).where(_named(name), Category.removed_at.is_(None))
    )


def share_category(session: Session, name: str) -> int | None:
    """Find a category by name and keep it from being removed meanwhile."""
    return session.scalar(
        select(Category.id)
        .where(_named(name), Category.removed_at.is_(None))
        .with_for_update(read=True)
    )


def lock_category(session: Session, category_id: int) -> Category | None:
    return session.scalar(
        select(Category)
        .where(Category.id == category_id, Category.removed_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def _named(name: str) -> ColumnElement[bool]:
    return func.lower(Category.name) == lowered(name)


def lock_products_of(session: Session, category_id: int) -> None:
    """Hold the products of a category, then their stock, in key order as everywhere."""
    of_it = _products_of(category_id)
    session.execute(
        select(Product.id)
        .where(*of_it)
        .order_by(Product.id)
        .with_for_update(key_share=True)
    )
    lock_stock(
        session,
        select(Variant.id)
        .join(Product, Product.id == Variant.product_id)
        .where(*of_it, Variant.removed_at.is_(None)),
    )


def remove_products_of(session: Session, category_id: int, now: datetime) -> None:
    """Take the products of a category, which are held, out of the catalogue."""
    of_it = select(Product.id).where(*_products_of(category_id))
    variants.remove_variants_of(session, of_it, now)
    session.execute(
        update(Product)
        .where(*_products_of(category_id))
        .values(removed_at=now, updated_at=now, version=Product.version + 1)
    )


def _products_of(category_id: int) -> tuple[ColumnElement[bool], ...]:
    return Product.category_id == category_id, Product.removed_at.is_(None)
