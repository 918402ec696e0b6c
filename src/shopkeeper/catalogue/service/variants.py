"""Variants of products: added, changed, received, taken off sale."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any, NoReturn

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import LastVariant, VariantNotFound, VariantTaken
from shopkeeper.catalogue.repository import products, variants
from shopkeeper.catalogue.repository.products import value_ids_of
from shopkeeper.catalogue.repository.rows import (
    ProductRow,
    ShownVariant,
    shown_average,
)
from shopkeeper.catalogue.repository.variants import NewVariant
from shopkeeper.catalogue.rules import (
    check_skus,
    only_variant,
    values_of,
    variant_of,
)
from shopkeeper.catalogue.service.products import (
    get_product,
    lock_product,
    unique_options,
    unique_products,
)
from shopkeeper.catalogue.service.variant_changes import (
    OF_THE_STOCK,
    change_variant,
    fill_stock,
)
from shopkeeper.database.integrity import violations
from shopkeeper.models import MovementReason
from shopkeeper.models.variant import MOST_VARIANTS
from shopkeeper.stock.books import write_to_the_books
from shopkeeper.stock.errors import StockOverflow
from shopkeeper.stock.repository import ledger
from shopkeeper.stock.repository.ledger import Movement, MovementRow
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import ValidationFailed

# Of pieces of one variant (API contract).
LARGEST_STOCK = 2**31 - 1


def get_variant(session: Session, variant_id: int) -> tuple[ShownVariant, ProductRow]:
    """A variant on sale, and the product that it is of.

    Raises:
        VariantNotFound: If there is no such variant on sale.
    """
    product_id = variants.find_product_of(session, variant_id)
    if product_id is None:
        raise not_found(variant_id)
    product = get_product(session, product_id)
    if product.option_count:
        return variant_of(product, variant_id), product
    rows = variants.find_variants(session, [product_id])[product_id]
    return ShownVariant.alone(rows[0]), product


def add_variants(
    session: Session,
    user_id: int,
    product_id: int,
    new: Sequence[NewVariant],
    precondition: Precondition,
) -> ProductRow:
    """Put variants more of a product with options on sale, behind those it has.

    Values that its options have not yet are added to them.

    Raises:
        ProductNotFound: If there is no such product.
        PreconditionFailed: If it is not in the version the client has seen.
        ValidationFailed: If it has no options, or would have too many variants.
        VariantTaken: If it has such a variant.
        SkuTaken: If another variant has a sku.
    """
    current = lock_product(session, product_id)
    precondition.require(current.version_tag)
    if not current.option_count:
        _refuse("/product_id", f"{current.name!r} has no options to differ in")
    if len(current.variants) + len(new) > MOST_VARIANTS:
        _refuse("/variants", f"a product has at most {MOST_VARIANTS} variants")
    check_skus([each.sku for each in new])
    chosen = values_of(current.options, [each.options for each in new])
    now = write_to_the_books(session)
    ids = variants.draw_ids(session, len(new))
    taken = VariantTaken(
        f"{current.name!r} has such a variant.",
        errors=[{"pointer": "/variants", "message": "one of them is there already"}],
    )
    with (
        unique_products(current.name, *(each.sku for each in new)),
        violations(uq_variants_value_ids=taken),
        unique_options(),
    ):
        value_ids = value_ids_of(session, product_id, chosen)
        last = max(each.position for each in current.variants)
        variants.add_variants(session, product_id, ids, new, value_ids, now, last)
    fill_stock(session, user_id, ids, new, now)
    products.change_product(session, product_id, updated_at=now)
    return get_product(session, product_id)


def update_variant(
    session: Session,
    user_id: int,
    variant_id: int,
    changes: Mapping[str, Any],
    precondition: Precondition,
) -> ProductRow:
    """Change what the mapping names; what already has its value stays untouched.

    Returns:
        The product, as it then is.

    Raises:
        VariantNotFound: If there is no such variant on sale.
        PreconditionFailed: If its product is not in the version the client has seen.
        SkuTaken: If another variant has the sku.
        BackordersWaiting: If it is not to be counted, and somebody waits for it.
    """
    current = _lock_product_of(session, variant_id)
    precondition.require(current.version_tag)
    return _change(session, user_id, current, {variant_id: changes})


def update_variants(
    session: Session,
    user_id: int,
    product_id: int,
    changes: Mapping[int, Mapping[str, Any]],
    precondition: Precondition,
) -> ProductRow:
    """Change several variants of a product, all of them or none.

    Args:
        session: The transaction.
        user_id: Who does.
        product_id: The product.
        changes: What changes of each variant, by its id.
        precondition: Of which version it is thought.

    Returns:
        The product, as it then is.

    Raises:
        ProductNotFound: If there is no such product on sale.
        VariantNotFound: If it has no such variant on sale.
        PreconditionFailed: If the product is not in the version the client has seen.
        SkuTaken: If another variant has one of the skus.
        BackordersWaiting: If one is not to be counted, and somebody waits for it.
    """
    current = lock_product(session, product_id)
    precondition.require(current.version_tag)
    return _change(session, user_id, current, changes)


def _change(
    session: Session,
    user_id: int,
    current: ProductRow,
    changes: Mapping[int, Mapping[str, Any]],
) -> ProductRow:
    """Change variants of a product that is held; what is as it is said stays so."""
    rows = {
        row.id: row for row in variants.find_variants(session, [current.id])[current.id]
    }
    changed = {}
    for variant_id, wanted in changes.items():
        row = rows.get(variant_id)
        if row is None:
            raise not_found(variant_id)
        now_is = {**row._asdict(), "cost": shown_average(row.average_cost)}
        differs = {name: each for name, each in wanted.items() if now_is[name] != each}
        if differs:
            changed[variant_id] = differs
    if not changed:
        return current
    now = write_to_the_books(session)
    for variant_id, values in sorted(changed.items()):
        with unique_products(current.name, values.get("sku")):
            change_variant(
                session,
                user_id,
                variant_id,
                values,
                quantity=rows[variant_id].quantity,
                moment=now,
            )
    if not set(chain.from_iterable(changed.values())) <= OF_THE_STOCK:
        products.change_product(session, current.id, updated_at=now)
    return get_product(session, current.id)


def remove_variant(
    session: Session, variant_id: int, precondition: Precondition
) -> None:
    """Take a variant off sale. The books keep it; what is left of it stays in them.

    Raises:
        VariantNotFound: If there is no such variant on sale.
        PreconditionFailed: If its product is not in the version the client has seen.
        LastVariant: If its product has no other.
    """
    current = _lock_product_of(session, variant_id)
    precondition.require(current.version_tag)
    if len(current.variants) <= 1:
        raise LastVariant(
            f"It is the last variant of {current.name!r}; remove the product instead.",
            product_id=current.id,
        )
    now = write_to_the_books(session)
    variants.change_variant(session, variant_id, {"removed_at": now}, now)
    products.change_product(session, current.id, updated_at=now)


def receive_stock(  # noqa: PLR0917  # Who, of what, how many, and at what cost.
    session: Session,
    user_id: int,
    product_id: int,
    variant_id: int | None,
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
    current = lock_product(session, product_id)
    precondition.require(current.version_tag)
    there = current.quantity
    if variant_id is None:
        variant_id = only_variant(current)
    elif current.option_count or variant_id != current.variant_id:
        there = variant_of(current, variant_id).quantity
    if there + quantity > LARGEST_STOCK:
        raise StockOverflow(
            f"{current.name!r} has {there} in stock; with {quantity} more"
            f" it would be over {LARGEST_STOCK}."
        )
    movement = Movement(
        MovementReason.RECEIPT,
        write_to_the_books(session),
        user_id,
        unit_cost=unit_cost,
        reference=reference,
    )
    ledger.move(session, [(variant_id, quantity)], movement)
    noted = ledger.last_receipt(session, variant_id)
    return get_product(session, product_id), noted


def _lock_product_of(session: Session, variant_id: int) -> ProductRow:
    product_id = variants.find_product_of(session, variant_id)
    if product_id is not None:
        held = lock_product(session, product_id)
        # It may have been taken off sale until the product was held.
        if variants.find_product_of(session, variant_id) is not None:
            return held
    raise not_found(variant_id)


def not_found(variant_id: int) -> VariantNotFound:
    """Say that there is no such variant, or none for whoever asks."""
    return VariantNotFound(f"There is no variant {variant_id}.", variant_id=variant_id)


def _refuse(pointer: str, message: str) -> NoReturn:
    raise ValidationFailed([{"pointer": pointer, "message": message}])
