"""Reading a table out of the files that people keep a catalogue in."""

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any

from shopkeeper.service.errors import FileTooLarge, UnreadableFile

if TYPE_CHECKING:
    import pandas as pd

# Above these a file is not a catalogue but an attack, or a mistake.
MAX_COLUMNS = 100
MAX_UNCOMPRESSED_BYTES = 512 * 1024 * 1024
DELIMITERS = ",;\t|"
# Excel keeps 15 significant digits; what a float shows beyond is noise.
EXCEL_DIGITS = 15


@dataclass(frozen=True)
class Table:
    """Records of text under lower-case headers, numbered as a spreadsheet does."""

    headers: list[str]
    records: list[tuple[int, dict[str, str]]]


def read_table(file: IO[bytes], filename: str, max_rows: int) -> Table:
    """Read a .csv, .tsv or .xlsx file whose first row has the headers.

    Raises:
        UnreadableFile: If it is not such a file, or is damaged.
        FileTooLarge: If it has more rows than the limit.
    """
    suffix = PurePath(filename.lower()).suffix
    if suffix == ".xlsx":
        frame = _read_excel(file, max_rows)
    elif suffix in {".csv", ".tsv", ".txt"}:
        frame = _read_text(file.read())
    else:
        raise UnreadableFile(f"{filename!r} is not a .csv, .tsv or .xlsx file.")
    table = _to_table(frame)
    if len(table.records) > max_rows:
        raise _too_many(max_rows)
    return table


def _too_many(max_rows: int) -> FileTooLarge:
    return FileTooLarge(f"The file has more than {max_rows} rows.", limit=max_rows)


def _read_text(data: bytes) -> "pd.DataFrame":
    # 60 MB and half a second, for the processes that do import.
    import pandas as pd  # noqa: PLC0415

    text = _decode(data)
    if not text.strip():
        raise UnreadableFile("The file is empty.")
    if "\0" in text:
        raise UnreadableFile("The file has NUL characters; it is no text.")
    # pandas takes the number of columns from the first line, even a blank one.
    table = text.lstrip(" \t\r\n")
    skipped = text[: len(text) - len(table)].count("\n")
    try:
        frame = pd.read_csv(
            io.StringIO(table),
            sep=max(DELIMITERS, key=table.partition("\n")[0].count),
            dtype=str,
            header=None,
            na_filter=False,
            skip_blank_lines=False,
            quoting=csv.QUOTE_MINIMAL,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise UnreadableFile(f"The file is not a table: {error}") from error
    frame.index += skipped + 1
    return frame.fillna("")


def _decode(data: bytes) -> str:
    encodings = ["utf-8-sig", "cp1252"]
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encodings = ["utf-16"]
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise UnreadableFile("The file is neither UTF-8 nor UTF-16 nor Windows-1252 text.")


def _read_excel(file: IO[bytes], max_rows: int) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415

    try:
        _check_archive(file)
        rows = dict(_excel_rows(file, max_rows))
    except FileTooLarge:
        raise
    except Exception as error:
        # openpyxl lets whatever a broken file leads to pass through.
        raise UnreadableFile(f"The file is not a readable .xlsx: {error}") from error
    if not rows:
        raise UnreadableFile("The first sheet is empty.")
    return pd.DataFrame.from_dict(rows, orient="index", dtype=str).fillna("")


def _check_archive(file: IO[bytes]) -> None:
    with zipfile.ZipFile(file) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > MAX_UNCOMPRESSED_BYTES:
        raise FileTooLarge(
            f"Unpacked, the file has {size} bytes.", limit=MAX_UNCOMPRESSED_BYTES
        )
    file.seek(0)


def _excel_rows(file: IO[bytes], max_rows: int) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with its number."""
    import openpyxl  # noqa: PLC0415

    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        found = 0
        # Without a bound, one cell in the last column makes every row that wide.
        rows = book.worksheets[0].iter_rows(max_col=MAX_COLUMNS, values_only=True)
        for number, row in enumerate(rows, start=1):
            if all(value is None for value in row):
                continue
            found += 1
            if found > max_rows + 1:
                raise _too_many(max_rows)
            yield number, [_cell_text(value) for value in row]
    finally:
        book.close()


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.{EXCEL_DIGITS}g}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _to_table(frame: "pd.DataFrame") -> Table:
    stripped = frame.apply(lambda column: column.str.strip())
    rows: list[list[str]] = stripped.to_numpy().tolist()
    header_at = next((n for n, row in enumerate(rows) if any(row)), None)
    if header_at is None:
        raise UnreadableFile("The file is empty.")
    headers = [header.lower() for header in rows[header_at]]
    named = [header for header in headers if header]
    twice = {header for header in named if named.count(header) > 1}
    if twice:
        raise UnreadableFile(f"The header {min(twice)!r} stands there twice.")
    records = [
        (
            int(number),
            {head: cell for head, cell in zip(headers, row, strict=True) if head},
        )
        for number, row in zip(frame.index, rows, strict=True)
        if any(row) and number > frame.index[header_at]
    ]
    return Table(named, records)
