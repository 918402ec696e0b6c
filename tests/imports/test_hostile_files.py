"""Files made to kill whoever opens them: told why not, and nobody dies.

`HOSTILE_FILES` says how many mutated files to try.
"""

import gzip
import io
import os
import random
import struct
import zipfile
from collections.abc import Callable, Iterator

import openpyxl
import psutil
import pytest
from testing.imports import GOOD, Importer, workbook

from shopkeeper.imports.service.reading import ReaderStand
from shopkeeper.utils.settings import read_settings

# A large upload is a temporary file of the test client's own.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

MUTATED = int(os.environ.get("HOSTILE_FILES", "24"))
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
)


def corner_to_corner() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "name"
    sheet["XFD1048576"] = 1
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_part(name: str, write: Callable[[io.IOBase], None]) -> bytes:
    """A workbook with one of its parts replaced, a piece at a time."""
    source = zipfile.ZipFile(io.BytesIO(workbook([["name", "price"], ["Pen", 1]])))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            if entry.filename != name:
                target.writestr(entry, source.read(entry))
        with target.open(name, "w", force_zip64=True) as part:
            write(part)  # type: ignore[arg-type]  # A file in all but its declared type.
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
OPENING = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/'
    b'spreadsheetml/2006/main"><sheetData>'
)
CLOSING = b"</sheetData></worksheet>"


def zip_bomb(part: io.IOBase) -> None:
    part.writelines(b" " * 1024 * 1024 for _ in range(60))


def empty_rows(part: io.IOBase) -> None:
    part.write(OPENING)
    part.writelines(b"<row/>" * 10_000 for _ in range(700))
    part.write(CLOSING)


def wide_rows(part: io.IOBase) -> None:
    part.write(OPENING)
    part.writelines(
        b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(1, 3000)
    )
    part.write(CLOSING)


def row_of_the_far_future(part: io.IOBase) -> None:
    part.write(OPENING)
    part.write(b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>')
    part.write(CLOSING)


def one_cell(part: io.IOBase) -> None:
    part.write(OPENING + b'<row r="1"><c r="A1" t="inlineStr"><is><t>')
    part.writelines(b"x" * 1024 * 1024 for _ in range(45))
    part.write(b"</t></is></c></row>" + CLOSING)


def entities(part: io.IOBase) -> None:
    part.write(
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
        b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
        b"<worksheet>&c;</worksheet>"
    )


def deep(part: io.IOBase) -> None:
    part.write(OPENING + b"<row><c>" + b"<is>" * 200_000 + CLOSING)


def rows_in_a_comment(part: io.IOBase) -> None:
    """A million beginnings of a row, each of which a search could go on from."""
    part.write(OPENING + b"<!--")
    part.writelines(b"<row " * 100_000 for _ in range(10))
    part.write(b"-->" + CLOSING)


def long_names(part: io.IOBase) -> None:
    part.write(OPENING + b"<!--")
    part.writelines(b"<" + b"w" * 1_000_000 for _ in range(10))
    part.write(b"-->" + CLOSING)


def lying_size() -> bytes:
    """An entry whose header says that it is small."""
    data = bytearray(with_part(SHEET, zip_bomb))
    place = data.rfind(b"PK\x01\x02")
    while place >= 0:
        data[place + 24 : place + 28] = struct.pack("<I", 100)
        place = data.rfind(b"PK\x01\x02", 0, place)
    return bytes(data)


def macros() -> bytes:
    return with_part("xl/vbaProject.bin", lambda part: part.write(b"x") and None)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "corner to corner": corner_to_corner,
    "zip bomb": lambda: with_part(SHEET, zip_bomb),
    "lying size": lying_size,
    "rows in a comment": lambda: with_part(SHEET, rows_in_a_comment),
    "long names": lambda: with_part(SHEET, long_names),
    "empty rows": lambda: with_part(SHEET, empty_rows),
    "wide rows": lambda: with_part(SHEET, wide_rows),
    "far row": lambda: with_part(SHEET, row_of_the_far_future),
    "one cell": lambda: with_part(SHEET, one_cell),
    "entities": lambda: with_part(SHEET, entities),
    "deep": lambda: with_part(SHEET, deep),
    "macros": macros,
}


