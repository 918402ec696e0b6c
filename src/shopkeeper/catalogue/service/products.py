"""Products: put on sale, changed, taken out of the catalogue."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import (
    ProductNameTaken,
    ProductNotFound,
    SkuTaken,
    SlugTaken,
)
from shopkeeper.catalogue.repository import products, variants
from shopkeeper.catalogue.repository.rows import ProductRow
from shopkeeper.catalogue.repository.variants import NewVariant
from shopkeeper.catalogue.rules import (
    check_options,
    check_skus,
    only_variant,
    values_of,
)
from shopkeeper.catalogue.service.categories import hold_categories
from shopkeeper.catalogue.service.variant_changes import (
    DETAILS,
    OF_THE_STOCK,
    change_variant,
    fill_stock,
)
from shopkeeper.database.integrity import violations
from shopkeeper.database.statements import Batch, Deferred, at_once
from shopkeeper.stock.books import write_to_the_books
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import ValidationFailed

# What of a product without options is of its variant.
OF_A_VARIANT = frozenset({"sku", "price", "quantity", "cost"}) | DETAILS


def ask_for_product(batch: Batch, product_id: int) -> Deferred[ProductRow]:
    """A product on sale.

    Raises, later:
        ProductNotFound: If there is no such product.
    """
    found = products.ask_for_product(batch, product_id)

    def product(session: Session) -> ProductRow:
        row = found(session)
        if row is None:
            raise not_found(product_id)
        return row

    return product


def get_by_slug(session: Session, slug: str) -> ProductRow:
    """The product that is called so in addresses, or was.

    Raises:
        ProductNotFound: If there is none, or it is removed.
    """
    product_id = products.find_by_slug(session, slug)
    if product_id is None:
        raise no_such_slug(slug)
    return get_product(session, product_id)


def get_product(session: Session, product_id: int) -> ProductRow:
    return at_once(session, lambda batch: ask_for_product(batch, product_id))


def add_product(
    session: Session,
    user_id: int,
    *,
    name: str,
    category: str,
    new: Sequence[NewVariant],
    options: Sequence[tuple[str, Sequence[str]]] = (),
    further_categories: Sequence[str] = (),
    description: str | None = None,
    **details: Any,
) -> ProductRow:
    """Put a product on sale with its variants, on behalf of a user.

    Args:
        session: The transaction.
        user_id: Who does.
        name: Of the product.
        category: The name of its category.
        new: Its variants, in their order; without options, its only one.
        further_categories: Where it is found beside that.
        options: In what they differ: each by its name, with its values in order.
        description: Of the product.
        details: Its brand, status, tags, slug and tax class.

    Raises:
        ValidationFailed: If a variant is not something of each option, or two are the
            same.
        CategoryNotFound: If no category has the name.
        ProductNameTaken: If another product has the name, in whatever case.
        SkuTaken: If another variant has a sku.
        SlugTaken: If another product has the slug.
    """
    check_options(options)
    check_skus([each.sku for each in new])
    chosen = values_of(options, [each.options for each in new])
    standing, *found = hold_categories(session, [category, *further_categories])
    now = write_to_the_books(session)
    with unique_products(name, *(each.sku for each in new)), unique_options():
        product_id, ids = products.add_product(
            session,
            new,
            options,
            chosen,
            name=name,
            category_id=standing.id,
            further_category_ids=[each.id for each in found],
            description=description,
            **details,
            created_at=now,
            updated_at=now,
        )
    fill_stock(session, user_id, ids, new, now)
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
        CategoryNotFound, ProductNameTaken, SkuTaken, SlugTaken: As for a new product.
        BackordersWaiting: If it is not to be counted, and somebody waits for it.
    """
    values = dict(changes)
    # Before the product: removing a category locks so too.
    said = [values.pop("category")] if "category" in values else []
    further = values.pop("further_categories", None)
    meant = hold_categories(session, [*said, *(further or ())])
    if said:
        values["category_id"] = meant.pop(0).id
    current = lock_product(session, product_id)
    precondition.require(current.version_tag)
    details = None
    if values.keys() & DETAILS:
        only_variant(current)
        (details,) = variants.find_variants(session, [product_id])[product_id]
    values = {
        column: value
        for column, value in values.items()
        if getattr(details if column in DETAILS else current, column) != value
    }
    standing = values.get("category_id", current.category_id)
    paths = sorted({each.path for each in meant if each.id != standing})
    if further is not None and paths != sorted(current.further_categories):
        values["further_category_ids"] = [each.id for each in meant]
    if not values:
        return current
    of_variant = {name: values.pop(name) for name in OF_A_VARIANT & values.keys()}
    if of_variant:
        only_variant(current)
    now = write_to_the_books(session)
    with unique_products(
        values.get("name", current.name), of_variant.get("sku", current.sku)
    ):
        if of_variant:
            change_variant(
                session,
                user_id,
                current.variant_id,
                of_variant,
                quantity=current.quantity,
                moment=now,
            )
        if values or not of_variant.keys() <= OF_THE_STOCK:
            products.change_product(session, product_id, **values, updated_at=now)
    return get_product(session, product_id)


def remove_product(
    session: Session, product_id: int, precondition: Precondition
) -> None:
    """Take a product out of the catalogue. Its name is free; the books keep it.

    Raises:
        ProductNotFound: If there is no such product.
        PreconditionFailed: If it is not in the version the client has seen.
    """
    precondition.require(lock_product(session, product_id).version_tag)
    now = write_to_the_books(session)
    products.change_product(session, product_id, removed_at=now, updated_at=now)
    variants.remove_variants_of(session, [product_id], now)


def lock_product(session: Session, product_id: int) -> ProductRow:
    """A product, held with its stock until the transaction ends.

    Raises:
        ProductNotFound: If there is no such product.
    """
    found = products.lock_product(session, product_id)
    if found is None:
        raise not_found(product_id)
    return found


def no_such_slug(slug: str) -> ProductNotFound:
    """Say that no product is called so, or none for whoever asks."""
    return ProductNotFound(f"There is no product {slug!r}.", slug=slug)


def not_found(product_id: int) -> ProductNotFound:
    """Say that there is no such product, or none for whoever asks."""
    return ProductNotFound(f"There is no product {product_id}.", product_id=product_id)


def unique_options() -> AbstractContextManager[None]:
    """Tell of words that are the same to the database, which knows fewer letters."""
    twins = ValidationFailed(
        [{"pointer": "/options", "message": "two of these words are the same"}]
    )
    return violations(uq_product_options_name=twins, uq_option_values_value=twins)


def unique_products(
    name: str | None = None, *skus: str | None
) -> AbstractContextManager[None]:
    """Tell which of two unique columns a statement has collided in."""
    said = [sku for sku in skus if sku]
    return violations(
        uq_products_name=ProductNameTaken(
            f"Another product is named {name!r}." if name else None,
            errors=[{"pointer": "/name", "message": "is taken"}],
        ),
        uq_products_slug=SlugTaken(
            errors=[{"pointer": "/slug", "message": "is taken"}]
        ),
        uq_variants_sku=SkuTaken(
            f"Another product has the sku {said[0]!r}."
            if len(said) == 1
            else "A sku is another product's.",
            errors=[{"pointer": "/sku", "message": "is taken"}],
        ),
    )
