"""Excel workbooks: checked before they are opened, read a row at a time."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from shopkeeper.service.errors import FileTooLarge, UnreadableFile
from shopkeeper.service.spreadsheets.limits import (
    LAST_EXCEL_ROW,
    MOST_COLUMNS,
    MOST_ENTRIES,
    Limits,
    too_much_unpacked,
)

# Excel keeps 15 significant digits; what a float shows beyond is noise.
EXCEL_DIGITS = 15
DOCUMENT_TYPES = [
    "<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be")
]
# Long enough for what may stand before the first element of an XML file.
PROLOGUE = 64 * 1024
ZEROS = re.compile(r"0+")
# Before the text of a cell that is an error, which no text of a person's has.
FORMULA_ERROR = "\x18"
LONGEST_ROW_TAG = 1024
# No tag has another one in it, so that no byte is looked at for two of them.
ROW_NUMBER = re.compile(
    rb'<(?:\w{1,64}:)?row\b[^<>]{0,%d}?\sr="(\d{1,20})"' % LONGEST_ROW_TAG
)
BLOCK = 1024 * 1024


def check_archive(path: Path, limits: Limits) -> int:
    """Look at the archive that a workbook is; give the bytes that it unpacks to.

    Raises:
        UnreadableFile: If it is damaged, or has what no catalogue needs.
        FileTooLarge: If it would unpack to too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive, limits)
            size = sum(entry.file_size for entry in archive.infolist())
        check_row_numbers(path)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        raise _damaged(error) from error
    except (NotImplementedError, RuntimeError) as error:  # Unknown method; password.
        raise _damaged(error) from error
    return size


def _check_entries(archive: zipfile.ZipFile, limits: Limits) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise FileTooLarge(
            f"The workbook has more than {MOST_ENTRIES} files in it.",
            limit=MOST_ENTRIES,
        )
    # No more than this is ever read of an entry, whatever it unpacks to.
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        raise too_much_unpacked(limits)
    names = {entry.filename.lower() for entry in entries}
    if any(name.endswith("vbaproject.bin") for name in names):
        raise UnreadableFile("The workbook has macros; save it as .xlsx without them.")
    if "xl/workbook.xml" not in names and "[content_types].xml" not in names:
        raise UnreadableFile("The file is an archive, but no Excel workbook.")
    for entry in entries:
        if entry.filename.lower().endswith((".xml", ".rels")):
            with archive.open(entry) as part:
                # ECMA-376 part 2, section 6.2.5: no document type declarations.
                prologue = part.read(PROLOGUE)
                if any(mark in prologue for mark in DOCUMENT_TYPES):
                    raise UnreadableFile(
                        f"{entry.filename} in the workbook declares a document type."
                    )


def check_row_numbers(path: Path) -> None:
    """Insist on rows that ascend, as they have to (ECMA-376 part 1, 18.3.1.73).

    Rows out of order would otherwise be passed over without a word.

    Raises:
        UnreadableFile: If they do not, or go beyond Excel's last row.
    """
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.filename.lower().startswith("xl/worksheets/sheet"):
                with archive.open(entry) as part:
                    _check_ascent(part)


def _check_ascent(part: IO[bytes]) -> None:
    last, kept = 0, b""
    while block := part.read(BLOCK):
        kept += block
        end = 0
        for match in ROW_NUMBER.finditer(kept):
            number, end = int(match[1]), match.end()
            if not last < number <= LAST_EXCEL_ROW:
                raise UnreadableFile(
                    f"The workbook has a row {number} after row {last}; Excel would"
                    " call it damaged. Open and save it there."
                )
            last = number
        # A tag may be cut by the end of the block.
        kept = kept[max(end, len(kept) - LONGEST_ROW_TAG) :]


def list_rows(path: Path, sheet: str | None) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number that Excel gives it.

    Raises:
        UnreadableFile: If the workbook cannot be read, or has no such sheet.
    """
    import openpyxl  # noqa: PLC0415  # Only the process that reads needs it.

    try:
        # Opened here: openpyxl would judge the file by its name.
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            try:
                yield from _rows(_sheet(book, sheet))
            finally:
                book.close()
    except (UnreadableFile, MemoryError, GeneratorExit):
        raise
    except Exception as error:
        # openpyxl lets whatever a broken file leads to pass through.
        raise _damaged(error) from error


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    # What a sheet says of its own size need not be so.
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_row=LAST_EXCEL_ROW)
    for number, row in enumerate(rows, start=1):
        cells = [_text(cell) for cell in row[: MOST_COLUMNS + 1]]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells


def _sheet(book: Any, wanted: str | None) -> Any:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if not sheets:
        raise UnreadableFile("The workbook has no sheet with cells.")
    if wanted is None:
        return next(iter(sheets.values()))
    for title, sheet in sheets.items():
        if title.strip().casefold() == wanted.strip().casefold():
            return sheet
    raise UnreadableFile(
        f"The workbook has no sheet {wanted!r}; it has {', '.join(sheets)}."
    )


def _text(cell: Any) -> str:  # noqa: PLR0911  # One line for each kind of cell.
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        return f"{FORMULA_ERROR}{value}"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, cell)
    if isinstance(value, datetime):
        whole_day = value.time() == time()
        return value.date().isoformat() if whole_day else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _number(value: float, cell: Any) -> str:
    """The digits that Excel shows; zeros that a format puts before them too."""
    # A whole number is exact, where a program has written it.
    text = str(value) if isinstance(value, int) else f"{value:.{EXCEL_DIGITS}g}"
    if "e" in text:
        text = f"{Decimal(text):f}" if text.lstrip("-")[0].isdigit() else text
    if text.isdigit() and ZEROS.fullmatch(shown := str(cell.number_format)):
        return text.zfill(len(shown))
    return text


def _damaged(error: Exception) -> UnreadableFile:
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return UnreadableFile(f"The workbook is damaged: {reason}")
