"""A file as a table: where its header is, how many rows it has, and the rows.

The file is looked through once before a row of it is given out: only the whole
column says whether `1.299` is a thousand or a little more than one.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile

from shopkeeper.service.errors import UnreadableFile
from shopkeeper.service.spreadsheets import texts
from shopkeeper.service.spreadsheets.headers import (
    ROWS_LOOKED_AT,
    Header,
    check_header,
    find_header,
)
from shopkeeper.service.spreadsheets.kinds import Kind, kind_of, unpack
from shopkeeper.service.spreadsheets.limits import (
    Limits,
    seconds_for,
    too_many_rows,
)
from shopkeeper.service.spreadsheets.numbers import DecimalMark, shown_mark
from shopkeeper.service.spreadsheets.workbooks import check_archive, list_rows

Record = tuple[int, list[str]]
ROWS_BETWEEN_TELLING = 1000
NUMERIC = ("quantity", "price", "cost")


@dataclass(frozen=True)
class Choices:
    """What the user says of a file; None is found out."""

    match_by: str = "name"
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    columns: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Watch:
    """Who is told how looking through a workbook goes.

    `looked_at` of so many rows so far; `may_take` so many seconds of computing.
    """

    looked_at: Callable[[int], None]
    may_take: Callable[[int], None]


@dataclass(frozen=True)
class Table:
    """A table whose rows can be gone through."""

    path: Path
    encoding: str
    delimiter: str
    is_workbook: bool
    header: Header
    total_rows: int
    marks: dict[str, DecimalMark]

    def rows(self) -> Iterator[Record]:
        """The rows below the header that are not blank, with their numbers."""
        records = texts.read_records(self.path, self.encoding, self.delimiter)
        if self.is_workbook:  # Kept as text with its row's number before it.
            records = ((int(cells[0]), cells[1:]) for _, cells in records)
        return _below(records, self.header)


def open_table(
    path: Path,
    filename: str,
    choices: Choices,
    limits: Limits,
    watch: Watch,
) -> Table:
    """Look a file through.

    Args:
        path: Where it is; its folder is scratch space too.
        filename: What the user calls it; tells what it is.
        choices: What the user says of it.
        limits: What it may take.
        watch: Is told of how it goes.

    Raises:
        UnreadableFile: If it is not a table with a header that we know.
        FileTooLarge: If it is over a limit.
    """
    kind, packed = kind_of(path, filename)
    if kind is Kind.WORKBOOK:
        watch.may_take(seconds_for(check_archive(path, limits), limits))
        path = _copy_rows(
            _told(list_rows(path, choices.sheet), watch.looked_at), path.parent, limits
        )
        encoding, delimiter = "utf-8", ","
    else:
        if choices.sheet is not None:
            raise UnreadableFile("A text file has no sheets; leave `sheet` out.")
        path = unpack(path, limits) if packed else path
        watch.may_take(seconds_for(path.stat().st_size, limits))
        encoding = choices.encoding or texts.find_encoding(path)
        delimiter = choices.delimiter or _find_delimiter(path, encoding, choices)
    is_workbook = kind is Kind.WORKBOOK
    records = texts.read_records(path, encoding, delimiter)
    if is_workbook:
        records = ((int(cells[0]), cells[1:]) for _, cells in records)
    first = list(islice((r for r in records if any(r[1])), ROWS_LOOKED_AT))
    if not first:
        raise UnreadableFile(
            "The sheet is empty." if is_workbook else "The file is empty."
        )
    header = check_header(
        find_header(first, choices.columns), first, choices.columns, choices.match_by
    )
    table = Table(path, encoding, delimiter, is_workbook, header, 0, {})
    total, marks = _look_through(table, limits)
    return Table(path, encoding, delimiter, is_workbook, header, total, marks)


def _find_delimiter(path: Path, encoding: str, choices: Choices) -> str:
    """The delimiter with which a header has most columns that we know."""
    best, most = texts.DELIMITERS[0], (0, 0)
    for delimiter in texts.DELIMITERS:
        sample = texts.read_sample(path, encoding, delimiter)
        records = [(n, cells) for n, cells in enumerate(sample, start=1) if any(cells)]
        header = find_header(records, choices.columns)
        if header is not None and (len(header.places), len(header.cells)) > most:
            best, most = delimiter, (len(header.places), len(header.cells))
    return best


def _copy_rows(rows: Iterator[Record], folder: Path, limits: Limits) -> Path:
    """Keep a workbook's rows as text: reading it is the slowest part, done once."""
    count = 0
    with NamedTemporaryFile(
        "w", dir=folder, delete=False, encoding="utf-8", newline=""
    ) as target:
        writer = csv.writer(target)
        for number, cells in rows:
            count += 1
            # A preamble and a header may stand above the rows.
            if count > limits.rows + ROWS_LOOKED_AT + 1:
                raise too_many_rows(limits)
            writer.writerow([number, *_writable(cells)])
    return Path(target.name)


def _told(rows: Iterator[Record], looked_at: Callable[[int], None]) -> Iterator[Record]:
    for count, row in enumerate(rows, start=1):
        yield row
        if count % ROWS_BETWEEN_TELLING == 0:
            looked_at(count)


def _writable(cells: Sequence[str]) -> list[str]:
    if not "".join(cells).isascii():
        return [cell.encode("utf-8", "replace").decode() for cell in cells]
    return [cell.replace("\0", "") for cell in cells]


def _look_through(table: Table, limits: Limits) -> tuple[int, dict[str, DecimalMark]]:
    """How many rows there are, and how their numbers are written."""
    places = {c: p for c, p in table.header.places.items() if c in NUMERIC}
    marks = dict.fromkeys(places, DecimalMark.UNKNOWN)
    total = 0
    for _, cells in table.rows():
        total += 1
        if total > limits.rows:
            raise too_many_rows(limits)
        for column, place in places.items():
            value = cells[place] if place < len(cells) else ""
            if "." in value or "," in value:
                shown = shown_mark(value, is_whole=column == "quantity")
                marks[column] = marks[column].seen_with(shown)
    # A column that shows nothing is written as the others are.
    together = reduce(DecimalMark.seen_with, marks.values(), DecimalMark.UNKNOWN)
    if together in {DecimalMark.POINT, DecimalMark.COMMA}:
        marks = dict.fromkeys(places, together)
    return total, marks


def _below(records: Iterator[Record], header: Header) -> Iterator[Record]:
    for number, cells in records:
        if number > header.row and any(map(str.strip, cells)):
            yield number, cells
