"""Text files: their encoding, their lines, and the records in them."""

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

from shopkeeper.service.errors import FileTooLarge, UnreadableFile
from shopkeeper.service.spreadsheets.limits import (
    LONGEST_CELL,
    LONGEST_LINE,
    MOST_BLANK_ROWS,
    too_many_blank_rows,
)

DELIMITERS = (",", ";", "\t", "|")
BLOCK = 1024 * 1024
SAMPLE = 64 * 1024
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def find_encoding(path: Path) -> str:
    """The encoding of a text: UTF-8, UTF-16 or Windows-1252.

    Raises:
        UnreadableFile: If it is none of them.
    """
    with path.open("rb") as file:
        begins = file.read(SAMPLE)
    for bom, encoding in BOMS.items():
        if begins.startswith(bom):
            return encoding
    # UTF-16 of Latin text without a mark: every other byte is zero.
    for encoding, zeros in (
        ("utf-16-le", begins[1::2]),
        ("utf-16-be", begins[::2]),
    ):
        if begins and zeros.count(0) > len(begins) * 0.4:
            return encoding
    for encoding in ("utf-8", "cp1252"):
        if _decodes(path, encoding):
            return encoding
    raise UnreadableFile("The file is neither UTF-8 nor UTF-16 nor Windows-1252 text.")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def read_records(
    path: Path, encoding: str, delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    """Every record, numbered as a spreadsheet numbers its rows.

    Raises:
        UnreadableFile: If it is no text, or its quotes do not match.
        FileTooLarge: If a line is longer than any catalogue's, or too many are blank.
    """
    csv.field_size_limit(LONGEST_CELL)
    number = 0
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(_lines(file), delimiter=delimiter, strict=True)
        try:
            blank = 0
            for number, cells in enumerate(reader, start=1):
                if not cells:
                    blank += 1
                    if blank > MOST_BLANK_ROWS:
                        raise too_many_blank_rows()
                yield number, cells
        except csv.Error as error:
            raise UnreadableFile(_explain(str(error), number + 1)) from error
        except UnicodeError as error:
            raise UnreadableFile(f"The file is not {encoding} text: {error}") from error


def read_sample(path: Path, encoding: str, delimiter: str) -> list[list[str]]:
    """The first records, as far as they are ones with this delimiter."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            text = file.read(SAMPLE).removeprefix("\ufeff")
    except UnicodeError as error:
        raise UnreadableFile(f"The file is not {encoding} text: {error}") from error
    if len(text) == SAMPLE:  # The last line may be cut.
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    csv.field_size_limit(max(LONGEST_CELL, SAMPLE))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [cells for cells, _ in zip(reader, range(50), strict=False)]
    except csv.Error:
        return []


def _lines(file: io.TextIOBase) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise FileTooLarge(
                f"Line {number} is longer than {LONGEST_LINE} characters.",
                limit=LONGEST_LINE,
            )
        if "\0" in line:
            raise UnreadableFile(f"Line {number} has a NUL character; it is no text.")
        if not line.isascii():
            line.encode()  # Some encodings give halves of characters.
        # A mark of the byte order is no part of the first header.
        yield line.removeprefix("\ufeff") if number == 1 else line


def _explain(fault: str, row: int) -> str:
    if "unexpected end" in fault:
        return f"From row {row} on, a quote is opened and never closed."
    if "field larger" in fault:
        return (
            f"Row {row} has a cell of more than {LONGEST_CELL} characters; is a quote"
            " opened and never closed?"
        )
    if "expected after" in fault:
        return (
            f"In row {row}, a closing quote is followed by more text; a quote within a"
            ' quoted value is written twice ("").'
        )
    return f"Row {row} is not a record: {fault}."
