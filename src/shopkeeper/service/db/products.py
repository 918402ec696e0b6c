"""Products: put on sale, changed, listed, taken out of the catalogue."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from shopkeeper.models import MovementReason, Product
from shopkeeper.repository import products as repository
from shopkeeper.repository import stock
from shopkeeper.repository.pages import Slice
from shopkeeper.repository.products import ProductFilters, ProductOrder, ProductRow
from shopkeeper.repository.stock import Movement
from shopkeeper.service.db.categories import hold_category
from shopkeeper.service.db.integrity import violations
from shopkeeper.service.errors import ProductNameTaken, ProductNotFound, SkuTaken
from shopkeeper.utils import clock, cursor
from shopkeeper.utils.conditional import Precondition


def get_product(session: Session, product_id: int) -> ProductRow:
    found = repository.find_product(session, product_id)
    if found is None:
        raise _not_found(product_id)
    return found


def list_products(
    session: Session,
    filters: ProductFilters,
    *,
    sort: str,
    limit: int,
    after: str | None,
) -> Slice[ProductRow]:
    """The products that match.

    Args:
        session: The transaction.
        filters: Which products.
        sort: `name`, `price` or `created_at`, with a minus for descending.
        limit: How many at most.
        after: The cursor of the page before.
    """
    column = sort.removeprefix("-")
    order = ProductOrder(
        column=column,
        descending=sort.startswith("-"),
        after=_read_cursor(after, sort) if after is not None else None,
    )
    rows = repository.list_products(session, filters, order, limit + 1)
    return Slice.cut(rows, limit, lambda row: _write_cursor(row, sort))


def add_product(
    session: Session,
    user_id: int,
    *,
    name: str,
    quantity: int,
    price: Decimal,
    category: str,
    cost: Decimal | None = None,
    sku: str | None = None,
    description: str | None = None,
) -> ProductRow:
    """Put a product on sale, on behalf of a user.

    Raises:
        CategoryNotFound: If no category has the name.
        ProductNameTaken: If another product has the name, in whatever case.
        SkuTaken: If another product has the sku.
    """
    category_id = hold_category(session, category)
    now = clock.now()
    with unique_products(name, sku):
        product_id = session.scalars(
            insert(Product).returning(Product.id),
            {
                "name": name,
                "price": price,
                "category_id": category_id,
                "cost": cost,
                "sku": sku,
                "description": description,
                "created_at": now,
                "updated_at": now,
            },
        ).one()
    movement = Movement(MovementReason.INITIAL, now, user_id)
    stock.open_stock(session, product_id, quantity, movement)
    return get_product(session, product_id)


def update_product(
    session: Session,
    user_id: int,
    product_id: int,
    changes: Mapping[str, Any],
    precondition: Precondition,
) -> ProductRow:
    """Change what the mapping names; what already has its value stays untouched.

    Raises:
        ProductNotFound: If there is no such product.
        PreconditionFailed: If it is not in the version the client has seen.
        CategoryNotFound, ProductNameTaken, SkuTaken: As for a new product.
    """
    values = dict(changes)
    if "category" in values:  # Before the product: removing a category locks so too.
        values["category_id"] = hold_category(session, values.pop("category"))
    current = _lock(session, product_id)
    precondition.require(current.version_tag)
    values = {
        column: value
        for column, value in values.items()
        if getattr(current, column) != value
    }
    if not values:
        return current
    now = clock.now()
    if "quantity" in values:
        delta = values.pop("quantity") - current.quantity
        movement = Movement(MovementReason.ADJUSTMENT, now, user_id)
        stock.move(session, [(product_id, delta)], movement)
    if values:
        with unique_products(
            values.get("name", current.name), values.get("sku", current.sku)
        ):
            session.execute(
                update(Product)
                .where(Product.id == product_id)
                .values(**values, updated_at=now, version=Product.version + 1)
            )
    return get_product(session, product_id)


def remove_product(
    session: Session, product_id: int, precondition: Precondition
) -> None:
    """Take a product out of the catalogue. Its name is free; the books keep it.

    Raises:
        ProductNotFound: If there is no such product.
        PreconditionFailed: If it is not in the version the client has seen.
    """
    precondition.require(_lock(session, product_id).version_tag)
    now = clock.now()
    session.execute(
        update(Product)
        .where(Product.id == product_id)
        .values(removed_at=now, updated_at=now, version=Product.version + 1)
    )


def _lock(session: Session, product_id: int) -> ProductRow:
    found = repository.lock_product(session, product_id)
    if found is None:
        raise _not_found(product_id)
    return found


def _not_found(product_id: int) -> ProductNotFound:
    return ProductNotFound(f"There is no product {product_id}.", product_id=product_id)


def unique_products(
    name: str | None = None, sku: str | None = None
) -> AbstractContextManager[None]:
    """Tell which of two unique columns a statement has collided in."""
    return violations(
        uq_products_name=ProductNameTaken(
            f"Another product is named {name!r}." if name else None,
            errors=[{"pointer": "/name", "message": "is taken"}],
        ),
        uq_products_sku=SkuTaken(
            f"Another product has the sku {sku!r}." if sku else None,
            errors=[{"pointer": "/sku", "message": "is taken"}],
        ),
    )


def _write_cursor(row: ProductRow, sort: str) -> str:
    column = sort.removeprefix("-")
    if column == "name":
        return cursor.encode([sort, row.name_key, row.id])
    if column == "price":
        return cursor.encode([sort, str(row.price), row.id])
    return cursor.encode([sort, row.created_at.isoformat(), row.id])


def _read_cursor(after: str, sort: str) -> tuple[Any, int]:
    of_sort, key, product_id = cursor.decode(after, [str, str, int])
    if of_sort != sort:
        raise cursor.refused()
    column = sort.removeprefix("-")
    if column == "price":
        return cursor.decimal(key), product_id
    if column == "created_at":
        return cursor.moment(key), product_id
    return key, product_id
