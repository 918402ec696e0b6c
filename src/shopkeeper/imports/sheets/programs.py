"""Programs of shops, whose exports are known by their headers, and what they mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shopkeeper.imports.sheets.words import folded
from shopkeeper.models.category import BELOW

UNCATEGORISED = "Uncategorized"


@dataclass(frozen=True)
class Program:
    """A program of shops, and how its exports are read. All headers are folded.

    Attributes:
        name: As a report and the option `format` name it.
        title: As people name it.
        headers: Sets of headers; a file that has all of one is an export of it.
        columns: What some headers mean, and which mean nothing.
        categories: Where the category stands if not where it should, in turn.
        families: The header that is the same in all rows of a product, or others.
        is_continued: Whether a row without a name is of the product above it.
        kind: The header that tells what a row is.
        parents: Kinds of rows that are a product whose variants are rows of their own.
        children: Kinds of rows that are a variant; with none, any may be.
        parent: The header in which a variant names its product.
        parent_keys: The headers by which it does.
        variations: The header in which a product names its variants and their options.
    """

    name: str
    title: str
    headers: tuple[frozenset[str], ...]
    columns: Mapping[str, str | None] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    is_continued: bool = False
    kind: str | None = None
    parents: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()
    parent: str | None = None
    parent_keys: tuple[str, ...] = ()
    variations: str | None = None


MAGENTO = Program(
    "magento",
    "Magento",
    (
        frozenset({"sku", "product type", "attribute set code"}),
        frozenset({"sku", "product type", "configurable variations"}),
    ),
    columns={"product type": None},
    kind="product type",
    parents=frozenset({"configurable", "grouped", "bundle"}),
    parent_keys=("sku",),
    variations="configurable variations",
)
ETSY = Program(
    "etsy",
    "Etsy",
    (frozenset({"title", "price", "currency code", "quantity", "materials"}),),
)
SHOPIFY = Program(
    "shopify",
    "Shopify",
    (
        frozenset({"handle", "title", "variant price"}),
        frozenset({"handle", "title", "option1 name"}),
        frozenset({"url handle", "title", "option1 name"}),
    ),
    columns={
        "product category": "category",
        "standardized product type": None,
        "standard product type": None,
        "custom product type": None,
        "google shopping google product category": None,
        "type": None,
    },
    categories=("type", "custom product type", "standard product type"),
    families=("handle", "url handle"),
)
VENDURE = Program(
    "vendure",
    "Vendure",
    (frozenset({"name", "slug", "option groups", "option values"}),),
    is_continued=True,
)
PROGRAMS = (
    SHOPIFY,
    Program(
        "woocommerce",
        "WooCommerce",
        (
            frozenset({"type", "sku", "name", "regular price"}),
            frozenset({"type", "sku", "name", "parent"}),
        ),
        columns={"type": None},
        kind="type",
        parents=frozenset({"variable", "grouped"}),
        children=frozenset({"variation"}),
        parent="parent",
        parent_keys=("sku", "id"),
    ),
    MAGENTO,
    ETSY,
    Program(
        "squarespace",
        "Squarespace",
        (
            frozenset({"product id non editable", "title", "price"}),
            frozenset({"product type non editable", "title", "price"}),
        ),
        columns={"product type non editable": None, "sale price": None},
        is_continued=True,
    ),
    Program(
        "square",
        "Square",
        (frozenset({"item name", "variation name", "price"}),),
        columns={"item name": "name", "customer facing name": None, "gtin": "barcode"},
    ),
    Program(
        "medusa",
        "Medusa",
        (
            frozenset({"product handle", "product title", "variant title"}),
            frozenset({"product handle", "product title", "variant sku"}),
        ),
        columns={"variant title": None},
        categories=("product collection title", "product type"),
        families=("product handle",),
    ),
    Program(
        "prestashop",
        "PrestaShop",
        (frozenset({"active 0 1", "name", "categories x y z"}),),
    ),
    VENDURE,
    Program(
        "wix",
        "Wix",
        (frozenset({"handle id", "field type", "name", "price"}),),
        families=("handle id",),
        kind="field type",
        parents=frozenset({"product"}),
        children=frozenset({"variant"}),
        parent="handle id",
        parent_keys=("handle id",),
    ),
)
# What is read by the words of its headers alone.
PLAIN = "plain"


# What programs write for as many as one likes.
UNCOUNTED = frozenset(
    {"instock", "in stock", "unlimited", "outofstock", "untracked"} | {"parent"}
)
# Where Vendure has the names and the values of all options, between bars.
OPTION_GROUPS, OPTION_VALUES = "option groups", "option values"
# Where Magento has the whole catalogue below, and other names a slash of their own.
ROOT, SLASH = "Default Category", r"(?<!\\)/"


def find_program(headers: Sequence[str], wanted: str | None) -> Program | None:
    """The program that a file was exported from.

    Args:
        headers: Of the file.
        wanted: The one that the user names; `plain` for none.
    """
    if wanted is not None:
        return next((each for each in PROGRAMS if each.name == wanted), None)
    there = frozenset(map(folded, headers))
    for program in PROGRAMS:
        if any(headers <= there for headers in program.headers):
            return program
    return None


def place_category(
    program: Program, headers: Sequence[str], places: dict[str, int]
) -> None:
    """Let the category stand where a program has it, if not under a header of ours."""
    there = [folded(header) for header in headers]
    for category in program.categories:
        if "category" not in places and category in there:
            places["category"] = there.index(category)


def path_of_magento(told: str) -> str:
    """A category as Magento writes it, as we do."""
    names = [name.replace("\\/", "/").strip() for name in re.split(SLASH, told)]
    if len(names) > 1 and names[0] == ROOT:
        del names[0]
    return BELOW.join(names)


def bar_separated(cell: str) -> list[str]:
    """The words of a cell that stand between bars."""
    return [word.strip() for word in cell.split("|") if word.strip()]
