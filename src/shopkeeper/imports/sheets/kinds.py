"""Telling what kind of file it is: by its name, and its first bytes must agree."""

import gzip
import zlib
from enum import Enum
from pathlib import Path
from tempfile import NamedTemporaryFile

from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.sheets.limits import Limits, too_much_unpacked

GZIP, OLE, PDF = b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"%PDF"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
BLOCK = 1024 * 1024
SUPPORTED = ".csv, .tsv, .txt, .csv.gz, .tsv.gz or .xlsx"


class Kind(Enum):
    TEXT = "text"
    WORKBOOK = "workbook"


def kind_of(path: Path, filename: str) -> tuple[Kind, bool]:
    """The kind of a file, and whether it is packed with gzip.

    Raises:
        UnreadableFile: If it is of no kind we read, or not what its name says.
    """
    name = filename.lower()
    packed = name.endswith(".gz")
    suffix = Path(name.removesuffix(".gz")).suffix
    with path.open("rb") as file:
        begins = file.read(8)
    if not begins:
        raise UnreadableFile("The file is empty.")
    if suffix == ".xlsx" and not packed:
        if begins.startswith(OLE):
            raise UnreadableFile(
                f"{filename!r} is an old .xls workbook, or one with a password;"
                " save it as .xlsx without a password."
            )
        if not begins.startswith(ZIP):
            raise UnreadableFile(f"{filename!r} is named .xlsx, but is no workbook.")
        return Kind.WORKBOOK, False
    if suffix not in {".csv", ".tsv", ".txt"}:
        raise UnreadableFile(f"{filename!r} is not a {SUPPORTED} file.")
    if begins.startswith(GZIP) != packed:
        really = "is not packed with gzip" if packed else "is packed with gzip"
        raise UnreadableFile(f"{filename!r} {really}, which its name has to say.")
    if begins.startswith((*ZIP, OLE, PDF)):
        raise UnreadableFile(
            f"{filename!r} is named like a text, but is a workbook, an archive or a"
            " document; if it is an Excel workbook, name it .xlsx."
        )
    return Kind.TEXT, packed


def unpack(path: Path, limits: Limits) -> Path:
    """Unpack a gzip file beside itself.

    Raises:
        UnreadableFile: If it is damaged.
        FileTooLarge: If it has more than IMPORT_MAX_UNPACKED_BYTES.
    """
    size = 0
    with NamedTemporaryFile(dir=path.parent, delete=False) as target:
        try:
            with gzip.open(path) as packed:
                while block := packed.read(BLOCK):
                    size += len(block)
                    if size > limits.unpacked_bytes:
                        raise too_much_unpacked(limits)
                    target.write(block)
        except (EOFError, OSError, zlib.error) as error:
            raise UnreadableFile(f"The gzip file is damaged: {error}") from error
        return Path(target.name)
