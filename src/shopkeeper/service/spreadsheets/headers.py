"""Finding the row of headers, and what each header means."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shopkeeper.service.errors import UnreadableFile
from shopkeeper.service.spreadsheets.limits import MOST_COLUMNS

# How people and programs head the columns of a catalogue.
MEANINGS: Mapping[str, frozenset[str]] = {
    "name": frozenset(
        {"name", "title", "product", "product name", "product title", "item"}
        | {"item name", "article", "article name"}
    ),
    "sku": frozenset(
        {"sku", "product sku", "item sku", "variant sku", "stock keeping unit"}
        | {"product code", "item code", "article code", "part number", "part no"}
        | {"article number", "article no", "item number", "item no", "product number"}
    ),
    "category": frozenset(
        {"category", "product category", "category name", "product type", "type"}
        | {"product group", "department", "collection"}
    ),
    "quantity": frozenset(
        {"quantity", "qty", "stock", "in stock", "on hand", "inventory", "pieces"}
        | {"stock quantity", "stock qty", "stock level", "stock on hand", "units"}
        | {"quantity in stock", "quantity on hand", "qty in stock", "qty on hand"}
        | {"inventory quantity", "inventory qty", "variant inventory qty", "available"}
    ),
    "price": frozenset(
        {"price", "unit price", "sales price", "selling price", "retail price"}
        | {"list price", "regular price", "variant price", "price each"}
    ),
    "cost": frozenset(
        {"cost", "unit cost", "cost price", "cost per item", "purchase price"}
        | {"buying price", "standard cost", "item cost"}
    ),
    "description": frozenset(
        {"description", "product description", "item description", "details"}
        | {"long description", "desc"}
    ),
}
COLUMNS = tuple(MEANINGS)
ROWS_LOOKED_AT = 20


@dataclass(frozen=True)
class Header:
    """The row of headers: where it stands, and which cell is which column."""

    row: int
    cells: list[str]
    places: dict[str, int]

    @property
    def columns(self) -> dict[str, str]:
        """The header that each column of ours was found under."""
        return {column: self.cells[place] for column, place in self.places.items()}


def find_header(
    records: Sequence[tuple[int, list[str]]], said: Mapping[str, str | None]
) -> Header | None:
    """The row among the first that has the most headers we know.

    Args:
        records: The first records, numbered.
        said: Header to column (or to None, to ignore it), as the user says.

    Raises:
        UnreadableFile: If two headers of that row mean the same column.
    """
    best: tuple[int, list[str]] | None = None
    most = 0
    for number, cells in records[:ROWS_LOOKED_AT]:
        known = {column for cell in cells if (column := _meaning(cell, cells, said))}
        if len(known) > most:
            best, most = (number, cells), len(known)
    if best is None:
        return None
    number, cells = best
    # An export of bad rows has two columns more.
    if len(cells) > MOST_COLUMNS + 2:
        raise UnreadableFile(
            f"Row {number} has {len(cells)} columns; {MOST_COLUMNS} are the most."
        )
    return Header(number, [cell.strip() for cell in cells], _places(cells, said))


def check_header(
    header: Header | None,
    records: Sequence[tuple[int, list[str]]],
    said: Mapping[str, str | None],
    match_by: str,
) -> Header:
    """Insist on a header that tells the products.

    Raises:
        UnreadableFile: If there is none, or not all the user has named are there.
    """
    if header is None:
        first = ", ".join(cell for cell in records[0][1] if cell) if records else ""
        raise UnreadableFile(
            f"No row has headers that we know, such as {', '.join(COLUMNS)}."
            + (f" The first row has: {first[:200]}." if first else "")
        )
    _check_rows_above(header, records)
    present = {_plain(cell) for cell in header.cells}
    for wanted in said:
        if _plain(wanted) not in present:
            raise UnreadableFile(
                f"columns names the header {wanted!r}, which row {header.row} has not."
                f" It has: {', '.join(filter(None, header.cells))[:500]}."
            )
    if match_by not in header.places:
        raise UnreadableFile(
            f"Row {header.row} has no header for {match_by!r}, by which products are"
            f" told. It has: {', '.join(filter(None, header.cells))[:500]}."
        )
    return header


def _check_rows_above(header: Header, records: Sequence[tuple[int, list[str]]]) -> None:
    """A title may stand above the headers, a row of the table may not."""
    width = sum(1 for cell in header.cells if cell)
    for number, cells in records:
        filled = sum(1 for cell in cells if cell.strip())
        if number < header.row and filled >= max(2, width):
            raise UnreadableFile(
                f"Row {number} looks like one of the table, but row {header.row} was"
                " taken for its headers. Put headers above the first row."
            )


def _plain(header: str) -> str:
    """A header without case, punctuation, and what stands in brackets after it."""
    without_unit = re.sub(r"[(\[].*?[)\]]\s*$", "", header.strip())
    return re.sub(r"[\s_\-.:*#/]+", " ", (without_unit or header).casefold()).strip()


def _said(
    header: str, cells: Sequence[str], said: Mapping[str, str | None]
) -> tuple[bool, str | None]:
    """Whether the user says what a header means, and what.

    The very header goes first; one that differs in case or punctuation is
    meant only where there is no such.
    """
    exact, plain = header.strip().casefold(), _plain(header)
    present = {cell.strip().casefold() for cell in cells}
    for wanted, column in said.items():
        if wanted.strip().casefold() == exact:
            return True, column
    for wanted, column in said.items():
        if wanted.strip().casefold() not in present and _plain(wanted) == plain:
            return True, column
    return False, None


def _meaning(
    header: str, cells: Sequence[str], said: Mapping[str, str | None]
) -> str | None:
    is_said, said_column = _said(header, cells, said)
    if is_said:
        return said_column
    plain = _plain(header)
    for column, names in MEANINGS.items():
        if plain in names:
            return column
    return None


def _places(cells: list[str], said: Mapping[str, str | None]) -> dict[str, int]:
    """The place of each column; what the user says and our own names go first."""
    found: dict[str, list[tuple[int, int]]] = {}
    for place, cell in enumerate(cells):
        column = _meaning(cell, cells, said)
        if column is None:
            continue
        plain = _plain(cell)
        is_said, _ = _said(cell, cells, said)
        rank = 0 if is_said else 1 if plain == column else 2
        found.setdefault(column, []).append((rank, place))
    places = {}
    for column, candidates in found.items():
        candidates.sort()
        best = [place for rank, place in candidates if rank == candidates[0][0]]
        if len(best) > 1:
            twice = " and ".join(repr(cells[place].strip()) for place in best[:2])
            raise UnreadableFile(
                f"The headers {twice} both mean {column};"
                " say with `columns` which does."
            )
        places[column] = best[0]
    return {column: places[column] for column in COLUMNS if column in places}
