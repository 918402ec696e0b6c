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
        unsold: Those of `parents` that are nothing to sell themselves.
        stems: What headers mean that go on in brackets: `Price [Main street]`.
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
    unsold: frozenset[str] = frozenset({"grouped"})
    stems: Mapping[str, str] = field(default_factory=dict)
    parent: str | None = None
    parent_keys: tuple[str, ...] = ()
    variations: str | None = None

    def knows(self, header: str) -> bool:
        """Whether a header means something of its own here, or nothing."""
        return folded(header) in self.columns or self._stem(header) in self.stems

    def meaning(self, header: str) -> str | None:
        """The column that a header means that is known here."""
        stem = self.stems.get(self._stem(header))
        return self.columns.get(folded(header), stem)

    @staticmethod
    def _stem(header: str) -> str:
        before, bracket, _ = header.partition("[")
        return folded(before) if bracket else ""


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
    (
        frozenset({"title", "price", "currency code", "quantity", "materials"}),
        # The code of the currency is not translated.
        frozenset({"titolo", "prezzo", "currency code", "quantita"}),
        frozenset({"titre", "prix", "currency code", "quantite"}),
        frozenset({"titel", "preis", "currency code", "anzahl"}),
        frozenset({"titulo", "precio", "currency code", "cantidad"}),
    ),
)
SQUARESPACE = Program(
    "squarespace",
    "Squarespace",
    (
        frozenset({"product id non editable", "title", "price"}),
        frozenset({"product type non editable", "title", "price"}),
    ),
    columns={"product type non editable": None, "sale price": None},
    is_continued=True,
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
# Whose parts stand in rows of their own, which do not tell so.
_MADE_OF_OTHERS = frozenset(
    {"configurable product", "grouped product", "bundle product"}
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
        "magento-grid",
        "Magento's list of products",
        (frozenset({"type", "attribute set", "sku", "visibility"}),),
        columns={"type": None, "attribute set": None},
        kind="type",
        parents=_MADE_OF_OTHERS,
        unsold=_MADE_OF_OTHERS,
    ),
    SQUARESPACE,
    Program(
        "loyverse",
        "Loyverse",
        (
            frozenset({"handle", "sku", "name", "category", "sold by weight"}),
            frozenset({"handle", "sku", "name", "option 1 name", "cost"}),
            frozenset({"handle", "ref", "nombre", "opcion 1 nombre"}),
        ),
        families=("handle",),
        stems={
            "price": "price",
            "in stock": "quantity",
            "precio": "price",
            "en inventario": "quantity",
        },
    ),
    Program(
        "square",
        "Square",
        (
            frozenset({"item name", "variation name", "price"}),
            frozenset({"item name", "variation name", "category"}),
        ),
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
