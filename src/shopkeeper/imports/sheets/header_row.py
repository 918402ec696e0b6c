"""Finding the row of headers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from shopkeeper.imports.columns import COLUMN_NAMES
from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.sheets.header_meanings import (
    ADDED,
    Wishes,
    meant,
    place_columns,
    place_said,
    places_of,
    shown,
)
from shopkeeper.imports.sheets.limits import MOST_COLUMNS
from shopkeeper.imports.sheets.options import OPTION, OptionPlaces, find_options
from shopkeeper.imports.sheets.programs import (
    VENDURE,
    Program,
    find_program,
    place_category,
)
from shopkeeper.imports.sheets.words import (
    CURRENCY_HEADERS,
    OFF_SALE_HEADERS,
    SEVERAL_CATEGORIES,
    STATUS_HEADERS,
    folded,
    plain,
)

ROWS_LOOKED_AT = 20
# What the export of bad rows adds to a file's own columns.
IMPORT_ROW, IMPORT_ERRORS = "import row", "import errors"
TOLD_IN_ROWS = CURRENCY_HEADERS | STATUS_HEADERS | OFF_SALE_HEADERS
Records = Sequence[tuple[int, list[str]]]


@dataclass(frozen=True)
class Header:
    """The row of headers: where it stands, and which cell is which column.

    Attributes:
        row: Its number; 0 if the file has none.
        cells: Its cells.
        places: Where each column of ours is found.
        currencies: Of the columns whose header tells of a currency, which.
        currency_places: Where each row tells the currency of its amounts.
        status_places: Where each row tells whether it is on sale.
        off_sale_places: Where each row tells whether it is not.
        options: Where rows tell what they are of the options of their product.
        program: That the file was exported from, if it is one we know.
    """

    row: int
    cells: list[str]
    places: dict[str, int]
    currencies: dict[str, str] = field(default_factory=dict)
    currency_places: tuple[int, ...] = ()
    status_places: tuple[int, ...] = ()
    off_sale_places: tuple[int, ...] = ()
    options: OptionPlaces = field(default_factory=OptionPlaces)
    program: Program | None = None

    @cached_property
    def by_word(self) -> dict[str, int]:
        """Where each header stands, folded; the first of those that are alike."""
        places: dict[str, int] = {}
        for place, cell in enumerate(self.cells):
            places.setdefault(folded(cell), place)
        return places

    @property
    def columns(self) -> dict[str, str]:
        """The header that each column of ours was found under."""
        return {column: self.cells[place] for column, place in self.places.items()}

    @property
    def are_options_said(self) -> bool:
        """Whether rows tell options as such."""
        return self.options.are_said or self.program is VENDURE

    @property
    def also_read(self) -> list[str]:
        """Headers that are no column of ours, and are read all the same."""
        program, options = self.program, self.options
        words: set[str] = set()
        if program is not None:
            words = {*program.families, *program.categories, *program.parent_keys}
            words |= {
                program.kind or "",
                program.parent or "",
                program.variations or "",
            }
        pairs = {place for pair in options.pairs for place in pair}
        places = pairs | {*options.said, *map(self.by_word.get, words)}
        return [cell for place, cell in enumerate(self.cells) if place in places]

    @property
    def has_several_categories(self) -> bool:
        """Whether a product may stand in several categories, as its header says."""
        return plain(self.columns.get("category", "")) in SEVERAL_CATEGORIES

    def with_column(self, column: str) -> "Header":
        """With a column more than the file has."""
        places = {**self.places, column: len(self.cells)}
        return replace(self, cells=[*self.cells, column], places=places)


def find_header(records: Records, wishes: Wishes) -> Header | None:
    """The row among the first that has the most headers we know.

    Args:
        records: The first records, numbered.
        wishes: What the user says.

    Raises:
        UnreadableFile: If two headers of that row mean the same column.
    """
    row = _choose_row(records, wishes)
    if row is None:
        return None
    number, cells = row
    # An export of bad rows has two columns more.
    if len(cells) > MOST_COLUMNS + 2:
        raise UnreadableFile(
            f"Row {number} has {len(cells)} columns; {MOST_COLUMNS} are the most."
        )
    cells = [shown(cell) for cell in cells]
    below = [found for at, found in records if at > number]
    places, currencies = place_columns(cells, below, wishes)
    program = find_program(cells, wishes.file_format)
    if program is not None:
        place_category(program, cells, places)
    said = {place_said(wanted, cells): of for wanted, of in wishes.columns.items()}
    taken = {*places.values(), *(place for place in said if place is not None)}
    options = [place for place, of in said.items() if of == OPTION]
    on_sale = places_of(STATUS_HEADERS, cells, wishes)
    off_sale = places_of(OFF_SALE_HEADERS, cells, wishes)
    for place in (*on_sale, *off_sale):
        places.setdefault("status", place)
    return Header(
        number,
        cells,
        places,
        currencies,
        places_of(CURRENCY_HEADERS, cells, wishes),
        on_sale,
        off_sale,
        find_options(
            cells, frozenset(taken), [place for place in options if place is not None]
        ),
        program,
    )


def check_header(header: Header | None, records: Records, wishes: Wishes) -> Header:
    """Insist on a header that tells the products.

    Raises:
        UnreadableFile: If there is none, or not all the user has named are there.
    """
    if header is None:
        raise _no_header(records)
    if wishes.row is None:
        _check_rows_above(header, records)
    said = ", ".join(filter(None, header.cells))[:500]
    if not wishes.is_added and any(f"[{ADDED}]" in cell for cell in header.cells):
        raise UnreadableFile(
            "The quantities of this file come on top of what is there, its header says;"
            " say quantity_mode=add."
        )
    named: dict[int, str] = {}
    for wanted in wishes.columns:
        place = place_said(wanted, header.cells)
        if place is None:
            raise UnreadableFile(
                f"columns names the header {wanted!r}, which row {header.row} has not."
                f" It has: {said}."
            )
        if named.setdefault(place, wanted) != wanted:
            raise UnreadableFile(
                f"columns names one column twice, as {named[place]!r} and as"
                f" {wanted!r}."
            )
    if header.row == 0 and wishes.match_by not in header.places:
        example = json.dumps({"1": wishes.match_by})
        raise UnreadableFile(
            f"header_row=0 says that there are no headers, but not which column is the"
            f" {wishes.match_by}; say it with `columns` by numbers, such as"
            f" columns={example}. There are {len(header.cells)} columns."
        )
    if wishes.match_by not in header.places:
        other = "sku" if wishes.match_by == "name" else "name"
        by_other = f", or say match_by={other}" if other in header.places else ""
        raise UnreadableFile(
            f"Row {header.row} has no header for {wishes.match_by!r}, by which products"
            f" are told. It has: {said}. Say which it is with `columns`, such as"
            f" columns={_example(header, wishes.match_by)}{by_other}."
        )
    return header


def _choose_row(records: Records, wishes: Wishes) -> tuple[int, list[str]] | None:
    if wishes.row == 0:
        width = max((len(cells) for _, cells in records), default=0)
        return 0, [str(number) for number in range(1, width + 1)]
    if wishes.row is not None:
        for number, cells in records:
            if number == wishes.row:
                return number, cells
        raise UnreadableFile(
            f"header_row says {wishes.row}, but the first rows that are not blank are"
            f" {', '.join(str(number) for number, _ in records[:5])}, ..."
        )
    best, most = None, 0
    for number, cells in records[:ROWS_LOOKED_AT]:
        known = {column for _, column, _ in meant(cells, [], wishes)}
        if len(known) > most:
            best, most = (number, cells), len(known)
    return best


def _no_header(records: Records) -> UnreadableFile:
    first = next((cells for _, cells in records if any(cells)), [])
    cells = [cell.strip() for cell in first if cell.strip()]
    said = f"No row has headers that we know, such as {', '.join(COLUMN_NAMES)}."
    if not cells:
        return UnreadableFile(said)
    if any(any(c.isdigit() for c in cell) for cell in cells):
        positions = json.dumps(
            {str(n): c for n, c in enumerate(("name", "price"), 1)}, ensure_ascii=False
        )
        way = (
            "If the file has none, say header_row=0, and with `columns` what each"
            f" column is by its number, such as columns={positions}"
        )
    else:
        example = json.dumps({cells[0]: "name"}, ensure_ascii=False)
        way = f"Say with `columns` what they mean, such as columns={example}"
    return UnreadableFile(f"{said} The first row has: {', '.join(cells)[:200]}. {way}.")


def _example(header: Header, column: str) -> str:
    """What to say of a header that is not taken for anything yet.

    Or of the description, which in many a price list is the name.
    """
    if column == "name" and "description" in header.places:
        return json.dumps({header.columns["description"]: column}, ensure_ascii=False)
    taken = set(header.places.values())
    ours = {IMPORT_ROW, IMPORT_ERRORS}
    free = [
        cell
        for n, cell in enumerate(header.cells)
        if cell and n not in taken and cell not in ours
    ]
    return json.dumps({(free or header.cells)[0]: column}, ensure_ascii=False)


def _check_rows_above(header: Header, records: Records) -> None:
    """A title may stand above the headers, a row of the table may not."""
    width = sum(1 for cell in header.cells if cell)
    for number, cells in records:
        filled = sum(1 for cell in cells if cell.strip())
        if number < header.row and filled >= max(2, width):
            raise UnreadableFile(
                f"Row {number} looks like one of the table, but row {header.row} was"
                f" taken for its headers. Say header_row={header.row} if they are, or"
                " put headers above the first row."
            )
