"""Writing products into the files that an import reads."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import IO, Any, Protocol

from shopkeeper.imports.sheets.header_meanings import COLUMNS
from shopkeeper.utils.formulas import defuse
from shopkeeper.utils.money import COST_DIGITS, display, shop_currency
from shopkeeper.utils.spreadsheets import write_rows


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
