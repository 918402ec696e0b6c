"""Writing products into the files that an import reads."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import IO, Any, Protocol

from shopkeeper.imports.sheets.columns import COLUMNS
from shopkeeper.utils.formulas import defuse
from shopkeeper.utils.money import COST_DIGITS, display, shop_currency

# Excel takes no longer name of a sheet.
LONGEST_TITLE = 31


class FileFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


class Listed(Protocol):
    """What of a product stands in a file."""

    @property
    def name(self) -> str: ...
    @property
    def sku(self) -> str | None: ...
    @property
    def category(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def price(self) -> Decimal: ...
    @property
    def cost(self) -> Decimal | None: ...
    @property
    def description(self) -> str | None: ...


def write_products(
    products: Iterable[Listed], file_format: FileFormat, file: IO[bytes]
) -> None:
    """Write products under the headers that an import reads, one at a time."""
    if file_format is FileFormat.CSV:
        write_rows(map(_as_text, products), COLUMNS, file)
    else:
        _write_workbook(products, file)


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


def _as_text(product: Listed) -> list[str]:
    return ["" if value is None else str(value) for value in _values(product)]


def _values(product: Listed) -> list[Any]:
    """In the order of COLUMNS."""
    cost = product.cost
    return [
        product.name,
        product.sku,
        product.category,
        product.quantity,
        display(product.price, shop_currency().digits),
        None if cost is None else display(cost, COST_DIGITS),
        product.description,
    ]


def _write_workbook(products: Iterable[Listed], file: IO[bytes]) -> None:
    import openpyxl  # noqa: PLC0415  # Few processes write workbooks.
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Products")
    digits = shop_currency().digits
    formats = {
        "price": "0." + "0" * digits if digits else "0",
        "cost": "0." + "0" * COST_DIGITS,
    }

    def cell(column: str, value: Any) -> Any:
        if value is None or column == "quantity":
            return value
        if column in formats:
            written = WriteOnlyCell(sheet, Decimal(value))  # type: ignore[arg-type]  # Its stub forgets decimals.
            written.number_format = formats[column]
            return written
        written = WriteOnlyCell(sheet, defuse(value))
        written.data_type = "s"
        return written

    sheet.append(list(COLUMNS))
    for product in products:
        values = zip(COLUMNS, _values(product), strict=True)
        sheet.append([cell(column, value) for column, value in values])
    book.save(file)
    book.close()
