"""Cells of an imported file, held to the rules of a product.

Most cells of most files are fine as they stand, and are seen to be so by one
pattern for a whole column. The rest goes through the very schemas that a
request goes through, and a cell that fails there is told with its reason.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from shopkeeper.imports.files import LONGEST_SHOWN, RowFault
from shopkeeper.imports.sheets.markup import text_of_html
from shopkeeper.imports.sheets.numbers import NotANumberError
from shopkeeper.imports.sheets.workbooks import (
    DATE,
    FORMULA_ERROR,
    FORMULA_OPEN,
    NUMBER,
    UNMARKED,
)
from shopkeeper.utils.formulas import restore
from shopkeeper.web.schemas.fields.names import SUSPICIOUS

if TYPE_CHECKING:
    import pandas as pd

# Printable, and not to be restored (').
_PLAIN = r"[^\x00-\x20'\x7f-\xa0\ud800-\udfff\ufffe\uffff]"
_PLAIN_REST = r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
# Pydantic's names for what the codes of a report say.
_CODES = {
    "string_too_long": "too_long",
    "greater_than_equal": "negative",
    "less_than_equal": "too_large",
    "int_parsing": "not_a_number",
}
# Of a column whose every cell is looked at.
NO_CELL = re.compile("(?!)")
_MOST_REMEMBERED = 50_000
# What Excel and tills write to keep the zeros of a code: ="00461".
_KEPT_TEXT = re.compile(r'="((?:[^"]|"")*)"')
# What Excel makes of a long code: its last digits are gone.
_CUT_SHORT = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{1,3}", re.IGNORECASE)
# Between the categories of a product that stands in several.
_SEVERAL = re.compile(r"(?<!\\)[,|;]")
_LINE_BREAKS = re.compile(r"\s*[\r\n]+\s*")
# What is never a day or a time.
TYPED = frozenset(
    {"name", "sku", "quantity", "price", "cost", "compare_at_price", "barcode"}
    | {"weight_grams"}
)
Fault = tuple[str, str]


class RefusedError(ValueError):
    """What is wrong with a cell: a code, and what is told of it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.fault = (code, message)


@dataclass
class CellReader:
    """How the cells of one column are read."""

    name: str
    plain: re.Pattern[str]
    read: Callable[[str], str]
    # Of a number that a workbook has as one; None where the column is of text.
    plain_number: re.Pattern[str] | None = None
    remembered: dict[str, str | Fault] = field(default_factory=dict)

    def clean(
        self, cells: "pd.Series[str]"
    ) -> tuple[list[str | None], dict[int, Fault]]:
        """Values to be written, None where a cell is empty or bad; and the faults.

        pandas holds the batch by columns, so that stripping, patterns and masks are
        said once for all cells. A comprehension would take two thirds of the time
        (1.0 against 1.5 us a cell), of a reading that takes 25 us a row.
        """
        stripped = cells.str.strip()
        texts = list(stripped)
        together = "".join(texts)
        if '="' in together:
            stripped = stripped.map(_without_equals)
            texts = list(stripped)
        if NUMBER in together and self.plain_number is None:
            stripped = stripped.str.removeprefix(NUMBER)
            texts = list(stripped)
        fine = stripped.str.fullmatch(self.plain)
        values: list[str | None] = [*texts]
        if self.plain_number is None:
            if not unicodedata.is_normalized("NFC", together):
                fine &= stripped.map(
                    lambda text: unicodedata.is_normalized("NFC", text)
                )
        elif NUMBER in together:
            fine |= stripped.str.fullmatch(self.plain_number)
            values = list(stripped.str.removeprefix(NUMBER))
        faults: dict[int, Fault] = {}
        for place in (~fine).to_numpy().nonzero()[0].tolist():
            text = texts[place]
            values[place] = None
            if not text:
                continue
            found = self._recall(text)
            if isinstance(found, str):
                values[place] = found or None
            else:
                faults[place] = found
        return values, faults

    def _recall(self, text: str) -> str | Fault:
        """Read a cell, or remember how it was read: prices come again and again."""
        found = self.remembered.get(text)
        if found is None:
            if len(self.remembered) >= _MOST_REMEMBERED:
                self.remembered.clear()
            found = self.remembered[text] = self._try(text)
        return found

    def _try(self, text: str) -> str | Fault:
        if text.startswith(FORMULA_ERROR):
            return "formula_error", "is a formula that Excel could not work out"
        if text.startswith(FORMULA_OPEN):
            return (
                "formula_error",
                (
                    "is a formula without a stored value; open the file in Excel and"
                    " save it, or put the value there"
                ),
            )
        if text.startswith(DATE):
            text = text.removeprefix(DATE)
            if self.name in TYPED:
                return (
                    "is_a_date",
                    (
                        f"is the day or time {text} in the workbook, which Excel makes"
                        " of what looks like one; format the column as text, and type"
                        " it anew"
                    ),
                )
        try:
            return self.read(text)
        except RefusedError as refused:
            return refused.fault
        except NotANumberError as refused:
            return refused.code, str(refused)


