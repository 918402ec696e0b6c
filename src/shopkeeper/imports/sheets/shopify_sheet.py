"""Writing products as Shopify's own export has them, so that it reads them too."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from html import escape
from itertools import chain, groupby
from operator import attrgetter
from typing import IO

from shopkeeper.imports.columns import Listed
from shopkeeper.imports.columns.tags import TAGS
from shopkeeper.models.product import ProductStatus
from shopkeeper.utils.money import COST_DIGITS, display, shop_currency
from shopkeeper.utils.spreadsheets import write_rows

# As many options as Shopify itself has; there are more if some product has more.
LEAST_OPTIONS = 3
OF_A_PRODUCT = ("Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published")
OF_A_VARIANT = (
    *("Variant SKU", "Variant Grams", "Variant Inventory Tracker"),
    *("Variant Inventory Qty", "Variant Inventory Policy"),
    *("Variant Fulfillment Service", "Variant Price", "Variant Compare At Price"),
    *("Variant Requires Shipping", "Variant Taxable", "Variant Barcode"),
    *("Variant Weight Unit", "Cost per item", "Status"),
)
# Of blanks that HTML would take for one, or for none.
_LAID_OUT = re.compile(r"\t|  |\n |\n\n\n| \n")
# What Shopify calls the only variant of a product without options.
NO_OPTION = ("Title", "Default Title")


def write_for_shopify(variants: Iterable[Listed], file: IO[bytes]) -> None:
    """Write variants, those of a product one after the other, as CSV.

    Only the first row of a product tells what is the product's. Categories stand under
    `Type`, as Shopify's own are none of a shop's.
    """
    rows = iter(variants)
    first = next(rows, None)
    options = max(LEAST_OPTIONS, first.most_options if first is not None else 0)
    if first is not None:
        rows = chain([first], rows)
    pairs = [
        f"Option{number} {what}"
        for number in range(1, options + 1)
        for what in ("Name", "Value")
    ]
    header = ["Handle", *OF_A_PRODUCT, *pairs, *OF_A_VARIANT]
    write_rows(_rows(rows, options), header, file)


def handle_of(name: str) -> str:
    """A name as it can stand in an address: `Crème brûlée` is `creme-brulee`."""
    folded = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in folded if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "-", letters).strip("-") or "product"


def _rows(variants: Iterator[Listed], options: int) -> Iterator[list[str]]:
    taken: set[str] = set()
    for name, of_it in groupby(variants, key=attrgetter("name")):
        handle, number = handle_of(name), 1
        while handle in taken:
            number += 1
            handle = f"{handle_of(name)}-{number}"
        taken.add(handle)
        for place, variant in enumerate(of_it):
            told = _of_the_product(variant) if place == 0 else [""] * len(OF_A_PRODUCT)
            yield [
                handle,
                *told,
                *_options(variant, options),
                *_of_the_variant(variant),
            ]


def _of_the_product(variant: Listed) -> list[str]:
    return [
        variant.name,
        _as_html(variant.description or ""),
        variant.brand or "",
        variant.category,
        TAGS.written(variant) or "",
        _yes(variant.status == ProductStatus.ACTIVE),
    ]


def _as_html(description: str) -> str:
    """A text as HTML that shows it as it stands."""
    escaped = escape(description, quote=False)
    if _LAID_OUT.search(description):
        return f"<pre>{escaped}</pre>"
    return escaped.replace("\n", "<br>")


def _options(variant: Listed, options: int) -> list[str]:
    pairs = list(
        zip(variant.option_names or (), variant.option_values or (), strict=True)
    ) or [NO_OPTION]
    told = [word for pair in pairs for word in pair]
    return [*told, *[""] * (2 * options - len(told))]


def _of_the_variant(variant: Listed) -> list[str]:
    digits = shop_currency().digits
    return [
        *(variant.sku or "", _number(variant.weight_grams)),
        *("shopify" if variant.tracked else "", str(variant.quantity)),
        *("deny" if variant.backorder_limit == 0 else "continue", "manual"),
        *(display(variant.price, digits), _amount(variant.compare_at_price, digits)),
        *(_yes(True), _yes(True), variant.barcode or "", "g"),
        *(_amount(variant.cost, COST_DIGITS), variant.status),
    ]


def _amount(amount: Decimal | None, digits: int) -> str:
    return "" if amount is None else display(amount, digits)


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _yes(is_so: bool) -> str:
    return "TRUE" if is_so else "FALSE"
