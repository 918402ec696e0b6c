"""Rows written as CSV and as workbooks, no cell of which is run."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import IO, Any

from shopkeeper.utils.formulas import defuse

# Excel takes no longer name of a sheet.
LONGEST_TITLE = 31


def write_rows(
    rows: Iterable[Sequence[str]],
    header: Sequence[str],
    file: IO[bytes],
    *,
    delimiter: str = ",",
) -> None:
    """Write rows of text as CSV (RFC 4180, UTF-8), no cell of which is run."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow([defuse(cell) for cell in header])
    for row in rows:
        writer.writerow([defuse(cell) for cell in row])
    text.flush()
    text.detach()


def write_workbook(
    rows: Iterable[Sequence[Any]], header: Sequence[str], title: str, file: IO[bytes]
) -> None:
    """Write rows as a workbook: decimals as numbers, text as text, no cell is run."""
    import openpyxl  # noqa: PLC0415  # Few processes write workbooks.
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title[:LONGEST_TITLE])
    sheet.append(list(header))

    def cell(value: Any) -> Any:
        if isinstance(value, Decimal):
            written = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]  # Its stub forgets decimals.
            places = -int(value.as_tuple().exponent)
            written.number_format = "0." + "0" * places if places > 0 else "0"
            return written
        if isinstance(value, str):
            written = WriteOnlyCell(sheet, value)
            written.data_type = "s"
            return written
        return value

    for row in rows:
        sheet.append([cell(value) for value in row])
    book.save(file)
    book.close()