def text_cells(
    name: str,
    kind: Any,
    longest: int,
    *,
    is_name: bool = False,
    is_html: bool = False,
    is_list: bool = False,
) -> CellReader:
    """Reads texts.

    Args:
        name: Of the column.
        kind: The type that a request has for it.
        longest: How many characters it has at most; 0 if each is looked at.
        is_name: Whether it is one line, without spaces in a row.
        is_html: Whether it is HTML, of which the text is wanted.
        is_list: Whether it is a list, of which the first is wanted.
    """
    adapter = TypeAdapter(kind)

    def read(text: str) -> str:
        if is_html:
            text = text_of_html(text)
        if is_list:
            text = next(filter(None, map(str.strip, _SEVERAL.split(text))), "")
        if is_name:
            text = _LINE_BREAKS.sub(" ", text)
        if name == "sku" and _CUT_SHORT.fullmatch(text):
            raise RefusedError(
                "cut_short",
                "is a number of which Excel has kept the first digits only; format the"
                " column as text in the source and export it again",
            )
        return str(validated(adapter, restore(text)))

    # A name with what nobody can see, or spaces in a row, needs a second look, and so
    # does a code that looks like a number, and whatever has a tag in it.
    odd = f"(?!.*(?:  |[{SUSPICIOUS}]))" if is_name else ""
    odd += "(?!.*[Ee]\\+)" if name == "sku" else ""
    odd += "(?!.*[<&])" if is_html else ""
    odd += "(?!.*[,|;])" if is_list else ""
    odd += "(?!.*>)" if name == "category" else ""  # A path.
    plain = (
        re.compile(f"{odd}{_PLAIN}{_PLAIN_REST}{{0,{longest - 1}}}")
        if longest
        else NO_CELL
    )
    return CellReader(name, plain, read)


def _without_equals(text: str) -> str:
    found = _KEPT_TEXT.fullmatch(text)
    return found[1].replace('""', '"').strip() if found else text


def validated(adapter: TypeAdapter[Any], text: Any) -> Any:
    """A cell as a request would have it.

    Raises:
        RefusedError: If a request would be refused for it.
    """
    try:
        return adapter.validate_python(text)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False)[0]
        code = _CODES.get(fault["type"], fault["type"])
        message = fault["msg"].removeprefix("Input ")
        raise RefusedError(code, message) from None


def readable(value: str) -> str:
    """A cell as it can be shown, and kept."""
    return value.translate(UNMARKED).encode("utf-8", "replace").decode()


def show(row: int, column: str | None, fault: Fault, value: str | None) -> RowFault:
    """A fault as a report tells it."""
    shown = readable(value[:LONGEST_SHOWN]) if value else None
    return RowFault(row, column, *fault, shown)
