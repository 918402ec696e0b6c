"""A file as text, whatever it was: its rows, and what was found out of it."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile

from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.sheets import texts
from shopkeeper.imports.sheets.archives import check_archive
from shopkeeper.imports.sheets.encodings import find_encoding, show_words
from shopkeeper.imports.sheets.header_meanings import Wishes
from shopkeeper.imports.sheets.header_row import ROWS_LOOKED_AT, find_header
from shopkeeper.imports.sheets.kinds import Kind, kind_of, unpack
from shopkeeper.imports.sheets.limits import Limits, seconds_for, too_many_rows
from shopkeeper.imports.sheets.workbooks import open_sheet

Record = tuple[int, list[str]]
ROWS_BETWEEN_TELLING = 1000


@dataclass(frozen=True)
class Choices:
    """What the user says of a file; None is found out."""

    currency: str
    match_by: str = "name"
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    header_row: int | None = None
    columns: dict[str, str | None] = field(default_factory=dict)
    category_from_above: bool = False
    is_added: bool = False
    file_format: str | None = None

    @property
    def wishes(self) -> Wishes:
        return Wishes(
            self.columns,
            self.header_row,
            self.match_by,
            self.currency,
            self.is_added,
            self.file_format,
        )


@dataclass(frozen=True)
class Watch:
    """Who is told how looking through a workbook goes.

    `looked_at` of so many rows so far; `may_take` so many seconds of computing.
    """

    looked_at: Callable[[int], None]
    may_take: Callable[[int], None]


@dataclass(frozen=True)
class Source:
    """A file as text: where it is, how it is written, and what was found out of it.

    Attributes:
        path: Of the text.
        encoding: Of the text.
        delimiter: Between the cells of a row.
        sheet: The sheet of the workbook that it was; None if it was a text.
        notes: Sentences about how the file is read.
        other_sheets: The names of those that were not read.
    """

    path: Path
    encoding: str
    delimiter: str
    sheet: str | None = None
    notes: tuple[str, ...] = ()
    other_sheets: tuple[str, ...] = ()

    @property
    def is_workbook(self) -> bool:
        return self.sheet is not None

    def records(
        self, is_record: Callable[[list[str]], bool] = lambda _: False
    ) -> Iterator[Record]:
        """Every record, numbered as a spreadsheet does."""
        records = texts.read_records(
            self.path, self.encoding, self.delimiter, is_record
        )
        if not self.is_workbook:
            return records
        # Kept as text with its row's number before it.
        return ((int(cells[0]), cells[1:]) for _, cells in records)


def open_source(
    path: Path,
    filename: str,
    choices: Choices,
    limits: Limits,
    watch: Watch,
) -> Source:
    """Find out how a file is written.

    Raises:
        UnreadableFile: If it is of no kind that we read, or damaged.
        FileTooLarge: If it is over a limit.
    """
    kind, packed = kind_of(path, filename)
    if kind is Kind.WORKBOOK:
        return _open_workbook(path, choices, limits, watch)
    return _open_text(path, choices, limits, watch, is_packed=packed)


def _open_workbook(
    path: Path, choices: Choices, limits: Limits, watch: Watch
) -> Source:
    watch.may_take(seconds_for(check_archive(path, limits), limits))
    with open_sheet(path, choices.sheet) as sheet:
        text = _copy_rows(_told(sheet.rows, watch.looked_at), path.parent, limits)
    notes = []
    if sheet.others:
        notes.append(
            f"Of the sheets, {sheet.title!r} was read, and not"
            f" {', '.join(map(repr, sheet.others[:5]))}; say `sheet` for another."
        )
    if sheet.hidden and choices.sheet is None:
        notes.append(
            f"Hidden sheets are not read: {', '.join(map(repr, sheet.hidden[:5]))}."
        )
    others = (*sheet.others, *sheet.hidden)
    return Source(text, "utf-8", ",", sheet.title, tuple(notes), others)


def _open_text(
    path: Path, choices: Choices, limits: Limits, watch: Watch, *, is_packed: bool
) -> Source:
    if choices.sheet is not None:
        raise UnreadableFile("A text file has no sheets; leave `sheet` out.")
    path = unpack(path, limits) if is_packed else path
    watch.may_take(seconds_for(path.stat().st_size, limits))
    encoding, is_sure = (
        (choices.encoding, True) if choices.encoding else (find_encoding(path))
    )
    delimiter = choices.delimiter or _find_delimiter(path, encoding, choices)
    notes: tuple[str, ...] = ()
    if not is_sure:
        notes = (
            (
                f"The text was taken for {encoding}, in which it reads"
                f" {show_words(path, encoding)!r}; if that is wrong, say `encoding`."
            ),
        )
    return Source(path, encoding, delimiter, notes=notes)


def _find_delimiter(path: Path, encoding: str, choices: Choices) -> str:
    """The delimiter with which a header has most columns that we know."""
    best, most = texts.DELIMITERS[0], (0, 0)
    for delimiter in texts.DELIMITERS:
        sample = texts.read_sample(path, encoding, delimiter)
        records = [(n, cells) for n, cells in enumerate(sample, start=1) if any(cells)]
        if choices.header_row == 0:  # The one that makes most columns in all rows.
            widths = [len(cells) for _, cells in records]
            found = (min(widths, default=0), max(widths, default=0))
        else:
            header = find_header(records, choices.wishes)
            found = (len(header.places), len(header.cells)) if header else (0, 0)
        if found > most:
            best, most = delimiter, found
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
