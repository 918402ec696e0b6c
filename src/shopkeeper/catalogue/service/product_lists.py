"""Products listed: filtered, searched, sorted, and of a category with all below it."""

from typing import Any

from sqlalchemy.orm import Session

from shopkeeper.catalogue.repository import categories, lists
from shopkeeper.catalogue.repository.lists import ProductFilters, ProductOrder
from shopkeeper.catalogue.repository.rows import ProductRow
from shopkeeper.catalogue.service.categories import choose
from shopkeeper.database.pages import Slice
from shopkeeper.database.statements import Batch, Deferred, at_once
from shopkeeper.utils import cursor


def ask_for_products(
    batch: Batch,
    filters: ProductFilters,
    *,
    sort: str,
    limit: int,
    after: str | None,
) -> Deferred[Slice[ProductRow]]:
    """The products that match.

    Args:
        batch: On which it is asked.
        filters: Which products.
        sort: `name`, `price`, `quantity` or `created_at`, with a minus for
            descending.
        limit: How many at most.
        after: The cursor of the page before.

    Raises, later:
        CategoryAmbiguous: If several categories have the name.
    """
    column = sort.removeprefix("-")
    order = ProductOrder(
        column=column,
        descending=sort.startswith("-"),
        after=_read_cursor(after, sort) if after is not None else None,
    )
    words = filters.category
    rows = lists.ask_for_products(batch, filters, order, limit + 1)

    def page(session: Session) -> Slice[ProductRow]:
        found = rows(session)
        if not found and words is not None:  # Maybe for want of one that is meant.
            choose(categories.find_meant(session, words), words)
        return Slice.cut(found, limit, lambda row: _write_cursor(row, sort))

    return page


def list_products_of(
    session: Session, category_id: int, limit: int, after: str | None
) -> Slice[ProductRow]:
    """The active products of a category and of those below it, by name."""
    return at_once(
        session,
        lambda batch: ask_for_products(
            batch,
            ProductFilters(category_id=category_id),
            sort="name",
            limit=limit,
            after=after,
        ),
    )


def _write_cursor(row: ProductRow, sort: str) -> str:
    column = sort.removeprefix("-")
    if column == "name":
        return cursor.encode("products", [sort, row.name, row.id])
    if column in {"price", "quantity"}:
        return cursor.encode("products", [sort, str(getattr(row, column)), row.id])
    return cursor.encode("products", [sort, row.created_at.isoformat(), row.id])


def _read_cursor(after: str, sort: str) -> tuple[Any, int]:
    of_sort, key, product_id = cursor.decode("products", after, [str, str, int])
    if of_sort != sort:
        raise cursor.refused()
    column = sort.removeprefix("-")
    if column == "price":
        return cursor.decimal(key), product_id
    if column == "quantity":
        return int(cursor.decimal(key)), product_id
    if column == "created_at":
        return cursor.moment(key), product_id
    return key, product_id
