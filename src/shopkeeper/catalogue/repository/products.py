"""Products as the catalogue shows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    collate,
    func,
    insert,
    literal_column,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from shopkeeper.catalogue.repository import variants
from shopkeeper.catalogue.repository.rows import ProductRow
from shopkeeper.database.statements import MOST_PAGES, Batch, Result, Statement
from shopkeeper.database.text import name_keys
from shopkeeper.models import Category, Product, ProductRevision, Stock
from shopkeeper.models.base import COLLATION
from shopkeeper.models.location import MAIN
from shopkeeper.utils.search_words import search_words

ROWS_AT_A_TIME = 1000
_ITS_STOCK = (
    Stock.variant_id == Product.default_variant_id,
    Stock.location_id == MAIN,
)
_BY_NAME = name_keys(Product.name)


class ProductFilters(NamedTuple):
    """Which products; None does not filter."""

    category_id: int | None = None
    category: str | None = None
    search: str | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    max_quantity: int | None = None
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
            Product.skus.label("sku"),
            Product.name,
            Product.description,
            Category.name.label("category"),
            Product.category_id,
            Stock.quantity,
            Product.price,
            Stock.cost.label("average_cost"),
            Product.created_at,
            func.greatest(Product.updated_at, Stock.updated_at).label("updated_at"),
            Product.version,
            Category.version.label("category_version"),
            Stock.version.label("stock_version"),
            Product.updated_at.label("changed_at"),
            Product.default_variant_id.label("variant_id"),
        )
        .join(Category, Category.id == Product.category_id)
        .join(Stock, and_(*_ITS_STOCK))
        .where(Product.removed_at.is_(None))
    )


_FIND = Statement(_products().where(Product.id == bindparam("product_id")), ProductRow)


def ask_for_product(batch: Batch, product_id: int) -> Result[ProductRow]:
    return batch.add(_FIND, product_id=product_id)


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
    return ProductRow._make(row) if row else None


def stream_products(session: Session) -> Iterator[ProductRow]:
    """Every product on sale by name, fetched a few at a time by one statement."""
    rows = session.execute(
        _products().order_by(*_BY_NAME),
        execution_options={"yield_per": ROWS_AT_A_TIME},
    )
    for row in rows:
        yield ProductRow._make(row)


def ask_for_products(
    batch: Batch, filters: ProductFilters, order: ProductOrder, limit: int
) -> Result[ProductRow]:
    """The products that match, in order; at most `limit`."""
    chosen = {
        name: value for name, value in filters._asdict().items() if value is not None
    }
    # PostgreSQL plans for each way of asking, and not for each thing asked for.
    search = chosen.pop("search", None)
    words = search_words(search) if search is not None else ()
    in_stock = chosen.pop("in_stock", None)
    values = chosen | {f"word_{n}": word for n, word in enumerate(words)}
    if order.after is not None:
        values["after"], values["after_id"] = order.after
    if order.column == "name":
        values.pop("after_id", None)  # The name is its own tie-breaker.
    page = _page(
        frozenset(chosen),
        in_stock,
        tuple(len(word) > 1 for word in words),
        order.column,
        order.descending,
        limit,
        is_first=order.after is None,
    )
    return batch.add(page, **values)


@lru_cache(maxsize=MOST_PAGES)
def _page(  # noqa: PLR0917  # The ways in which pages differ.
    filters: frozenset[str],
    in_stock: bool | None,
    long_words: tuple[bool, ...],
    column: str,
    descending: bool,
    limit: int,
    *,
    is_first: bool,
) -> Statement[ProductRow]:
    """A way of asking for products: the values are still to be given.

    PostgreSQL plans for the limit as well: a few products are looked up, of a
    tenth of them, as which it takes a limit unknown, whole tables are read.
    """
    query = _products().where(*[_CONDITIONS[name] for name in sorted(filters)])
    if in_stock is not None:
        query = query.where(Stock.quantity > 0 if in_stock else Stock.quantity == 0)
    if long_words:
        query = _that_have(query, long_words)
    keys = _sort_keys(column)
    if not is_first:
        here = tuple_(*keys)
        there = tuple_(*_place_after(column, keys))
        query = query.where(here < there if descending else here > there)
    if descending:
        keys = [key.desc() for key in keys]
    few: ColumnElement[int] = literal_column(str(limit))
    return Statement(query.order_by(*keys).limit(few), ProductRow)


def _place_after(
    column: str, keys: Sequence[ColumnElement[Any]]
) -> list[ColumnElement[Any]]:
    """The keys of the row that a page comes after."""
    if column == "name":
        return name_keys(collate(bindparam("after", type_=Text), COLLATION))
    return [
        bindparam(name, type_=key.type)
        for name, key in zip(("after", "after_id"), keys, strict=True)
    ]


def _sort_keys(column: str) -> list[ColumnElement[Any]]:
    if column == "name":
        return _BY_NAME
    owner = Stock if column == "quantity" else Product
    return [getattr(owner, column), Product.id]


_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "category_id": Product.category_id == bindparam("category_id"),
    "category": Product.category_id
    == select(Category.id)
    .where(
        func.lower(Category.name)
        == func.lower(collate(bindparam("category", type_=Text), COLLATION)),
        Category.removed_at.is_(None),
    )
    .scalar_subquery(),
    "min_price": Product.price >= bindparam("min_price"),
    "max_price": Product.price <= bindparam("max_price"),
    "max_quantity": Stock.quantity <= bindparam("max_quantity"),
}


def _that_have(
    query: Select[*tuple[Any, ...]], long_words: Sequence[bool]
) -> Select[*tuple[Any, ...]]:
    """Each word stands somewhere in name, sku or description, by the index if it can.

    The index holds fragments of two and three characters. It finds the few
    products that have all fragments of all words, and LIKE those that have
    them in a row; a word of one letter is left to LIKE alone. The text of a product
    is folded once, and what is looked for is made once (each a subquery).
    """
    words = [
        func.fold_text(collate(bindparam(f"word_{number}", type_=Text), COLLATION))
        for number, _ in enumerate(long_words)
    ]
    text = func.search_text(Product.name, Product.skus, Product.description)
    folded = (
        select(text.label("text"))
        .correlate(Product)
        .offset(literal_column("0"))  # PostgreSQL would otherwise fold for each word.
        .lateral("folded")
    )
    patterns = [
        select(
            func.concat("%", func.regexp_replace(word, r"([\\%_])", r"\\\1", "g"), "%")
        ).scalar_subquery()
        for word in words
    ]
    query = query.join(folded, true()).where(
        *[folded.c.text.like(pattern) for pattern in patterns]
    )
    long = [word for word, is_long in zip(words, long_words, strict=True) if is_long]
    if long:
        wanted: ColumnElement[Any] = func.search_fragments(long[0])
        for word in long[1:]:
            wanted = wanted.op("||")(func.search_fragments(word))
        query = query.where(func.search_fragments(text).op("@>")(wanted))
    return query


class NewProduct(NamedTuple):
    """The ids of a product that is written down, and of its one variant."""

    id: int
    variant_id: int


def add_product(
    session: Session, *, sku: str | None, price: Decimal, **values: Any
) -> NewProduct:
    """Write a product down with its one variant; its stock is still to be opened."""
    variant_id = variants.draw_id(session)
    product_id = session.scalars(
        insert(Product).returning(Product.id),
        {**values, "price": price, "skus": sku, "default_variant_id": variant_id},
    ).one()
    variants.add_variant(
        session, variant_id, product_id, sku, price, values["created_at"]
    )
    return NewProduct(product_id, variant_id)


def change_product(session: Session, product_id: int, **values: Any) -> None:
    """Change a product that is held, which is a new version of it."""
    session.execute(
        update(Product)
        .where(Product.id == product_id)
        .values(**values, version=Product.version + 1)
    )
