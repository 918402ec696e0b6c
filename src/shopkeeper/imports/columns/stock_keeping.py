"""Whether a variant's stock is counted, and how many may be sold that are not there."""

from shopkeeper.imports.columns.cells import NO_CELL, CellReader, RefusedError
from shopkeeper.imports.columns.column import Listed, Notation, ProductColumn
from shopkeeper.imports.sheets.workbooks import NUMBER
from shopkeeper.web.schemas.fields.numbers import LARGEST_QUANTITY

YES = frozenset({"true", "yes", "y", "1", "on", "wahr", "ja", "oui", "sí", "si", "tak"})
NO = frozenset({"false", "no", "n", "0", "off", "falsch", "nein", "non", "nie"})
# As a file says it, and as rows of an import are staged.
UNLIMITED = "unlimited"


def _read_tracked(text: str) -> str:
    word = text.removeprefix(NUMBER).casefold()
    if word in YES:
        return "true"
    if word in NO:
        return "false"
    raise RefusedError("not_yes_or_no", "must be yes or no")


def _read_limit(text: str) -> str:
    word = text.removeprefix(NUMBER).casefold()
    if word == UNLIMITED:
        return UNLIMITED
    if word.isascii() and word.isdecimal() and int(word) <= LARGEST_QUANTITY:
        return str(int(word))
    raise RefusedError(
        "not_a_number", f"must be a whole number from 0, or {UNLIMITED!r}"
    )


def _cells(name: str) -> CellReader:
    read = _read_tracked if name == "tracked" else _read_limit
    return CellReader(name, NO_CELL, read, NO_CELL)


def _written_limit(product: Listed) -> str:
    limit = product.backorder_limit
    return UNLIMITED if limit is None else str(limit)


def _tracked_cells(_: Notation) -> CellReader:
    return _cells("tracked")


def _limit_cells(_: Notation) -> CellReader:
    return _cells("backorder_limit")


TRACKED = ProductColumn(
    name="tracked",
    sql_type="boolean",
    cells=_tracked_cells,
    written=lambda product: "true" if product.tracked else "false",
    examples=("true", "false"),
    is_of_stock=True,
    headers=frozenset({"tracked", "stock tracked", "inventory tracked"}),
)
BACKORDER_LIMIT = ProductColumn(
    name="backorder_limit",
    sql_type="text",
    cells=_limit_cells,
    written=_written_limit,
    examples=(0, UNLIMITED),
    is_of_stock=True,
    headers=frozenset({"backorder limit", "stock backorder limit"}),
)
