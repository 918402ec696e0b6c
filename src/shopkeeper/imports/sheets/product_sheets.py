"""Writing products into the files that an import reads."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from itertools import chain
from types import SimpleNamespace
from typing import IO, Any

from shopkeeper.imports.columns import (
    COLUMN_NAMES,
    COLUMNS,
    Listed,
    ProductColumn,
)
from shopkeeper.utils.formulas import defuse
from shopkeeper.utils.money import display
from shopkeeper.utils.spreadsheets import write_rows


class FileFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


class Layout(StrEnum):
    """Whose columns a file has."""

    OWN = "own"
    SHOPIFY = "shopify"


def write_products(
    products: Iterable[Listed], file_format: FileFormat, file: IO[bytes]
) -> None:
    """Write products under the headers that an import reads, one at a time.

    There are as many columns of options as some product has.
    """
    rows = iter(products)
    first = next(rows, None)
    options = first.most_options if first is not None else 0
    if first is not None:
        rows = chain([first], rows)
    if file_format is FileFormat.CSV:
        texts = (_as_text(product, options) for product in rows)
        write_rows(texts, _headers(options), file)
    else:
        _write_workbook(rows, options, file)


def _headers(options: int) -> list[str]:
    pairs = [
        f"option{number} {what}"
        for number in range(1, options + 1)
        for what in ("name", "value")
    ]
    return [*COLUMN_NAMES, *pairs]


def _options(product: Listed, options: int) -> list[str | None]:
    """Names and values of a product's options, and nothing for those it has not."""
    names, values = product.option_names or (), product.option_values or ()
    told = [word for pair in zip(names, values, strict=True) for word in pair]
    return [*told, *[None] * (2 * options - len(told))]


def examples() -> list[Any]:
    """Two products that show what each column takes."""
    rows = zip(*(column.examples for column in COLUMNS), strict=True)
    return [
        SimpleNamespace(
            **dict(zip(COLUMN_NAMES, row, strict=True)),
            option_names=None,
            option_values=None,
            most_options=0,
        )
        for row in rows
    ]


def _as_text(product: Listed, options: int) -> list[str]:
    values = [*_values(product), *_options(product, options)]
    return ["" if value is None else str(value) for value in values]


def _values(product: Listed) -> list[Any]:
    return [_value(column, product) for column in COLUMNS]


def _value(column: ProductColumn, product: Listed) -> Any:
    value = column.written(product)
    if value is None or column.decimals is None:
        return value
    return display(value, column.decimals())


def _write_workbook(products: Iterable[Listed], options: int, file: IO[bytes]) -> None:
    import openpyxl  # noqa: PLC0415  # Few processes write workbooks.
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Products")

    def cell(column: ProductColumn, product: Listed) -> Any:
        value = _value(column, product)
        if value is None or (column.is_number and column.decimals is None):
            return value
        if column.decimals is not None:
            written = WriteOnlyCell(sheet, Decimal(value))  # type: ignore[arg-type]  # Its stub forgets decimals.
            digits = column.decimals()
            written.number_format = "0." + "0" * digits if digits else "0"
            return written
        return words(value)

    def words(value: str | None) -> Any:
        if value is None:
            return None
        written = WriteOnlyCell(sheet, defuse(value))
        written.data_type = "s"
        return written

    sheet.append(_headers(options))
    for product in products:
        told = map(words, _options(product, options))
        sheet.append([*[cell(column, product) for column in COLUMNS], *told])
    book.save(file)
    book.close()
