"""Products as the catalogue shows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, collate, func, literal, select, tuple_
from sqlalchemy.orm import Session

from shopkeeper.models import Category, Product, ProductRevision, Stock
from shopkeeper.models.base import COLLATION
from shopkeeper.repository.text import lowered

ROWS_AT_A_TIME = 1000
# Of a cost as it is shown; the average is kept with more.
COST_DIGITS = 4


class ProductRow(NamedTuple):
    id: int
    sku: str | None
    name: str
    description: str | None
    category: str
    category_id: int
    quantity: int
    price: Decimal
    cost: Decimal | None
    created_at: datetime
    updated_at: datetime
    version: int
    category_version: int
    stock_version: int
    name_key: str

    @property
    def version_tag(self) -> str:
        """All versions: renaming the category changes what the product shows."""
        return f"{self.version}.{self.category_version}.{self.stock_version}"


@dataclass(frozen=True)
class ProductFilters:
    """Which products; None does not filter."""

    category_id: int | None = None
    category: str | None = None
    search: str | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    in_stock: bool | None = None


@dataclass(frozen=True)
class ProductOrder:
    """By which column, in which direction, and after which row."""

    column: str = "name"
    descending: bool = False
    after: tuple[Any, int] | None = None


def _products() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Product.id,
            Product.sku,
            Product.name,
            Product.description,
            Category.name,
            Product.category_id,
            Stock.quantity,
            Product.price,
            func.round(Stock.cost, COST_DIGITS),
            Product.created_at,
            func.greatest(Product.updated_at, Stock.updated_at),
            Product.version,
            Category.version,
            Stock.version,
            func.lower(Product.name),
        )
        .join(Category, Category.id == Product.category_id)
        .join(Stock, Stock.product_id == Product.id)
        .where(Product.removed_at.is_(None))
    )


def find_product(session: Session, product_id: int) -> ProductRow | None:
    row = session.execute(_products().where(Product.id == product_id)).one_or_none()
    return ProductRow(*row) if row else None


def find_name(session: Session, product_id: int, as_of: datetime) -> str | None:
    """What a product was called at a moment, removed since or not."""
    revision = (
        select(ProductRevision.name)
        .where(
            ProductRevision.product_id == product_id,
            ProductRevision.valid_until > as_of,
        )
        .order_by(ProductRevision.valid_until, ProductRevision.version)
        .limit(1)
        .scalar_subquery()
    )
    name: str | None = session.scalar(
        select(func.coalesce(revision, Product.name)).where(
            Product.id == product_id, Product.created_at <= as_of
        )
    )
    return name


def lock_product(session: Session, product_id: int) -> ProductRow | None:
    """The same, with its stock held against changes until the transaction ends."""
    row = session.execute(
        _products()
        .where(Product.id == product_id)
        .with_for_update(of=[Product, Stock], key_share=True)
    ).one_or_none()
    return ProductRow(*row) if row else None


def stream_products(session: Session) -> Iterator[ProductRow]:
    """Every product on sale by name, fetched a few at a time by one statement."""
    rows = session.execute(
        _products().order_by(func.lower(Product.name)),
        execution_options={"yield_per": ROWS_AT_A_TIME},
    )
    for row in rows:
        yield ProductRow(*row)


def list_products(
    session: Session, filters: ProductFilters, order: ProductOrder, limit: int
) -> list[ProductRow]:
    """The products that match, in order; at most `limit`."""
    key, *tie_breaker = _sort_key(order.column)
    keys = [key, *tie_breaker]
    query = _products().where(*_conditions(filters))
    if order.after is not None:
        here = tuple_(*keys)
        there = tuple_(*[literal(value) for value in order.after[: len(keys)]])
        query = query.where(here < there if order.descending else here > there)
    if order.descending:
        keys = [column.desc() for column in keys]
    rows = session.execute(query.order_by(*keys).limit(limit))
    return [ProductRow(*row) for row in rows]


def _sort_key(column: str) -> list[ColumnElement[Any]]:
    if column == "name":  # Unique in the catalogue, so it needs no tie-breaker.
        return [func.lower(Product.name)]
    return [getattr(Product, column), Product.id]


def _conditions(filters: ProductFilters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.category_id is not None:
        found.append(Product.category_id == filters.category_id)
    if filters.category is not None:
        found.append(
            Product.category_id
            == select(Category.id)
            .where(
                func.lower(Category.name) == lowered(filters.category),
                Category.removed_at.is_(None),
            )
            .scalar_subquery()
        )
    if filters.min_price is not None:
        found.append(Product.price >= filters.min_price)
    if filters.max_price is not None:
        found.append(Product.price <= filters.max_price)
    if filters.in_stock is not None:
        found.append(Stock.quantity > 0 if filters.in_stock else Stock.quantity == 0)
    for word in (filters.search or "").split():
        found += _has_word(word)
    return found


def _has_word(word: str) -> list[ColumnElement[bool]]:
    """Somewhere in name, sku or description, by the index where it can.

    The index holds fragments of two and three characters. It finds the few
    products that have all fragments of the word, and LIKE those that have
    them in a row; a word of one letter is left to LIKE alone.
    """
    text = func.search_text(Product.name, Product.sku, Product.description)
    folded = func.fold_text(collate(literal(word), COLLATION))
    escaped = func.regexp_replace(folded, r"([\\%_])", r"\\\1", "g")
    matches: list[ColumnElement[bool]] = [text.like(func.concat("%", escaped, "%"))]
    if len(word) > 1:
        fragments = func.search_fragments(text)
        matches.append(fragments.op("@>")(func.search_fragments(folded)))
    return matches
