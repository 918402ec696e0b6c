"""Products filtered, searched and sorted, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    collate,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, array

from shopkeeper.catalogue.repository.products import (
    BY_NAME,
    select_products,
    with_variants,
)
from shopkeeper.catalogue.repository.rows import ProductRow
from shopkeeper.catalogue.repository.shelves import SHELVES, is_found_in
from shopkeeper.catalogue.repository.whole_stock import IS_THERE, PIECES
from shopkeeper.database.statements import MOST_PAGES, Batch, Deferred, Statement
from shopkeeper.database.text import name_keys
from shopkeeper.models import Product
from shopkeeper.models.base import COLLATION
from shopkeeper.models.product import ProductStatus
from shopkeeper.utils.search_words import search_words


class ProductFilters(NamedTuple):
    """Which products; None does not filter."""

    # Of this, by its id or by its path or name, and of what stands below it.
    category_id: int | None = None
    category: str | None = None
    search: str | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    max_quantity: int | None = None
    in_stock: bool | None = None
    brand: str | None = None
    tag: str | None = None
    # `all` of them are those of whatever status.
    status: str = "active"


@dataclass(frozen=True)
class ProductOrder:
    """By which column, in which direction, and after which row."""

    column: str = "name"
    descending: bool = False
    after: tuple[Any, int] | None = None


def ask_for_products(
    batch: Batch, filters: ProductFilters, order: ProductOrder, limit: int
) -> Deferred[Sequence[ProductRow]]:
    """The products that match, in order; at most `limit`."""
    chosen = {
        name: value for name, value in filters._asdict().items() if value is not None
    }
    # PostgreSQL plans for each way of asking, and not for each thing asked for.
    search = chosen.pop("search", None)
    words = search_words(search) if search is not None else ()
    in_stock, status = chosen.pop("in_stock", None), chosen.pop("status")
    values = chosen | {f"word_{n}": word for n, word in enumerate(words)}
    if order.after is not None:
        values["after"], values["after_id"] = order.after
    if order.column == "name":
        values.pop("after_id", None)  # The name is its own tie-breaker.
    page = _page(
        frozenset(chosen),
        in_stock,
        status,
        tuple(len(word) > 1 for word in words),
        order.column,
        order.descending,
        limit,
        is_first=order.after is None,
    )
    found = batch.add(page, **values)
    return lambda session: with_variants(session, found.all())


@lru_cache(maxsize=MOST_PAGES)
def _page(  # noqa: PLR0917  # The ways in which pages differ.
    filters: frozenset[str],
    in_stock: bool | None,
    status: str,
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
    shelves = SHELVES.get(next(iter(filters & SHELVES.keys()), ""))
    conditions = [_CONDITIONS[name] for name in sorted(filters - SHELVES.keys())]
    if status in set(ProductStatus):  # Each has an index of its own.
        conditions.append(Product.status == literal_column(f"'{status}'"))
    if in_stock is not None:
        conditions.append(IS_THERE if in_stock else not_(IS_THERE))
    keys = _sort_keys(column)
    if not is_first:
        here = tuple_(*keys)
        there = tuple_(*_place_after(column, keys))
        conditions.append(here < there if descending else here > there)
    order = [key.desc() for key in keys] if descending else keys
    few: ColumnElement[int] = literal_column(str(limit))
    if shelves is not None and not long_words and column != "quantity":
        page = _of_each_category(shelves, conditions, keys, few, descending=descending)
        return Statement(page, ProductRow)
    if shelves is not None:
        conditions.append(or_(Product.category_id.in_(shelves), is_found_in(shelves)))
    query = select_products().where(*conditions)
    if long_words:
        query = _that_have(query, long_words)
    return Statement(query.order_by(*order).limit(few), ProductRow)


def _of_each_category(
    shelves: Select[int],
    conditions: Sequence[ColumnElement[bool]],
    keys: Sequence[ColumnElement[Any]],
    few: ColumnElement[int],
    *,
    descending: bool,
) -> Select[*tuple[Any, ...]]:
    """The first few products of each of several categories, by the index of each.

    Read as one, they would all have to be sorted.
    """
    shelf = shelves.subquery("shelf")
    first = (
        select_products()
        .add_columns(*[key.label(f"key_{place}") for place, key in enumerate(keys)])
        .where(Product.category_id == shelf.c.id, *conditions)
        .order_by(*[key.desc() for key in keys] if descending else keys)
        .limit(few)
        .lateral("of_one")
    )
    names = [*ProductRow._fields, *[f"key_{place}" for place, _ in enumerate(keys)]]
    standing = (
        select(*[first.c[name] for name in names])
        .select_from(shelf)
        .join(first, true())
    )
    # Few are found in other categories, and these by an index of their own.
    found = (
        select_products()
        .add_columns(*[key.label(f"key_{place}") for place, key in enumerate(keys)])
        .where(is_found_in(shelves), Product.category_id.not_in(shelves), *conditions)
        .order_by(*[key.desc() for key in keys] if descending else keys)
        .limit(few)
        .subquery("found_here")
    )
    both = union_all(standing, select(*[found.c[name] for name in names])).subquery()
    order = [both.c[f"key_{place}"] for place, _ in enumerate(keys)]
    return (
        select(*[both.c[name] for name in ProductRow._fields])
        .order_by(*[key.desc() for key in order] if descending else order)
        .limit(few)
    )


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
        return BY_NAME
    key = PIECES if column == "quantity" else getattr(Product, column)
    last: ColumnElement[int] = Product.__table__.c.id
    return [key, last]


_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "brand": func.lower(Product.brand)
    == func.lower(collate(bindparam("brand", type_=Text), COLLATION)),
    "tag": and_(
        Product.tags.contains(cast(array([bindparam("tag", type_=Text)]), ARRAY(Text))),
        literal_column("products.tags <> '{}'"),
    ),
    "min_price": Product.price >= bindparam("min_price"),
    "max_price": Product.price <= bindparam("max_price"),
    "max_quantity": bindparam("max_quantity") >= PIECES,
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
