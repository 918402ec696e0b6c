"""The bad rows of an import as a file that comes back without options."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from shopkeeper.imports.repository import jobs
from shopkeeper.imports.service.jobs import find_job
from shopkeeper.imports.sheets.header_meanings import ADDED
from shopkeeper.imports.sheets.header_row import IMPORT_ERRORS, IMPORT_ROW
from shopkeeper.models import ProductImport


@dataclass(frozen=True)
class BadRows:
    """The bad rows of an import, as a file that comes back without options."""

    header: list[str]
    rows: Iterator[list[str]]
    delimiter: str


def stream_errors(session: Session, import_id: int) -> BadRows:
    """Every bad row of an import, written as its file is, each with its faults.

    Raises:
        ImportNotFound: If there is none.
    """
    found = find_job(session, import_id)
    reading = found.reading or {}
    header = list(reading.get("told_header") or found.header or [])
    if found.options.get("quantity_mode") == "add" and found.columns:
        # Nobody may take for the new stock what was to come on top of it.
        place = _place(found, "quantity")
        if place is not None:
            header[place] = f"{header[place]} [{ADDED}]"
    is_comma = reading.get("decimal_mark") == "comma"
    defaults = _defaults(found)
    lacking = [column for column in defaults if _place(found, column) is None]
    return BadRows(
        [*header, *lacking, IMPORT_ROW, IMPORT_ERRORS],
        _bad_rows(session, found, len(header), defaults),
        reading.get("delimiter") or (";" if is_comma else ","),
    )


def _place(found: ProductImport, column: str) -> int | None:
    """Where a column of ours stands in the file."""
    head = (found.columns or {}).get(column)
    return (found.header or []).index(head) if head is not None else None


# What new products may be given by an option.
DEFAULTS = ("category", "quantity", "status")


def _defaults(found: ProductImport) -> dict[str, str]:
    """What new products were to get of which their rows say nothing."""
    said = {c: found.options.get(f"default_{c}") for c in DEFAULTS}
    return {column: str(value) for column, value in said.items() if value is not None}


def _bad_rows(
    session: Session, found: ProductImport, width: int, defaults: dict[str, str]
) -> Iterator[list[str]]:
    match_by = found.options.get("match_by") or "name"
    key = _place(found, match_by)
    places = {column: _place(found, column) for column in defaults}
    rows = jobs.stream_rejected_rows(session, found.id, match_by, (key or 0) + 1)
    for row in rows:
        cells = row.cells[:width]
        cells += [""] * (width - len(cells))
        more = "".join(f" [{cell}]" for cell in row.cells[width:])
        added = []
        for column, value in defaults.items():
            told, place = "" if row.is_known else value, places[column]
            if place is None:
                added.append(told)
            elif not cells[place].strip():
                cells[place] = told
        yield [*cells, *added, str(row.row), "; ".join(row.faults) + more]
