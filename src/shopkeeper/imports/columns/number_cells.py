"""Numbers in the cells of an imported file: amounts, pieces, weights."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter

from shopkeeper.imports.columns.cells import (
    NO_CELL,
    CellReader,
    RefusedError,
    validated,
)
from shopkeeper.imports.sheets.numbers import DecimalMark, plain_number
from shopkeeper.imports.sheets.workbooks import NUMBER
from shopkeeper.utils.money import shop_currency
from shopkeeper.web.schemas.fields.money import PriceInput
from shopkeeper.web.schemas.fields.numbers import (
    LARGEST_QUANTITY,
    MOST_GRAMS,
    MOST_MILLIMETRES,
)

if TYPE_CHECKING:
    from shopkeeper.imports.columns.column import Notation

FileQuantity = Annotated[int, Field(ge=0, le=LARGEST_QUANTITY)]
FileMillimetres = Annotated[int, Field(ge=1, le=MOST_MILLIMETRES)]


def amount_cells(
    name: str,
    kind: Any,
    digits: int,
    notation: "Notation",
    *,
    is_zero_nothing: bool = False,
) -> CellReader:
    """Reads amounts of the shop's money.

    Args:
        name: Of the column.
        kind: The type that a request has for it.
        digits: How many decimals it has at most.
        notation: How the file writes them.
        is_zero_nothing: Whether 0 says that there is none.
    """
    mark = notation.mark_of(name)
    return CellReader(
        name,
        _plain_amount(digits, mark),
        _number_reader(
            kind, mark, shop_currency().code, is_zero_nothing=is_zero_nothing
        ),
        _plain_amount(digits, DecimalMark.POINT, NUMBER),
    )


def weight_cells(notation: "Notation") -> CellReader:
    """Reads weights, in grams whatever the file has them in."""
    mark = notation.mark_of("weight_grams")

    def read(text: str) -> str:
        written = DecimalMark.POINT if text.startswith(NUMBER) else mark
        plain = plain_number(text.removeprefix(NUMBER), written, None)
        grams = (Decimal(plain) * notation.grams).quantize(Decimal("0.001"))
        if not 0 <= grams <= MOST_GRAMS:
            raise RefusedError("too_large", f"must be 0 to {MOST_GRAMS} grams")
        return f"{grams.normalize():f}"

    # Every cell is looked at: hardly two are alike, and all are to be grams.
    return CellReader("weight_grams", NO_CELL, read, NO_CELL)


def quantity_cells(notation: "Notation") -> CellReader:
    """Reads whole numbers of pieces."""
    return CellReader(
        "quantity",
        re.compile("[0-9]{1,9}"),
        _number_reader(FileQuantity, notation.mark_of("quantity"), None),
        re.compile(f"{NUMBER}[0-9]{{1,9}}"),
    )


def measure_cells(name: str, notation: "Notation") -> CellReader:
    """Reads whole numbers of millimetres."""
    return CellReader(
        name,
        re.compile("[1-9][0-9]{0,5}"),
        _number_reader(FileMillimetres, notation.mark_of(name), None),
        re.compile(f"{NUMBER}[1-9][0-9]{{0,5}}"),
    )


def _plain_amount(digits: int, mark: DecimalMark, before: str = "") -> re.Pattern[str]:
    """Amounts above 0 that need no second look: three decimals may be thousands."""
    whole = f"{before}0{{0,3}}[1-9][0-9]{{0,9}}"
    if mark is not DecimalMark.POINT or not digits:
        return re.compile(whole)
    return re.compile(rf"{whole}(\.[0-9]{{1,{digits}}})?")


def _number_reader(
    kind: Any,
    mark: DecimalMark,
    currency: str | None,
    *,
    is_zero_nothing: bool = False,
) -> Callable[[str], str]:
    adapter = TypeAdapter(kind)

    def read(text: str) -> str:
        written = DecimalMark.POINT if text.startswith(NUMBER) else mark
        plain = plain_number(text.removeprefix(NUMBER), written, currency)
        if kind is PriceInput and not plain.strip("0."):
            if is_zero_nothing:
                return ""
            raise RefusedError(
                "not_positive",
                "is 0, and a price must be greater than 0; leave the row out, if it is"
                " not for sale",
            )
        if currency is None:
            whole, _, decimals = plain.partition(".")
            if decimals.strip("0"):
                raise RefusedError("not_whole", "must be a whole number")
            plain = whole
        return str(validated(adapter, plain))

    return read
