"""Whether a product is on sale.

Programs say it in several columns, some of which say it the other way round; the one
that says least is believed.
"""

from collections.abc import Iterable

from shopkeeper.imports.columns.cells import NO_CELL, CellReader
from shopkeeper.imports.columns.column import Notation, ProductColumn
from shopkeeper.models.product import ProductStatus

# What tells that a product was given up, and not only that nobody is shown it.
GIVEN_UP = frozenset(
    {"archived", "discontinued", "deleted", "trash", "archiviert", "archivado"}
    | {"archive", "is archived", "is deleted", "archivé", "removed", "retired"}
)
UNPUBLISHED = frozenset(
    {"draft", "archived", "inactive", "disabled", "hidden", "unpublished", "private"}
    | {"false", "no", "0", "-1", "n", "off", "nein", "non", "нет", "0.0"}
    | {"entwurf", "trash", "deleted", "discontinued", "unlisted", "pending"}
    | {"not published", "not active", "not visible", "removed", "retired", "falsch"}
    | {"suspended", "proposed", "rejected", "offline", "invisible", "blocked"}
    | {"inaktiv", "nicht aktiv", "nicht veröffentlicht", "versteckt", "gesperrt"}
    | {"inactif", "inactive", "brouillon", "faux", "masqué", "hors ligne", "archivé"}
    | {"inactivo", "borrador", "oculto", "falso", "no publicado", "inativo"}
    | {"rascunho", "inattivo", "bozza", "nascosto", "inactief", "concept", "nee"}
    | {"nie", "nieaktywny", "szkic", "ukryty", "черновик", "скрыт", "неактивен"}
    | {"下書き", "非公開", "いいえ", "ne", "inaktivní", "koncept", "hayır", "taslak"}
)
_FROM_LEAST = (ProductStatus.ARCHIVED, ProductStatus.DRAFT, ProductStatus.ACTIVE)


def status_said(word: str) -> ProductStatus:
    """The status that a word says, in whatever case."""
    word = word.casefold().lstrip("'")  # Which keeps a minus from being a formula.
    if word in GIVEN_UP:
        return ProductStatus.ARCHIVED
    return ProductStatus.DRAFT if word in UNPUBLISHED else ProductStatus.ACTIVE


def least(statuses: Iterable[ProductStatus]) -> ProductStatus | None:
    """The one of several that says least of being on sale."""
    said = set(statuses)
    return next((status for status in _FROM_LEAST if status in said), None)


def _cells(_: Notation) -> CellReader:
    return CellReader("status", NO_CELL, lambda text: str(status_said(text)))


STATUS = ProductColumn(
    name="status",
    sql_type="text",
    cells=_cells,
    written=lambda product: product.status,
    examples=("active", "active"),
    headers=frozenset(),  # See `sheets.words`: there are several.
)
