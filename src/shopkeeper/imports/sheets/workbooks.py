"""Excel workbooks, read a row at a time."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.sheets.archives import damaged
from shopkeeper.imports.sheets.currencies import currency_in_format
from shopkeeper.imports.sheets.limits import LAST_EXCEL_ROW, MOST_COLUMNS

# Excel keeps 15 significant digits; what a float shows beyond is noise.
EXCEL_DIGITS = 15
FIRST_CUT = 10**EXCEL_DIGITS
# Formats below this number are Excel's own, and show the money of whoever looks.
FIRST_OWN_FORMAT = 164
ZEROS = re.compile(r"0+")
# Before the text of a cell, which no text of a person's has: it is an error, or it is
# a formula that no program has worked out, or a number that is written with a point.
FORMULA_ERROR, FORMULA_OPEN, NUMBER = "\x18", "\x19", "\x1a"
# Or a day or a time, which Excel makes of what looks like one.
DATE = "\x1b"
MARKERS = FORMULA_ERROR + FORMULA_OPEN + NUMBER + DATE
UNMARKED = str.maketrans("", "", MARKERS)


@dataclass(frozen=True)
class Sheet:
    """The sheet of a workbook that is read, and what others there are.

    Attributes:
        title: Its name.
        rows: Those that are not blank, each with the number that Excel gives it.
        hidden: The names of the sheets that Excel does not show.
        others: The names of those that it does.
    """

    title: str
    rows: Iterator[tuple[int, list[str]]]
    hidden: list[str]
    others: list[str]


@contextmanager
def open_sheet(path: Path, wanted: str | None) -> Iterator[Sheet]:
    """The sheet of that name, or else the first that Excel shows.

    Raises:
        UnreadableFile: If the workbook cannot be read, or has no such sheet; also
            while its rows are gone through.
    """
    import openpyxl  # noqa: PLC0415  # Only the process that reads needs it.

    # Opened here: openpyxl would judge the file by its name.
    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            found = _choose(book, wanted)
        except (UnreadableFile, MemoryError):
            raise
        except Exception as error:
            # openpyxl lets whatever a broken file leads to pass through.
            raise damaged(error) from error
        others = [sheet for sheet in book.worksheets if sheet is not found]
        with closing(book):
            yield Sheet(
                found.title,
                _rows(book, found),
                [each.title for each in others if each.sheet_state != "visible"],
                [each.title for each in others if each.sheet_state == "visible"],
            )


def _choose(book: Any, wanted: str | None) -> Any:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if not sheets:
        raise UnreadableFile("The workbook has no sheet with cells.")
    if wanted is None:
        shown = [each for each in sheets.values() if each.sheet_state == "visible"]
        return (shown or list(sheets.values()))[0]
    for title, sheet in sheets.items():
        if title.strip().casefold() == wanted.strip().casefold():
            return sheet
    raise UnreadableFile(
        f"The workbook has no sheet {wanted!r}; it has {', '.join(sheets)}."
    )


def _rows(book: Any, sheet: Any) -> Iterator[tuple[int, list[str]]]:
    try:
        # What a sheet says of its own size need not be so, and is not asked.
        with sheet._get_source() as source:  # noqa: SLF001  # As it reads itself.
            parser = _parser()(
                source,
                sheet._shared_strings,  # noqa: SLF001
                data_only=True,
                epoch=book.epoch,
                date_formats=book._date_formats,  # noqa: SLF001
                timedelta_formats=book._timedelta_formats,  # noqa: SLF001
            )
            last = 0
            for number, parsed in parser.parse():
                if not last < number <= LAST_EXCEL_ROW:
                    continue
                last = number
                cells = _texts(book, parsed)
                if cells:
                    yield number, cells
    except (UnreadableFile, MemoryError, GeneratorExit):
        raise
    except Exception as error:
        raise damaged(error) from error


@cache
def _parser() -> Any:
    """Openpyxl's own, which would take a formula without a value for an empty cell."""
    from openpyxl.worksheet._reader import (  # noqa: PLC0415  # No other way in.
        FORMULA_TAG,
        VALUE_TAG,
        WorkSheetParser,
    )

    class Parser(WorkSheetParser):
        def parse_cell(self, element: Any) -> Any:
            cell = super().parse_cell(element)
            if cell["value"] is None and element.find(FORMULA_TAG) is not None:
                # A text may be empty, if it is there.
                is_text = element.get("t") == "str"
                if not is_text or element.find(VALUE_TAG) is None:
                    cell["value"], cell["data_type"] = FORMULA_OPEN, "s"
            return cell

    return Parser


def _texts(book: Any, parsed: list[dict[str, Any]]) -> list[str]:
    cells: list[str] = []
    for cell in parsed:
        place = cell["column"] - 1
        if place > MOST_COLUMNS or cell["value"] is None:
            continue
        text = _text(book, cell)
        if text:
            cells += [""] * (place + 1 - len(cells))
            cells[place] = text
    return cells


def _text(book: Any, cell: dict[str, Any]) -> str:  # A line for each kind.
    value = cell["value"]
    if cell["data_type"] == "e":
        return f"{FORMULA_ERROR}{value}"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, _format(book, cell["style_id"]))
    if isinstance(value, datetime):
        whole_day = value.time() == time()
        day = value.date().isoformat() if whole_day else value.isoformat(sep=" ")
        return f"{DATE}{day}"
    if isinstance(value, date | time):
        return f"{DATE}{value.isoformat()}"
    return str(value)


def _format(book: Any, style: int) -> str:
    """The format of a number, if it is not one of Excel's own."""
    if not style:
        return ""
    number = book._cell_styles[style].numFmtId - FIRST_OWN_FORMAT  # noqa: SLF001
    if number < 0:
        return ""
    return str(book._number_formats[number])  # noqa: SLF001


def _number(value: float, number_format: str) -> str:
    """The digits that Excel shows; zeros and signs of money that a format adds too."""
    # A whole number is exact, where a program has written it.
    text = str(value) if isinstance(value, int) else f"{value:.{EXCEL_DIGITS}g}"
    if abs(value) >= FIRST_CUT:
        return f"{value:.14E}"  # Excel has cut it: it is no code any more.
    if "e" in text:
        text = f"{Decimal(text):f}" if text.lstrip("-")[0].isdigit() else text
    if number_format:
        if text.isdigit() and ZEROS.fullmatch(number_format):
            return text.zfill(len(number_format))
        sign = "%" if "%" in number_format else _sign_in(number_format)
        text = f"{text} {sign}" if sign else text
    return f"{NUMBER}{text}"


@cache
def _sign_in(number_format: str) -> str:
    return currency_in_format(number_format)
