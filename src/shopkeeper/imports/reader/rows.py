"""What is wrong with whole rows of a file, whatever their cells say."""

from collections.abc import Iterator, Sequence

from shopkeeper.imports.sheets.columns import MONEY
from shopkeeper.imports.sheets.currencies import currency_in_cell, is_currency
from shopkeeper.imports.sheets.tables import Table
from shopkeeper.imports.sheets.texts import BrokenRecord
from shopkeeper.imports.sheets.words import UNPUBLISHED
from shopkeeper.imports.sheets.workbooks import UNMARKED
from shopkeeper.service.money import shop_currency

Fault = tuple[str, str]
# The place of a row in its batch, the column if it is about one, and what is wrong.
RowFault = tuple[int, str | None, Fault]


def faults_of_rows(
    table: Table, batch: Sequence[tuple[int, list[str]]]
) -> Iterator[RowFault]:
    """What is wrong with the rows of a batch."""
    width = len(table.header.cells)
    for place, (_, cells) in enumerate(batch):
        if isinstance(cells, BrokenRecord):
            yield place, None, cells.fault
        elif not table.is_workbook and len(cells) > width and any(cells[width:]):
            yield place, None, _too_many_cells(cells, width)
    if table.header.status_place is not None:
        yield from _unpublished(table, batch, table.header.status_place)
    yield from _in_other_currencies(table, batch)


def _too_many_cells(cells: list[str], width: int) -> Fault:
    return (
        "too_many_cells",
        (
            f"has {len(cells)} cells under {width} headers; a value with the delimiter"
            " in it has to stand in quotes"
        ),
    )


def _unpublished(
    table: Table, batch: Sequence[tuple[int, list[str]]], at: int
) -> Iterator[RowFault]:
    header = table.header.cells[at]
    for place, (_, cells) in enumerate(batch):
        told = cells[at].translate(UNMARKED).strip() if at < len(cells) else ""
        if told.casefold() in UNPUBLISHED:
            yield (
                place,
                None,
                (
                    "not_published",
                    (
                        f"is not on sale, {told!r} under {header!r} says; say"
                        f' columns={{"{header}": null}} to import it all the same'
                    ),
                ),
            )


def _in_other_currencies(
    table: Table, batch: Sequence[tuple[int, list[str]]]
) -> Iterator[RowFault]:
    """Amounts that their header, or a cell beside them, tells are of other money."""
    header, currency = table.header, shop_currency().code
    foreign = {c: told for c, told in header.currencies.items() if told != currency}
    if not foreign and header.currency_place is None:
        return
    for place, (_, cells) in enumerate(batch):
        beside = ""
        if header.currency_place is not None and header.currency_place < len(cells):
            beside = cells[header.currency_place].strip()
        for column in MONEY:
            at = header.places.get(column)
            if at is None or at >= len(cells) or not cells[at].strip():
                continue
            told = foreign.get(column)
            if told is not None:
                yield place, column, _wrong(told, currency, header.cells[at], column)
            elif beside and not is_currency(beside, currency):
                other = header.cells[header.currency_place or 0]
                yield place, column, _wrong(currency_in_cell(beside), currency, other)


def _wrong(told: str, currency: str, header: str, column: str | None = None) -> Fault:
    means = f'"{column}"' if column else "null"
    return (
        "wrong_currency",
        (
            f"is in {told}, {header!r} says, but the shop's currency is {currency}; if"
            f' it is in {currency} all the same, say columns={{"{header}": {means}}}'
        ),
    )
