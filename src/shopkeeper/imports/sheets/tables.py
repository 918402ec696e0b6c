"""A file as a table: where its header is, how many rows it has, and the rows.

The file is looked through once before a row of it is given out: only the whole
column says whether `1.299` is a thousand or a little more than one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from itertools import islice
from pathlib import Path

from shopkeeper.imports.columns import NUMERIC
from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.sheets import texts
from shopkeeper.imports.sheets.families import Families
from shopkeeper.imports.sheets.header_meanings import Wishes
from shopkeeper.imports.sheets.header_row import (
    ROWS_LOOKED_AT,
    Header,
    check_header,
    find_header,
)
from shopkeeper.imports.sheets.limits import Limits, too_many_rows
from shopkeeper.imports.sheets.numbers import DecimalMark, shown_mark
from shopkeeper.imports.sheets.product_rows import ProductRow
from shopkeeper.imports.sheets.sources import (
    Choices,
    Record,
    Source,
    Watch,
    open_source,
)
from shopkeeper.imports.sheets.workbooks import NUMBER, UNMARKED

ROWS_NAMED = 5
# A number with a sign of money at most, as the cell of a row has it.
_LIKE_A_NUMBER = re.compile(
    r"\W{0,3}[A-Za-z]{0,3}\W?\d[\d.,' ]*\W{0,2}[A-Za-z]{0,3}\W?"
)


@dataclass(frozen=True)
class Table:
    """A table whose rows can be gone through.

    Attributes:
        source: The file as text.
        header: Where its columns are.
        width: How many columns the file has.
        takes_from_above: Whether a category stands for the rows below it.
        total_rows: How many rows it has.
        marks: How the numbers of its columns are written.
        families: Which rows are of one product.
    """

    source: Source
    header: Header
    width: int
    takes_from_above: bool
    total_rows: int = 0
    marks: dict[str, DecimalMark] = field(default_factory=dict)
    families: Families | None = None

    @property
    def is_workbook(self) -> bool:
        return self.source.is_workbook

    @property
    def mark(self) -> DecimalMark:
        """What separates decimals, as far as all columns of numbers agree."""
        return reduce(DecimalMark.seen_with, self.marks.values(), DecimalMark.UNKNOWN)

    def rows(self) -> Iterator[Record]:
        """The rows of products, with their numbers."""
        return (
            (number, cells) for number, cells, is_read in self.all_rows() if is_read
        )

    def all_rows(self) -> Iterator[tuple[int, list[str], bool]]:
        """The rows below the header that are not blank; whether they are read.

        What has nothing in the columns that we read is not: a second picture of a
        product, or a remark.
        """
        families = self.families or Families(self.header)
        for number, cells, is_sold in families.rows(self.records()):
            is_broken = isinstance(cells, texts.BrokenRecord)
            yield number, cells, is_broken or (is_sold and self._is_read(cells))

    def records(self) -> Iterator[Record]:
        """The rows below the header, each with its category."""
        rows = self._below()
        return self._with_categories(rows) if self.takes_from_above else rows

    def _is_read(self, cells: list[str]) -> bool:
        """Whether there is something in the columns that are read."""
        size = len(cells)
        return any(place < size and cells[place].strip() for place in self._places_read)

    @cached_property
    def _places_read(self) -> list[int]:
        return [at for name, at in self.header.places.items() if name != "status"]

    def _below(self) -> Iterator[Record]:
        for number, cells in self.source.records(self._is_record):
            if number > self.header.row and any(map(str.strip, cells)):
                yield number, cells

    def _is_heading(self, place: int, text: str) -> bool:
        """Whether a cell alone in its row is where a heading stands, and reads so."""
        columns = {at: column for column, at in self.header.places.items()}
        where = columns.get(place, "name" if place == 0 else None)
        has_letters = any(map(str.isalpha, text)) and "://" not in text
        return where in {"name", "category"} and has_letters

    def _is_record(self, cells: list[str]) -> bool:
        """Whether a line within a quoted value looks like a row of this table.

        By its numbers: a description may have as many commas.
        """
        if self.is_workbook or len(cells) != self.width:
            return False
        places = [p for c, p in self.header.places.items() if c in NUMERIC]
        numbers = [cells[place].strip() for place in places if place < len(cells)]
        told = [number for number in numbers if number]
        return bool(told) and all(map(_LIKE_A_NUMBER.fullmatch, told))

    def _with_categories(self, rows: Iterator[Record]) -> Iterator[Record]:
        """Rows with the category of the heading, or of the row, above them."""
        place = self.header.places["category"]
        category = ""
        for number, cells in rows:
            if isinstance(cells, texts.BrokenRecord):
                yield number, cells
                continue
            filled = [at for at, cell in enumerate(cells) if cell.strip()]
            if len(filled) == 1 and self._is_heading(filled[0], cells[filled[0]]):
                category = cells[filled[0]]
                continue
            if not self._is_read(cells):
                yield number, cells  # A second picture is no product of it.
                continue
            told = cells[place] if place < min(len(cells), self.width) else ""
            if told.strip():
                category = told
            padded = cells[:place] + [""] * (place - len(cells))
            yield number, [*padded, category, *cells[place + 1 :]]


def open_table(
    path: Path,
    filename: str,
    choices: Choices,
    limits: Limits,
    watch: Watch,
) -> Table:
    """Look a file through.

    Args:
        path: Where it is; its folder is scratch space too.
        filename: What the user calls it; tells what it is.
        choices: What the user says of it.
        limits: What it may take.
        watch: Is told of how it goes.

    Raises:
        UnreadableFile: If it is not a table with a header that we know.
        FileTooLarge: If it is over a limit.
    """
    source = open_source(path, filename, choices, limits, watch)
    first = _first_records(source)
    wishes = choices.wishes
    try:
        header = _find_header(source, first, wishes)
    except UnreadableFile as error:
        if not source.other_sheets:
            raise
        others = ", ".join(map(repr, source.other_sheets[:5]))
        raise UnreadableFile(
            f"Of the sheets, {source.sheet!r} was read. {error.detail} For another one"
            f" ({others}) say `sheet`."
        ) from error
    width = len(header.cells)
    if choices.category_from_above and "category" not in header.places:
        header = header.with_column("category")
    table = Table(source, header, width, choices.category_from_above)
    families = Families.survey(header, table.records())
    return _look_through(replace(table, families=families), limits)


def _find_header(source: Source, first: list[Record], wishes: Wishes) -> Header:
    if not first:
        raise UnreadableFile(
            f"The {'sheet' if source.is_workbook else 'file'} is empty."
        )
    return check_header(find_header(first, wishes), first, wishes)


def _first_records(source: Source) -> list[Record]:
    """The first records with something in them, but for broken ones."""
    found = (
        (number, [cell.translate(UNMARKED) for cell in cells])
        for number, cells in source.records()
        if any(cells) and not isinstance(cells, texts.BrokenRecord)
    )
    return list(islice(found, ROWS_LOOKED_AT))


def _look_through(table: Table, limits: Limits) -> Table:
    """How many rows there are, and how their numbers are written."""
    places = {c: p for c, p in table.header.places.items() if c in NUMERIC}
    marks = dict.fromkeys(places, DecimalMark.UNKNOWN)
    total = 0
    passed: list[int] = []
    oversold: list[int] = []
    for number, cells, is_read in table.all_rows():
        if not is_read:
            passed.append(number)
            continue
        total += 1
        if isinstance(cells, ProductRow) and cells.was_oversold:
            oversold.append(number)
        if total > limits.rows:
            raise too_many_rows(limits)
        for column, place in places.items():
            value = cells[place] if place < len(cells) else ""
            # A number of a workbook is not written in any way.
            if ("." in value or "," in value) and value[0] != NUMBER:
                shown = shown_mark(value, is_whole=column == "quantity")
                marks[column] = marks[column].seen_with(shown)
    # A column that shows nothing is written as the others are.
    together = reduce(DecimalMark.seen_with, marks.values(), DecimalMark.UNKNOWN)
    if together in {DecimalMark.POINT, DecimalMark.COMMA}:
        marks = dict.fromkeys(places, together)
    source = _noting(table.source, passed, oversold)
    return replace(table, total_rows=total, marks=marks, source=source)


def _noting(source: Source, passed: Sequence[int], oversold: Sequence[int]) -> Source:
    notes = []
    if passed:
        notes.append(
            f"{len(passed)} rows have nothing in the columns that are read, or nothing"
            f" to be sold, and were passed over: {_named(passed)}."
        )
    if oversold:
        notes.append(
            f"{len(oversold)} rows tell that more was sold than there was, and come in"
            f" with nothing in stock: {_named(oversold)}."
        )
    return replace(source, notes=(*source.notes, *notes))


def _named(rows: Sequence[int]) -> str:
    more = ", ..." if len(rows) > ROWS_NAMED else ""
    return ", ".join(map(str, rows[:ROWS_NAMED])) + more
