"""How people and programs head the columns of a catalogue, in several languages.

What a word of `MEANINGS` heads is sure; one of `VAGUE` is meant only where no sure one
means the same.
"""

import re
import unicodedata
from collections.abc import Mapping

from shopkeeper.imports.columns import COLUMNS
from shopkeeper.imports.sheets.currencies import is_currency_word
from shopkeeper.imports.sheets.taxes import TAX, WITH_TAX, WITHOUT_TAX

MEANINGS: Mapping[str, frozenset[str]] = {c.name: c.headers for c in COLUMNS}
VAGUE: Mapping[str, frozenset[str]] = {
    c.name: c.vague_headers for c in COLUMNS if c.vague_headers
}
SEVERAL_CATEGORIES = frozenset(
    {"categories", "product categories", "kategorien", "categorias", "categorieen"}
    | {"категории", "kategorier", "collections", "collection"}
)
# What tells in which currency a row is, and whether it is on sale.
CURRENCY_HEADERS = frozenset(
    {"currency", "currency code", "price currency", "wahrung", "devise", "moneda"}
    | {"cur", "price currency code", "wahrungscode", "iso currency", "cost currency"}
    | {"cost currency code"}
    | {"currency iso"}
    | {"valuta", "waluta", "валюта", "通貨", "moeda", "mena", "para birimi"}
)
COST_CURRENCY_HEADERS = frozenset({"cost currency", "cost currency code"})
STATUS_HEADERS = frozenset(
    {
        "status",
        "published on online store",
        "active 0 1",
        "published",
        "visible",
        "active",
        "enabled",
        "is active",
    }
    | {"is published", "product online", "product status", "visibility"}
    | {"visibility in catalog", "aktiv", "actif", "activo", "attivo", "is published?"}
)
# Headers of which a yes says what a no does of those.
OFF_SALE_HEADERS = frozenset(
    {"archived", "is archived", "draft", "is draft", "hidden", "is hidden", "disabled"}
    | {"is disabled", "deleted", "is deleted", "discontinued", "unpublished", "entwurf"}
    | {"archiviert", "versteckt", "brouillon", "archive", "archivado", "borrador"}
)
YES = frozenset(
    {"true", "yes", "1", "y", "x", "on", "ja", "oui", "si", "sí", "да", "tak", "1.0"}
    | {"vrai", "wahr", "sim", "はい"}
)
# What may stand in brackets after a header without changing what it means.
HARMLESS = frozenset(
    {"html", "en", "de", "fr", "es", "it", "nl", "pl", "required", "optional", "text"}
    | {"pcs", "pieces", "units", "stk", "st", "x", "y", "z", "each", "per", "unit"}
    | {"pc", "piece", "stuck"}
)
# What shop programs call kinds of products, and no category of a shop's.
PRODUCT_KINDS = frozenset(
    {"simple", "variable", "variation", "grouped", "external", "configurable"}
    | {
        "virtual",
        "downloadable",
        "bundle",
        "giftcard",
        "product",
        "variant",
        "physical",
    }
    | {"digital", "service", "simple, virtual", "simple, downloadable, virtual"}
    | {"simple, downloadable", "item", "p", "v"}
)
YES_OR_NO = frozenset(
    {"0", "1", "true", "false", "yes", "no", "y", "n", "in stock", "out of stock"}
    | {"instock", "outofstock", "backorder"}
)
# Of a piece, or of a litre: where another price stands beside it, nobody can tell.
PER_UNIT = frozenset(
    {"unit price", "einzelpreis", "stuckpreis", "prix unitaire", "precio unitario"}
    | {"prezzo unitario", "eenheidsprijs", "stukprijs", "cena jednostkowa"}
    | {"цена за единицу", "単価", "birim fiyat", "price each"}
)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])")
_BRACKETS = re.compile(r"[(\[{][^(\[{]*[)\]}]\s*$")
_BETWEEN = re.compile(r"[\s_\-.:*#/'\u2019,;()\[\]{}]+")
_LETTERS = str.maketrans({"ł": "l", "ı": "i", "ø": "o", "đ": "d"})


def folded(text: str) -> str:
    """Text without case, accents and punctuation; words written together in two."""
    spaced = _BETWEEN.sub(" ", _CAMEL.sub(" ", _UNSEEN.sub("", text)))
    decomposed = unicodedata.normalize("NFKD", spaced.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(bare.translate(_LETTERS).split())


def plain(header: str) -> str:
    """A header by which its meaning is looked up."""
    header = unicodedata.normalize("NFKC", header)
    whole = folded(header)
    if whole in _ALL or WITHOUT_TAX.search(header):
        return whole
    # What stands in brackets may be left out if it is known to change nothing.
    bracketed = _BRACKETS.search(header)
    if bracketed and _is_harmless(bracketed.group()):
        header = _BRACKETS.sub("", header)
    return folded(WITH_TAX.sub(" ", header)).removesuffix(" in") or whole


def _is_harmless(bracketed: str) -> bool:
    said = WITH_TAX.sub(" ", bracketed.strip().strip("()[]{} "))
    rest = [word for word in folded(said).split() if word not in HARMLESS]
    # Folding leaves the signs of some currencies no more what they are.
    return all(map(is_currency_word, rest)) or all(map(is_currency_word, said.split()))


def means_price_without_tax(header: str) -> bool:
    """Whether a header means a price, but for the taxes that are not in it."""
    if not WITHOUT_TAX.search(header):
        return False
    bare = re.sub(TAX, " ", WITHOUT_TAX.sub(" ", header), flags=re.IGNORECASE)
    return folded(bare) in _SURE["price"]


def means_price_of_a_unit(header: str) -> bool:
    """Whether a header may mean the price of a unit of measure."""
    return plain(header) in _PER_UNIT


def meanings(header: str) -> list[tuple[str, bool]]:
    """The columns that a header may mean, and whether it surely does."""
    name = plain(header)
    sure = [(column, True) for column, names in _SURE.items() if name in names]
    return sure or [
        (column, False) for column, names in _VAGUE.items() if name in names
    ]


_SURE = {column: frozenset(map(folded, names)) for column, names in MEANINGS.items()}
_VAGUE = {column: frozenset(map(folded, names)) for column, names in VAGUE.items()}
_PER_UNIT = frozenset(map(folded, PER_UNIT))
_ALL = frozenset().union(*_SURE.values(), *_VAGUE.values())
