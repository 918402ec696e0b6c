"""Excel workbooks as the archives that they are: looked at before they are opened."""

import re
import zipfile
import zlib
from pathlib import Path
from typing import IO

from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.sheets.limits import (
    LAST_EXCEL_ROW,
    MOST_ENTRIES,
    Limits,
    too_much_unpacked,
)
from shopkeeper.web.errors import FileTooLarge

DOCUMENT_TYPES = [
    "<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be")
]
# Long enough for what may stand before the first element of an XML file.
PROLOGUE = 64 * 1024
LONGEST_ROW_TAG = 1024
# No tag has another one in it, so that no byte is looked at for two of them.
ROW_NUMBER = re.compile(
    rb'<(?:\w{1,64}:)?row\b[^<>]{0,%d}?\sr="(\d{1,20})"' % LONGEST_ROW_TAG
)
BLOCK = 1024 * 1024


def check_archive(path: Path, limits: Limits) -> int:
    """Look at the archive that a workbook is; give the bytes that it unpacks to.

    Raises:
        UnreadableFile: If it is damaged, or has what no catalogue needs.
        FileTooLarge: If it would unpack to too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive, limits)
            size = sum(entry.file_size for entry in archive.infolist())
        check_row_numbers(path)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        raise damaged(error) from error
    except (NotImplementedError, RuntimeError) as error:  # Unknown method; password.
        raise damaged(error) from error
    return size


def _check_entries(archive: zipfile.ZipFile, limits: Limits) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise FileTooLarge(
            f"The workbook has more than {MOST_ENTRIES} files in it.",
            limit=MOST_ENTRIES,
        )
    # No more than this is ever read of an entry, whatever it unpacks to.
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        raise too_much_unpacked(limits)
    names = {entry.filename.lower() for entry in entries}
    if any(name.endswith("vbaproject.bin") for name in names):
        raise UnreadableFile("The workbook has macros; save it as .xlsx without them.")
    if "xl/workbook.xml" not in names and "[content_types].xml" not in names:
        raise UnreadableFile("The file is an archive, but no Excel workbook.")
    for entry in entries:
        if entry.filename.lower().endswith((".xml", ".rels")):
            with archive.open(entry) as part:
                # ECMA-376 part 2, section 6.2.5: no document type declarations.
                prologue = part.read(PROLOGUE)
                if any(mark in prologue for mark in DOCUMENT_TYPES):
                    raise UnreadableFile(
                        f"{entry.filename} in the workbook declares a document type."
                    )


def check_row_numbers(path: Path) -> None:
    """Insist on rows that ascend, as they have to (ECMA-376 part 1, 18.3.1.73).

    Rows out of order would otherwise be passed over without a word.

    Raises:
        UnreadableFile: If they do not, or go beyond Excel's last row.
    """
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.filename.lower().startswith("xl/worksheets/sheet"):
                with archive.open(entry) as part:
                    _check_ascent(part)


def _check_ascent(part: IO[bytes]) -> None:
    last, kept = 0, b""
    while block := part.read(BLOCK):
        kept += block
        end = 0
        for match in ROW_NUMBER.finditer(kept):
            number, end = int(match[1]), match.end()
            if not last < number <= LAST_EXCEL_ROW:
                raise UnreadableFile(
                    f"The workbook has a row {number} after row {last}; Excel would"
                    " call it damaged. Open and save it there."
                )
            last = number
        # A tag may be cut by the end of the block.
        kept = kept[max(end, len(kept) - LONGEST_ROW_TAG) :]


def damaged(error: Exception) -> UnreadableFile:
    """What tells that a workbook cannot be read, and why."""
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return UnreadableFile(f"The workbook is damaged: {reason}")
