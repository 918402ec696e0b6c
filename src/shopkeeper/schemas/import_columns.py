"""Columns of an imported file, held to the rules of a product.

Most cells of most files are fine as they stand, and are seen to be so by one
pattern for a whole column. The rest goes through the very schemas that a
request goes through, and a cell that fails there is told with its reason.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from shopkeeper.schemas.fields.money import CostInput, PriceInput
from shopkeeper.schemas.fields.names import SUSPICIOUS
from shopkeeper.schemas.fields.numbers import LARGEST_QUANTITY
from shopkeeper.schemas.fields.text import CategoryName, Description, Name, Sku
from shopkeeper.service.formulas import restore
from shopkeeper.service.money import COST_DIGITS, shop_currency
from shopkeeper.service.product_files import LONGEST_SHOWN, RowFault
from shopkeeper.service.spreadsheets.numbers import (
    DecimalMark,
    NotANumberError,
    plain_number,
)
from shopkeeper.service.spreadsheets.workbooks import FORMULA_ERROR

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
_MOST_REMEMBERED = 50_000
FileQuantity = Annotated[int, Field(ge=0, le=LARGEST_QUANTITY)]
Fault = tuple[str, str]


class _RefusedError(ValueError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.fault = (code, message)


@dataclass
class Column:
    """How the cells of one column are read."""

    name: str
    plain: re.Pattern[str]
    read: Callable[[str], str]
    is_text: bool
    remembered: dict[str, str | Fault] = field(default_factory=dict)

    def clean(
        self, cells: "pd.Series[str]"
    ) -> tuple[list[str | None], dict[int, Fault]]:
        """Values to be written, None where a cell is empty or bad; and the faults."""
        stripped = cells.str.strip()
        fine = stripped.str.fullmatch(self.plain)
        values: list[str | None] = list(stripped)
        if self.is_text and not unicodedata.is_normalized("NFC", "".join(stripped)):
            fine &= stripped.map(lambda text: unicodedata.is_normalized("NFC", text))
        faults: dict[int, Fault] = {}
        for place in (~fine).to_numpy().nonzero()[0].tolist():
            text = values[place]
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
        try:
            return self.read(text)
        except _RefusedError as refused:
            return refused.fault
        except NotANumberError as refused:
            return refused.code, str(refused)


def make_columns(marks: Mapping[str, DecimalMark]) -> dict[str, Column]:
    """The columns of a product, for a file whose numbers are written so."""
    currency = shop_currency()
    unknown = DecimalMark.UNKNOWN

    def amount(name: str, kind: Any, digits: int) -> Column:
        mark = marks.get(name, unknown)
        return Column(
            name,
            _plain_amount(digits, mark),
            _number_reader(kind, mark, currency.code),
            is_text=False,
        )

    quantity = _number_reader(FileQuantity, marks.get("quantity", unknown), None)
    return {
        "name": _text_column("name", Name, 120, is_name=True),
        "sku": _text_column("sku", Sku, 64, is_name=True),
        "category": _text_column("category", CategoryName, 120, is_name=True),
        "quantity": Column("quantity", re.compile("[0-9]{1,9}"), quantity, False),
        "price": amount("price", PriceInput, currency.digits),
        "cost": amount("cost", CostInput, COST_DIGITS),
        "description": _text_column("description", Description, 5000),
    }


def _text_column(
    name: str, kind: Any, longest: int, *, is_name: bool = False
) -> Column:
    adapter = TypeAdapter(kind)

    def read(text: str) -> str:
        return str(_validated(adapter, restore(text)))

    # A name with what nobody can see, or spaces in a row, needs a second look.
    odd = f"(?!.*(?:  |[{SUSPICIOUS}]))" if is_name else ""
    plain = re.compile(f"{odd}{_PLAIN}{_PLAIN_REST}{{0,{longest - 1}}}")
    return Column(name, plain, read, is_text=True)


def _plain_amount(digits: int, mark: DecimalMark) -> re.Pattern[str]:
    """Amounts above 0 that need no second look: three decimals may be thousands."""
    whole = "0{0,3}[1-9][0-9]{0,9}"
    if mark is not DecimalMark.POINT or not digits:
        return re.compile(whole)
    return re.compile(rf"{whole}(\.[0-9]{{1,{digits}}})?")


def _number_reader(
    kind: Any, mark: DecimalMark, currency: str | None
) -> Callable[[str], str]:
    adapter = TypeAdapter(kind)

    def read(text: str) -> str:
        plain = plain_number(text, mark, currency)
        if currency is None:
            whole, _, decimals = plain.partition(".")
            if decimals.strip("0"):
                raise _RefusedError("not_whole", "must be a whole number")
            plain = whole
        return str(_validated(adapter, plain))

    return read


def _validated(adapter: TypeAdapter[Any], text: str) -> Any:
    try:
        return adapter.validate_python(text)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False)[0]
        code = _CODES.get(fault["type"], fault["type"])
        message = fault["msg"].removeprefix("Input ")
        raise _RefusedError(code, message) from None


def readable(value: str) -> str:
    """A cell as it can be shown, and kept."""
    return value.removeprefix(FORMULA_ERROR).encode("utf-8", "replace").decode()


def show(row: int, column: str | None, fault: Fault, value: str | None) -> RowFault:
    """A fault as a report tells it."""
    shown = readable(value[:LONGEST_SHOWN]) if value else None
    return RowFault(row, column, *fault, shown)
