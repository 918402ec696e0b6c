"""Undoing a removal: products and categories come back as they left."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import (
    CategoryNameTaken,
    CategoryRemoved,
    CategoryTooDeep,
    ProductNameTaken,
    RestoreExpired,
    SkuTaken,
)
from shopkeeper.catalogue.repository import category_tree, restoring
from shopkeeper.catalogue.repository.categories import CategoryRow
from shopkeeper.catalogue.repository.rows import ProductRow
from shopkeeper.catalogue.service.categories import category_not_found, get_category
from shopkeeper.catalogue.service.products import (
    get_product,
    not_found,
    unique_products,
)
from shopkeeper.database.integrity import violations
from shopkeeper.stock.books import write_to_the_books

# How long what was removed can be brought back.
RESTORABLE = timedelta(days=30)


def restore_product(session: Session, product_id: int) -> ProductRow:
    """Put a removed product on sale again, with the variants that left with it.

    One that is on sale stays as it is.

    Raises:
        ProductNotFound: If there never was such a product.
        RestoreExpired: If it was removed more than thirty days ago.
        CategoryRemoved: If its category is not there any more.
        ProductNameTaken, SkuTaken: If another product has its name, or a sku, by now.
    """
    found = restoring.find_product(session, product_id)
    if found is None:
        raise not_found(product_id)
    # Before the product: removing a category locks so too.
    category = category_tree.share_category(session, found.category_id)
    held = restoring.lock_product(session, product_id)
    if held is None or held.removed_at is None:
        return get_product(session, product_id)
    if category is None or held.category_id != category.id:
        raise CategoryRemoved(
            f"{held.name!r} stood in category {held.category_id}, which is removed;"
            " restore that.",
            category_id=held.category_id,
        )
    now = write_to_the_books(session)
    _check_age(held.removed_at, now)
    with _free_names(session, [product_id], held.removed_at):
        restoring.restore_products(session, [product_id], held.removed_at, now)
    return get_product(session, product_id)


def restore_category(session: Session, category_id: int) -> CategoryRow:
    """Put a removed category back, with all categories and products that left with it.

    One that is there stays as it is.

    Raises:
        CategoryNotFound: If there never was such a category.
        RestoreExpired: If it was removed more than thirty days ago.
        CategoryRemoved: If what it stood below is not there any more.
        CategoryNameTaken: If another category has its place by now.
        ProductNameTaken, SkuTaken: If another product has a name or a sku by now.
    """
    category_tree.lock_tree(session)
    held = category_tree.lock_with_below(session, category_id)
    if not held:
        raise category_not_found(category_id)
    top = held[0]
    if top.removed_at is None:
        return get_category(session, category_id)
    if top.parent_id is not None:
        parent = category_tree.share_category(session, top.parent_id)
        if parent is None:
            raise CategoryRemoved(
                f"{top.path!r} stood below category {top.parent_id}, which is removed;"
                " restore that.",
                category_id=top.parent_id,
            )
    now = write_to_the_books(session)
    _check_age(top.removed_at, now)
    ids = [shelf.id for shelf in held if shelf.removed_at == top.removed_at]
    products = restoring.lock_products_of(session, ids, top.removed_at)
    taken = CategoryNameTaken(f"Another category is {top.path!r} by now.")
    with violations(
        uq_categories_path=taken,
        ck_categories_levels_few=CategoryTooDeep(),
        ck_categories_name_is_no_path=CategoryNameTaken(
            f"{top.path!r} has a > in its name, or something below it has; names have"
            " none any more."
        ),
    ):
        restoring.restore_categories(session, ids, now)
    with _free_names(session, products, top.removed_at):
        restoring.restore_products(session, products, top.removed_at, now)
    return get_category(session, category_id)


def _check_age(removed_at: datetime, now: datetime) -> None:
    if now - removed_at > RESTORABLE:
        raise RestoreExpired(
            f"It was removed at {removed_at:%Y-%m-%d %H:%M} UTC, more than"
            f" {RESTORABLE.days} days ago."
        )


def _free_names(
    session: Session, product_ids: Sequence[int], removed_at: datetime
) -> AbstractContextManager[None]:
    """Insist that nothing else has a name or a sku of products by now."""
    name, sku = restoring.find_taken(session, product_ids, removed_at)
    if name is not None:
        raise ProductNameTaken(f"Another product is named {name!r} by now.")
    if sku is not None:
        raise SkuTaken(f"Another product has the sku {sku!r} by now.")
    return unique_products()
