"""Which cell of a row of headers is which column of a catalogue."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shopkeeper.imports.columns import COLUMN_NAMES, MONEY
from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.sheets.currencies import currency_in_header, without_currency
from shopkeeper.imports.sheets.options import OPTION
from shopkeeper.imports.sheets.programs import find_program
from shopkeeper.imports.sheets.words import (
    PRODUCT_KINDS,
    YES_OR_NO,
    meanings,
    means_price_of_a_unit,
    means_price_without_tax,
    plain,
)

# How the export of bad rows tells what the user has said of a header: Artikel [name].
IGNORED = "ignored"
# And that its quantities come on top of what is there.
ADDED = "to be added"
_TOLD = re.compile(rf"\[({'|'.join((*COLUMN_NAMES, IGNORED, ADDED))})\]$")
Said = Mapping[str, str | None]


@dataclass(frozen=True)
class Wishes:
    """What the user says of the headers of a file.

    Attributes:
        columns: Header (or the number of a column) to column, or to None to ignore it.
        row: The row that the headers stand in; 0 if there are none.
        match_by: The column by which products are told.
        currency: The shop's.
        is_added: Whether quantities come on top of what is there.
        file_format: The program that the file is said to be exported from.
    """

    columns: Said
    row: int | None
    match_by: str
    currency: str
    is_added: bool = False
    file_format: str | None = None


@dataclass(frozen=True)
class _Candidate:
    """A header that may mean a column; the lowest rank is meant."""

    rank: int
    place: int
    currency: str | None


def shown(cell: str) -> str:
    return cell.strip().strip("\ufeff\u200b").strip()


def place_said(wanted: str, cells: Sequence[str]) -> int | None:
    """The place of what the user names: this very header, one like it, or a number."""
    exact = [shown(cell).casefold() for cell in cells]
    if (name := shown(wanted).casefold()) in exact:
        return exact.index(name)
    likes = [plain(cell) for cell in cells]
    if likes.count(plain(wanted)) == 1:
        return likes.index(plain(wanted))
    number = wanted.strip()
    if number.isdecimal() and number.isascii() and 1 <= int(number[:9]) <= len(cells):
        return int(number) - 1
    return None


def meant(
    cells: Sequence[str], below: Sequence[Sequence[str]], wishes: Wishes
) -> Iterator[tuple[int, str, int]]:
    """Places, the columns that they mean, and how surely: the lowest is surest."""
    said = {place_said(wanted, cells): of for wanted, of in wishes.columns.items()}
    program = find_program(cells, wishes.file_format)
    for place, cell in enumerate(cells):
        if place in said:
            column = said[place]
            if column is not None and column != OPTION:
                yield place, column, 0
            continue
        told = _TOLD.search(cell)
        if told is not None:  # As the export of bad rows tells it.
            if told[1] != IGNORED:
                yield place, "quantity" if told[1] == ADDED else told[1], 0
            continue
        if program is not None and program.knows(cell):
            column = program.meaning(cell)
            if column is not None:
                yield place, column, 1
            continue
        for column, is_sure in _meanings(cell):
            if not _is_contradicted(column, plain(cell), place, below):
                is_own = plain(cell) == column
                yield place, column, 1 if is_own else 2 if is_sure else 3


def _meanings(cell: str) -> list[tuple[str, bool]]:
    return meanings(cell) or [
        (column, is_sure)
        for column, is_sure in meanings(without_currency(cell))
        if column in MONEY
    ]


def _is_contradicted(
    column: str, header: str, place: int, below: Sequence[Sequence[str]]
) -> bool:
    """Whether what stands below a header shows that it means something else."""
    cells = [cells[place].strip().casefold() for cells in below if place < len(cells)]
    values = {cell for cell in cells if cell}
    if not values:
        return False
    if column == "category" and header in {"type", "product type"}:
        return values <= PRODUCT_KINDS
    if column == "quantity" and header in {"in stock", "available", "skladem"}:
        return values <= YES_OR_NO and len(cells) > 1
    return False


def place_columns(
    cells: list[str], below: Sequence[Sequence[str]], wishes: Wishes
) -> tuple[dict[str, int], dict[str, str]]:
    """The place of each column, and the currencies that their headers tell."""
    found: dict[str, list[_Candidate]] = {}
    for place, column, rank in meant(cells, below, wishes):
        told = (
            currency_in_header(cells[place], wishes.currency)
            if column in MONEY and rank  # What the user says is the shop's.
            else None
        )
        # Of prices in several currencies the shop's own is meant.
        foreign = told is not None and told != wishes.currency
        found.setdefault(column, []).append(
            _Candidate(rank + 10 * foreign, place, told)
        )
    places: dict[str, int] = {}
    currencies: dict[str, str] = {}
    for column in COLUMN_NAMES:
        candidates = found.get(column, [])
        if not candidates:
            continue
        least = min(candidate.rank for candidate in candidates)
        best = [candidate for candidate in candidates if candidate.rank == least]
        own = [c for c in best if c.currency == wishes.currency] or best
        own = _filled(own, below) or own
        if column == "barcode":  # An article has one in each system.
            own = own[:1]
        if len(own) > 1 and own[0].currency in {None, wishes.currency}:
            raise _both_mean(column, own[0].place, own[1].place, cells)
        if column == "price" and least:
            _check_unit_price(own[0].place, cells, wishes)
        places[column] = own[0].place
        if own[0].currency is not None:
            currencies[column] = own[0].currency
    return places, currencies


def _filled(
    candidates: Sequence[_Candidate], below: Sequence[Sequence[str]]
) -> list[_Candidate]:
    """Those of several under which something stands."""
    return [
        each
        for each in candidates
        if any(each.place < len(row) and row[each.place].strip() for row in below)
    ]


def _both_mean(
    column: str, first: int, second: int, cells: Sequence[str]
) -> UnreadableFile:
    is_twice = cells[first] == cells[second]
    other = str(second + 1) if is_twice else cells[second]
    example = json.dumps({other: None}, ensure_ascii=False)
    return UnreadableFile(
        f"The headers {cells[first]!r} and {cells[second]!r} both mean {column}; say"
        f" with `columns` which does, such as columns={example} to leave the second"
        " out."
    )


def places_of(
    headers: frozenset[str], cells: Sequence[str], wishes: Wishes
) -> tuple[int, ...]:
    """Where headers of a kind stand of which the user says nothing."""
    said = {place_said(wanted, cells) for wanted in wishes.columns}
    return tuple(
        place
        for place, cell in enumerate(cells)
        if plain(cell) in headers and place not in said
    )


def _check_unit_price(chosen: int, cells: Sequence[str], wishes: Wishes) -> None:
    """Refuse what may be the price of a litre, where another price stands too."""
    said = {place_said(wanted, cells) for wanted in wishes.columns}
    others = [
        cell
        for place, cell in enumerate(cells)
        if place != chosen and place not in said and means_price_without_tax(cell)
    ]
    if not others or not means_price_of_a_unit(cells[chosen]):
        return
    one = json.dumps({others[0]: "price"}, ensure_ascii=False)
    other = json.dumps({cells[chosen]: "price", others[0]: None}, ensure_ascii=False)
    raise UnreadableFile(
        f"The header {cells[chosen]!r} may mean the price of a piece or of a litre, and"
        f" {others[0]!r} stands there too; say with `columns` which one is to be the"
        f" price, such as columns={one}, or columns={other}."
    )
