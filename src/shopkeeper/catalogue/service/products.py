"""Products: put on sale, changed, listed, taken out of the catalogue."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import ProductNameTaken, ProductNotFound, SkuTaken
from shopkeeper.catalogue.repository import products, variants
from shopkeeper.catalogue.repository.products import ProductFilters, ProductOrder
from shopkeeper.catalogue.repository.rows import ProductRow
from shopkeeper.catalogue.service.categories import hold_category
from shopkeeper.database.integrity import violations
from shopkeeper.database.pages import Slice
from shopkeeper.database.statements import Batch, Deferred, at_once
from shopkeeper.models import MovementReason
from shopkeeper.stock import repository as stock
from shopkeeper.stock.books import write_to_the_books
from shopkeeper.stock.errors import StockOverflow
from shopkeeper.stock.repository import Movement, MovementRow
from shopkeeper.utils import cursor
from shopkeeper.utils.conditional import Precondition

# Of pieces of one product (API contract).
LARGEST_STOCK = 2**31 - 1
OF_A_VARIANT = ("sku", "price")


def ask_for_product(batch: Batch, product_id: int) -> Deferred[ProductRow]:
    """A product on sale.

    Raises, later:
        ProductNotFound: If there is no such product.
    """
    found = products.ask_for_product(batch, product_id)

    def product(_: Session) -> ProductRow:
        row = found.one_or_none()
        if row is None:
            raise _not_found(product_id)
        return row

    return product


def get_product(session: Session, product_id: int) -> ProductRow:
    return at_once(session, lambda batch: ask_for_product(batch, product_id))


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
    """
    column = sort.removeprefix("-")
    order = ProductOrder(
        column=column,
        descending=sort.startswith("-"),
        after=_read_cursor(after, sort) if after is not None else None,
    )
    rows = products.ask_for_products(batch, filters, order, limit + 1)
    return lambda _: Slice.cut(rows.all(), limit, lambda row: _write_cursor(row, sort))


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
    now = write_to_the_books(session)
    with unique_products(name, sku):
        added = products.add_product(
            session,
            name=name,
            price=price,
            category_id=category_id,
            sku=sku,
            description=description,
            created_at=now,
            updated_at=now,
        )
    movement = Movement(MovementReason.INITIAL, now, user_id)
    stock.open_stock(session, added.variant_id, quantity, cost, movement)
    return get_product(session, added.id)


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
    now = write_to_the_books(session)
    if "cost" in values:  # First, so that pieces that turn up have this cost.
        movement = Movement(
            MovementReason.REVALUATION, now, user_id, unit_cost=values.pop("cost")
        )
        stock.move(session, [(current.variant_id, 0)], movement)
    if "quantity" in values:
        delta = values.pop("quantity") - current.quantity
        movement = Movement(MovementReason.ADJUSTMENT, now, user_id)
        stock.move(session, [(current.variant_id, delta)], movement)
    if values:
        with unique_products(
            values.get("name", current.name), values.get("sku", current.sku)
        ):
            _change(session, current, values, now)
    return get_product(session, product_id)


def receive_stock(  # noqa: PLR0917  # Who, of what, how many, and at what cost.
    session: Session,
    user_id: int,
    product_id: int,
    quantity: int,
    unit_cost: Decimal,
    reference: str | None,
    precondition: Precondition,
) -> tuple[ProductRow, MovementRow]:
    """Take in pieces of a product with what each has cost.

    The product's cost becomes the average of what was there and what has come.

    Returns:
        The product as it then is, and what the ledger says of the receipt.

    Raises:
        ProductNotFound: If there is no such product.
        PreconditionFailed: If it is not in the version the client has seen.
        StockOverflow: If there would be more pieces than a product may have.
    """
    current = _lock(session, product_id)
    precondition.require(current.version_tag)
    if current.quantity + quantity > LARGEST_STOCK:
        raise StockOverflow(
            f"{current.name!r} has {current.quantity} in stock; with {quantity} more"
            f" it would be over {LARGEST_STOCK}."
        )
    movement = Movement(
        MovementReason.RECEIPT,
        write_to_the_books(session),
        user_id,
        unit_cost=unit_cost,
        reference=reference,
    )
    stock.move(session, [(current.variant_id, quantity)], movement)
    (noted,) = stock.list_movements(session, current.variant_id, 1, None)
    return get_product(session, product_id), noted


def remove_product(
    session: Session, product_id: int, precondition: Precondition
) -> None:
    """Take a product out of the catalogue. Its name is free; the books keep it.

    Raises:
        ProductNotFound: If there is no such product.
        PreconditionFailed: If it is not in the version the client has seen.
    """
    precondition.require(_lock(session, product_id).version_tag)
    now = write_to_the_books(session)
    products.change_product(session, product_id, removed_at=now, updated_at=now)
    variants.remove_variants_of(session, [product_id], now)


def _change(
    session: Session, current: ProductRow, values: Mapping[str, Any], now: datetime
) -> None:
    """What is of its one variant is written there; the product follows."""
    of_variant = {name: values[name] for name in OF_A_VARIANT if name in values}
    of_product = {
        name: value for name, value in values.items() if name not in of_variant
    }
    if of_variant:
        variants.change_variant(
            session, current.variant_id, **of_variant, updated_at=now
        )
    products.change_product(session, current.id, **of_product, updated_at=now)


def _lock(session: Session, product_id: int) -> ProductRow:
    found = products.lock_product(session, product_id)
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
        uq_variants_sku=SkuTaken(
            f"Another product has the sku {sku!r}." if sku else None,
            errors=[{"pointer": "/sku", "message": "is taken"}],
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
