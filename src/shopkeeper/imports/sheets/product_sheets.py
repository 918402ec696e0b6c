"""Writing products into the files that an import reads."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
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


def write_products(
    products: Iterable[Listed], file_format: FileFormat, file: IO[bytes]
) -> None:
    """Write products under the headers that an import reads, one at a time."""
    if file_format is FileFormat.CSV:
        write_rows(map(_as_text, products), COLUMN_NAMES, file)
    else:
        _write_workbook(products, file)


def examples() -> list[Any]:
    """Two products that show what each column takes."""
    rows = zip(*(column.examples for column in COLUMNS), strict=True)
    return [
        SimpleNamespace(**dict(zip(COLUMN_NAMES, row, strict=True))) for row in rows
    ]


def _as_text(product: Listed) -> list[str]:
    return ["" if value is None else str(value) for value in _values(product)]


def _values(product: Listed) -> list[Any]:
    return [_value(column, product) for column in COLUMNS]


def _value(column: ProductColumn, product: Listed) -> Any:
    value = column.written(product)
    if value is None or column.decimals is None:
        return value
    return display(value, column.decimals())


def _write_workbook(products: Iterable[Listed], file: IO[bytes]) -> None:
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
        written = WriteOnlyCell(sheet, defuse(value))
        written.data_type = "s"
        return written

    sheet.append(list(COLUMN_NAMES))
    for product in products:
        sheet.append([cell(column, product) for column in COLUMNS])
    book.save(file)
    book.close()
