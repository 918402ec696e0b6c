"""What holds of products and their variants: whose they are, and how they differ."""

from collections.abc import Mapping, Sequence

from shopkeeper.catalogue.errors import VariantNotFound, variant_required
from shopkeeper.catalogue.repository.rows import ProductRow, ShownVariant
from shopkeeper.utils.errors import ValidationFailed

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
    known = {name.lower() for name in names}
    for place, variant in enumerate(variants):
        said = {name.lower(): value for name, value in variant.items()}
        if len(said) < len(variant):
            _refuse(f"/variants/{place}/options", "names an option twice")
        for name in variant:
            if name.lower() not in known:
                _refuse(f"/variants/{place}/options", f"{name!r} is no option of it")
        for name in names:
            if name.lower() not in said:
                _refuse(f"/variants/{place}/options", f"{name!r} is missing")
        values = [said[name.lower()] for name in names]
        key = tuple(value.lower() for value in values)
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
        if sku.lower() in seen:
            _refuse(f"/variants/{place}/sku", f"{sku!r} stands there twice")
        seen.add(sku.lower())


def _refuse_twins(words: Sequence[str], pointer: str) -> None:
    seen: set[str] = set()
    for place, word in enumerate(words):
        if word.lower() in seen:
            _refuse(pointer.format(place), f"{word!r} stands there twice")
        seen.add(word.lower())


def _refuse(pointer: str, message: str) -> None:
    raise ValidationFailed([{"pointer": pointer, "message": message}])
