"""Text files: their lines, and the records in them.

A record may go over several lines, if a quote is opened in one and closed in another.
A stray quote therefore swallows what follows. So that it costs its own row only, a
record that comes out wrong is taken as its first line, and reading goes on with the
second.
"""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.sheets.limits import (
    LONGEST_CELL,
    LONGEST_LINE,
    MOST_BLANK_ROWS,
    too_many_blank_rows,
)
from shopkeeper.web.errors import FileTooLarge

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 64 * 1024
# A record has so many lines at most, and no line is read again more often than so.
MOST_LINES = 500
MOST_AGAIN = 20
Fault = tuple[str, str]


class BrokenRecord(list[str]):
    """The cells of a line that is no record, as far as they can be told; and why."""

    def __init__(self, cells: list[str], fault: Fault) -> None:
        super().__init__(cells)
        self.fault = fault


class _TooManyLinesError(Exception):
    """A record goes over more lines than any does."""


class _Lines:
    """The lines of a text, of which those of a record may be given back."""

    def __init__(self, file: io.TextIOBase) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self._number = self._given_back = 0
        # Those that the present record has taken.
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        again, taken = self._again, self.taken
        while True:
            if again:
                line = again.popleft()
            elif line := self._file.readline(LONGEST_LINE):
                self._number += 1
                _check_line(line, self._number)
                if (
                    self._number == 1
                ):  # A mark of the byte order is no part of a header.
                    line = line.removeprefix("\ufeff")
            else:
                return
            taken.append(line)
            if len(taken) > MOST_LINES:
                raise _TooManyLinesError
            yield line

    def give_back(self) -> str:
        """Take back all but the first of the lines of a record; give that."""
        first, *others = self.taken
        self._again.extendleft(reversed(others))
        self._given_back += len(others)
        if self._given_back > MOST_AGAIN * (self._number + MOST_LINES):
            raise UnreadableFile(
                "Too many rows have a quote that is opened and never closed; a quote"
                ' within a quoted value is written twice ("").'
            )
        return first


def _check_line(line: str, number: int) -> None:
    if len(line) == LONGEST_LINE:
        raise FileTooLarge(
            f"Line {number} is longer than {LONGEST_LINE} characters.",
            limit=LONGEST_LINE,
        )
    if "\0" in line:
        raise UnreadableFile(f"Line {number} has a NUL character; it is no text.")
    if not line.isascii():
        line.encode()  # Some encodings give halves of characters.


def read_records(
    path: Path,
    encoding: str,
    delimiter: str,
    is_record: Callable[[list[str]], bool] = lambda _: False,
) -> Iterator[tuple[int, list[str]]]:
    """Every record, numbered as a spreadsheet numbers its rows.

    Args:
        path: Where the text is.
        encoding: Of the text.
        delimiter: Between the cells of a record.
        is_record: Whether cells look like a whole record. A record in which such
            a line is swallowed is broken.

    Raises:
        UnreadableFile: If it is no text.
        FileTooLarge: If a line is longer than any catalogue's, or too many are blank.
    """
    csv.field_size_limit(LONGEST_CELL)
    number = blank = 0
    try:
        with path.open(encoding=encoding, newline="") as file:
            for cells in _records(_Lines(file), delimiter, is_record):
                number += 1
                if not cells:
                    blank += 1
                    if blank > MOST_BLANK_ROWS:
                        raise too_many_blank_rows()
                yield number, cells
    except UnicodeError as error:
        raise UnreadableFile(
            f"The file is not {encoding} text: {error}. Say what it is with"
            " `encoding`, such as encoding=cp1252."
        ) from error


def _records(
    lines: _Lines, delimiter: str, is_record: Callable[[list[str]], bool]
) -> Iterator[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    taken = lines.taken
    while True:
        taken.clear()
        fault = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _TooManyLinesError:
            fault = UNCLOSED
        except csv.Error as error:
            fault = _explain(str(error))
        else:
            if any(is_record(_cells_of(line, delimiter)) for line in taken[1:]):
                fault = UNCLOSED
        if fault is not None:  # Go on with its second line.
            cells = _broken(lines, delimiter, fault)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        yield cells


def _broken(lines: _Lines, delimiter: str, fault: Fault) -> BrokenRecord:
    return BrokenRecord(_cells_of(lines.give_back(), delimiter), fault)


def _cells_of(line: str, delimiter: str) -> list[str]:
    return line.rstrip("\r\n").split(delimiter)


def read_sample(path: Path, encoding: str, delimiter: str) -> list[list[str]]:
    """The first records, as far as they are ones with this delimiter."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            text = file.read(SAMPLE).removeprefix("\ufeff")
    except UnicodeError as error:
        raise UnreadableFile(
            f"The file is not {encoding} text: {error}. Say what it is with"
            " `encoding`, such as encoding=cp1252."
        ) from error
    if len(text) == SAMPLE:  # The last line may be cut.
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    csv.field_size_limit(max(LONGEST_CELL, SAMPLE))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [cells for cells, _ in zip(reader, range(50), strict=False)]
    except csv.Error:
        return []


UNCLOSED = ("quote_not_closed", "has a quote that is opened and never closed")


def _explain(fault: str) -> Fault:
    if "unexpected end" in fault:
        return UNCLOSED
    if "field larger" in fault:
        return (
            "quote_not_closed",
            (
                f"has a cell of more than {LONGEST_CELL} characters; is a quote opened"
                " and never closed?"
            ),
        )
    if "expected after" in fault:
        return (
            "text_after_quote",
            (
                "has text after a closing quote; a quote within a quoted value is"
                ' written twice ("")'
            ),
        )
    return "no_record", f"is no record: {fault}"
