"""What is wrong with whole rows of a file, whatever their cells say."""

from collections.abc import Iterator, Sequence

from shopkeeper.imports.columns import MONEY
from shopkeeper.imports.columns.status import GIVEN_UP, least
from shopkeeper.imports.sheets.currencies import currency_in_cell, is_currency
from shopkeeper.imports.sheets.header_row import Header
from shopkeeper.imports.sheets.product_rows import ProductRow
from shopkeeper.imports.sheets.statuses import status_in
from shopkeeper.imports.sheets.tables import Table
from shopkeeper.imports.sheets.texts import BrokenRecord
from shopkeeper.imports.sheets.words import (
    COST_CURRENCY_HEADERS,
    YES,
    plain,
)
from shopkeeper.imports.sheets.workbooks import UNMARKED
from shopkeeper.models.product import ProductStatus
from shopkeeper.utils.money import shop_currency

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
            continue
        if isinstance(cells, ProductRow) and cells.fault is not None:
            yield place, None, cells.fault
        if not table.is_workbook and len(cells) > width and any(cells[width:]):
            yield place, None, _too_many_cells(cells, width)
    yield from _in_other_currencies(table, batch)


def _too_many_cells(cells: list[str], width: int) -> Fault:
    return (
        "too_many_cells",
        (
            f"has {len(cells)} cells under {width} headers; a value with the delimiter"
            " in it has to stand in quotes"
        ),
    )


def statuses_of(
    table: Table, batch: Sequence[tuple[int, list[str]]]
) -> list[str | None]:
    """Whether the products of a batch are on sale, as far as their rows say it."""
    header = table.header
    said = {*header.status_places, header.places.get("status", -1)}
    said -= {-1, *header.off_sale_places}
    return [_status_of(header, said, cells) for _, cells in batch]


def _status_of(header: Header, said: set[int], cells: list[str]) -> str | None:
    told = []
    for at in said:
        word = _word(cells, at)
        if word:
            told.append(status_in(header, word))
    for at in header.off_sale_places:
        word = _word(cells, at)
        if word and word.casefold() in YES:
            is_given_up = plain(header.cells[at]) in GIVEN_UP
            told.append(ProductStatus.ARCHIVED if is_given_up else ProductStatus.DRAFT)
        elif word:
            told.append(ProductStatus.ACTIVE)
    return least(told)


def _word(cells: list[str], at: int) -> str:
    return cells[at].translate(UNMARKED).strip() if at < len(cells) else ""


def _in_other_currencies(
    table: Table, batch: Sequence[tuple[int, list[str]]]
) -> Iterator[RowFault]:
    """Amounts that their header, or a cell beside them, tells are of other money."""
    header, currency = table.header, shop_currency().code
    foreign = {c: told for c, told in header.currencies.items() if told != currency}
    if not foreign and not header.currency_places:
        return
    beside = {column: _places_beside(table, column) for column in MONEY}
    for place, (_, cells) in enumerate(batch):
        for column in MONEY:
            at = header.places.get(column)
            if at is None or at >= len(cells) or not cells[at].strip():
                continue
            told = foreign.get(column)
            if told is not None:
                yield place, column, _wrong(told, currency, header.cells[at], column)
                continue
            for other in beside[column]:
                said = cells[other].strip() if other < len(cells) else ""
                if said and not is_currency(said, currency):
                    wrong = currency_in_cell(said)
                    yield place, column, _wrong(wrong, currency, header.cells[other])
                    break


def _places_beside(table: Table, column: str) -> list[int]:
    """Where rows tell the currency of a column's amounts."""
    header = table.header
    of_cost = [
        place
        for place in header.currency_places
        if plain(header.cells[place]) in COST_CURRENCY_HEADERS
    ]
    others = [place for place in header.currency_places if place not in of_cost]
    return (of_cost or others) if column == "cost" else others


def _wrong(told: str, currency: str, header: str, column: str | None = None) -> Fault:
    means = f'"{column}"' if column else "null"
    return (
        "wrong_currency",
        (
            f"is in {told}, {header!r} says, but the shop's currency is {currency}; if"
            f' it is in {currency} all the same, say columns={{"{header}": {means}}}'
        ),
    )
