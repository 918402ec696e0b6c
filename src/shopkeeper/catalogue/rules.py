"""What holds of products and their variants: whose they are, and how they differ."""

from collections.abc import Mapping, Sequence

from shopkeeper.catalogue.errors import VariantNotFound, variant_required
from shopkeeper.catalogue.repository.rows import ProductRow, ShownVariant
from shopkeeper.utils.errors import ValidationFailed
from shopkeeper.utils.lower_case import lowered

# Each by its name, with its values in their order.
Options = Sequence[tuple[str, Sequence[str]]]


def only_variant(product: ProductRow) -> int:
    """The id of a product's only variant.

    Raises:
        VariantRequired: If it has several, of which one has to be named.
    """
    if len(product.variants) > 1:
        raise variant_required(product.id, product.name, product.variants)
    return product.variant_id


def variant_of(product: ProductRow, variant_id: int) -> ShownVariant:
    """A variant of a product with options.

    Raises:
        VariantNotFound: If it has none of this id.
    """
    for variant in product.variants:
        if variant.id == variant_id:
            return variant
    raise VariantNotFound(
        f"{product.name!r} has no variant {variant_id}.", variant_id=variant_id
    )


def check_options(options: Options) -> None:
    """Each option, and each value of one, once, whatever its case.

    Raises:
        ValidationFailed: If one stands there twice.
    """
    names = [name for name, _ in options]
    _refuse_twins(names, "/options/{}/name")
    for place, (_, values) in enumerate(options):
        _refuse_twins(values, f"/options/{place}/values/{{}}")


def values_of(
    options: Options, variants: Sequence[Mapping[str, str]]
) -> list[list[str]]:
    """What each variant is of each option, in their order.

    Args:
        options: Those of a product.
        variants: The value of each option, by its name in whatever case.

    Raises:
        ValidationFailed: If one is not something of each option, or is what another
            is.
    """
    chosen: list[list[str]] = []
    seen: dict[tuple[str, ...], int] = {}
    names = [name for name, _ in options]
    known = {lowered(name) for name in names}
    for place, variant in enumerate(variants):
        said = {lowered(name): value for name, value in variant.items()}
        if len(said) < len(variant):
            _refuse(f"/variants/{place}/options", "names an option twice")
        for name in variant:
            if lowered(name) not in known:
                _refuse(f"/variants/{place}/options", f"{name!r} is no option of it")
        for name in names:
            if lowered(name) not in said:
                _refuse(f"/variants/{place}/options", f"{name!r} is missing")
        values = [said[lowered(name)] for name in names]
        key = tuple(lowered(value) for value in values)
        if key in seen:
            _refuse(
                f"/variants/{place}/options",
                f"is what variant {seen[key]} of this list is",
            )
        seen[key] = place
        chosen.append(values)
    return chosen


def check_skus(skus: Sequence[str | None]) -> None:
    """Each sku of a list of variants once, whatever its case.

    Raises:
        ValidationFailed: If one stands there twice.
    """
    seen: set[str] = set()
    for place, sku in enumerate(skus):
        if sku is None:
            continue
        if lowered(sku) in seen:
            _refuse(f"/variants/{place}/sku", f"{sku!r} stands there twice")
        seen.add(lowered(sku))


def _refuse_twins(words: Sequence[str], pointer: str) -> None:
    seen: set[str] = set()
    for place, word in enumerate(words):
        if lowered(word) in seen:
            _refuse(pointer.format(place), f"{word!r} stands there twice")
        seen.add(lowered(word))


def _refuse(pointer: str, message: str) -> None:
    raise ValidationFailed([{"pointer": pointer, "message": message}])
