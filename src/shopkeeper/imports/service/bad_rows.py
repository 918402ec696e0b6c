"""The bad rows of an import as rows that come back without options."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from shopkeeper.database.pages import Slice
from shopkeeper.imports.repository import jobs
from shopkeeper.imports.repository.jobs import FaultRow, RejectedRow
from shopkeeper.imports.service.jobs import find_job
from shopkeeper.imports.sheets.header_meanings import ADDED
from shopkeeper.imports.sheets.header_row import IMPORT_ERRORS, IMPORT_ROW
from shopkeeper.models import ProductImport
from shopkeeper.utils import cursor

ROWS_AT_A_TIME = 500
# What new products may be given by an option.
DEFAULTS = ("category", "quantity", "status")
# Options that its bad rows are to be sent with again.
KEPT_OPTIONS = ("mode", "match_by", "quantity_mode", "format")
LIST = "bad rows"


@dataclass(frozen=True)
class BadRows:
    """The bad rows of an import, as a file that comes back without options."""

    header: list[str]
    rows: Iterator[list[str]]
    delimiter: str


@dataclass(frozen=True)
class BadCell:
    """What is wrong with a row; `place` is the cell, from 0, if it is one."""

    place: int | None
    column: str | None
    code: str
    message: str


@dataclass(frozen=True)
class BadRow:
    """A bad row with all its cells, as it is to come back, and its faults."""

    row: int
    cells: Sequence[str]
    # Cells for which there is no header.
    extra: Sequence[str]
    errors: Sequence[BadCell]


@dataclass(frozen=True)
class BadRowsPage:
    """Some of the bad rows of an import, under their headers."""

    header: Sequence[str]
    options: Mapping[str, str]
    items: Sequence[BadRow]
    next_cursor: str | None


def stream_errors(session: Session, import_id: int) -> BadRows:
    """Every bad row of an import, written as its file is, each with its faults.

    Raises:
        ImportNotFound: If there is none.
    """
    found = find_job(session, import_id)
    reading = found.reading or {}
    is_comma = reading.get("decimal_mark") == "comma"
    sheet = _Sheet(found)
    return BadRows(
        [*sheet.header, IMPORT_ROW, IMPORT_ERRORS],
        _with_faults(session, found, sheet),
        reading.get("delimiter") or (";" if is_comma else ","),
    )


def list_bad_rows(
    session: Session, import_id: int, limit: int, after: str | None
) -> BadRowsPage:
    """Bad rows of an import with all their cells, in the order of the file.

    Raises:
        ImportNotFound: If there is none.
    """
    found = find_job(session, import_id)
    sheet = _Sheet(found)
    last = cursor.decode(LIST, after, [int])[0] if after is not None else 0
    rows = jobs.list_rejected_rows(session, import_id, sheet.key, limit + 1, last)
    page = Slice.cut(rows, limit, lambda row: cursor.encode(LIST, [row.row]))
    faults = _faults(session, found, page.items)
    items = [
        BadRow(
            row.row,
            sheet.cells(row),
            row.cells[sheet.width :],
            [
                BadCell(
                    sheet.place(fault.column), fault.column, fault.code, fault.message
                )
                for fault in faults[row.row]
            ],
        )
        for row in page.items
    ]
    options = {
        name: str(found.options[name])
        for name in KEPT_OPTIONS
        if found.options.get(name) is not None
    }
    return BadRowsPage(sheet.header, options, items, page.next_cursor)


def _with_faults(
    session: Session, found: ProductImport, sheet: "_Sheet"
) -> Iterator[list[str]]:
    last = 0
    while True:
        rows = jobs.list_rejected_rows(
            session, found.id, sheet.key, ROWS_AT_A_TIME, last
        )
        faults = _faults(session, found, rows)
        for row in rows:
            told = (
                ": ".join(filter(None, [fault.column, fault.message]))
                for fault in faults[row.row]
            )
            more = "".join(f" [{cell}]" for cell in row.cells[sheet.width :])
            yield [*sheet.cells(row), str(row.row), "; ".join(told) + more]
        if len(rows) < ROWS_AT_A_TIME:
            return
        last = rows[-1].row


def _faults(
    session: Session, found: ProductImport, rows: Sequence[RejectedRow]
) -> Mapping[int, list[FaultRow]]:
    by_row = defaultdict(list)
    for fault in jobs.list_faults_of(session, found.id, [row.row for row in rows]):
        by_row[fault.row].append(fault)
    return by_row


class _Sheet:
    """The columns of a file, and those that its bad rows need besides."""

    def __init__(self, found: ProductImport) -> None:
        told = (found.reading or {}).get("told_header") or found.header or []
        self._columns = found.columns or {}
        self._header = found.header or []
        self.width = len(told)
        own = list(told)
        place = self._own_place("quantity")
        if found.options.get("quantity_mode") == "add" and place is not None:
            # Nobody may take for the new stock what was to come on top of it.
            own[place] = f"{own[place]} [{ADDED}]"
        # What new products were to get of which their rows say nothing.
        said = {column: found.options.get(f"default_{column}") for column in DEFAULTS}
        self._defaults = {
            c: str(value) for c, value in said.items() if value is not None
        }
        self._lacking = [c for c in self._defaults if self._own_place(c) is None]
        self.header = [*own, *self._lacking]
        match_by = found.options.get("match_by") or "name"
        self.key = (match_by, (self._own_place(match_by) or 0) + 1)

    def _own_place(self, column: str | None) -> int | None:
        """Where a column of ours stands in the file."""
        head = self._columns.get(column) if column is not None else None
        return self._header.index(head) if head is not None else None

    def place(self, column: str | None) -> int | None:
        """Where it stands in these rows."""
        if column in self._lacking:
            return self.width + self._lacking.index(column)
        return self._own_place(column)

    def cells(self, row: RejectedRow) -> list[str]:
        """A row with a cell for each header; a new product's has the defaults."""
        cells = list(row.cells[: self.width])
        cells += [""] * (len(self.header) - len(cells))
        for column, value in self._defaults.items():
            place = self.place(column)
            if not row.is_known and place is not None and not cells[place].strip():
                cells[place] = value
        return cells