@pytest.fixture
def bounded(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Importer]:
    """An importer with lower limits, so that bombs may be small."""
    settings = read_settings(
        import_max_unpacked_bytes=50_000_000,
        import_max_memory_bytes=100_000_000,
        import_max_seconds=20,
    )
    monkeypatch.setattr(
        "shopkeeper.imports.service.reading.get_settings", lambda: settings
    )
    stand = ReaderStand()
    yield Importer(importer.world, importer.engine, stand)
    stand.close()


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_workbook_harms_nobody(bounded: Importer, what: str) -> None:
    before = psutil.Process().memory_info().rss

    report = bounded.send(HOSTILE[what](), "a.xlsx")

    assert report["status"] in {"failed", "succeeded"}
    if report["failure"] is not None:
        assert report["failure"]["status"] in {413, 422}
        assert report["failure"]["detail"]
    assert bounded.names() == []
    assert psutil.Process().memory_info().rss - before < 200 * 1024 * 1024
    assert bounded.send(GOOD)["created"] == 2


@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b"\r"])
def test_line_ends_without_end_are_given_up(importer: Importer, blank: bytes) -> None:
    lines = b"name,price\n" + blank * 20_000_000

    report = importer.send(gzip.compress(lines, 1), "a.csv.gz")

    assert report["failure"]["code"] == "file_too_large"
    assert "blank rows" in report["failure"]["detail"]
    assert importer.send(GOOD)["created"] == 2


def test_which_limit_it_was_is_told(bounded: Importer) -> None:
    bomb = bounded.send(with_part(SHEET, zip_bomb), "a.xlsx")
    cell = bounded.send(with_part(SHEET, one_cell), "a.xlsx")

    assert "IMPORT_MAX_UNPACKED_BYTES" in bomb["failure"]["detail"]
    assert bomb["failure"]["status"] == 413
    assert "IMPORT_MAX_MEMORY_BYTES" in cell["failure"]["detail"]


def mutate(chance: random.Random, data: bytes) -> bytes:
    mutated = bytearray(data)
    kind = chance.randrange(4)
    if kind == 0:
        return bytes(mutated[: chance.randrange(1, len(mutated))])
    if kind == 1:
        for _ in range(chance.randrange(1, 30)):
            mutated[chance.randrange(len(mutated))] = chance.randrange(256)
    elif kind == 2:
        place = chance.randrange(len(mutated))
        mutated[place:place] = chance.randbytes(chance.randrange(1, 2000))
    else:
        start = chance.randrange(len(mutated))
        del mutated[start : start + chance.randrange(1, 200)]
    return bytes(mutated)


def test_mutated_files_are_refused_or_reported(importer: Importer) -> None:
    chance = random.Random(20261122)
    rows = [["name", "category", "quantity", "price"]]
    rows += [[f"Pen {n}", "Pens", str(n), "1.50"] for n in range(200)]
    sound = {
        "a.xlsx": workbook(rows),
        "a.csv": "\n".join(",".join(row) for row in rows).encode(),
    }
    names = ["a.xlsx", "a.csv", "a.xlsx", "a.csv.gz", "a.tsv"]
    for number in range(MUTATED):
        name = names[number % len(names)]
        source = sound[chance.choice(list(sound))]

        report = importer.send(mutate(chance, source), name, dry_run="true")

        assert report["status"] in {"failed", "succeeded"}, number
        if report["failure"] is None:
            done = report["created"] + report["updated"] + report["unchanged"]
            if report["status"] == "succeeded":
                assert done + report["rejected"] == report["rows"]
        else:
            assert report["failure"]["status"] in {413, 422}, report["failure"]
            assert report["failure"]["code"] != "internal_error"
