"""What a file says, however people and programs write it."""

import gzip
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from testing.imports import GOOD, workbook
from testing.tables import column, read, table_of

from shopkeeper.cli.files import as_options
from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.sheets.limits import Limits
from shopkeeper.web.errors import FileTooLarge


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (GOOD.encode(), "a.csv"),
        (GOOD.replace(",", ";").encode(), "a.csv"),
        (GOOD.replace(",", "|").encode(), "a.txt"),
        (GOOD.replace(",", "\t").encode(), "a.tsv"),
        (("\ufeff" + GOOD).encode(), "A.CSV"),
        (GOOD.encode("utf-16"), "a.csv"),
        (GOOD.encode("utf-16-le"), "a.csv"),
        (GOOD.encode("utf-16-be"), "a.csv"),
        (gzip.compress(GOOD.encode(), mtime=0), "a.csv.gz"),
        (GOOD.replace("\n", "\r").encode(), "a.csv"),
        (("\r\n" + GOOD.replace("\n", "\r\n\r\n")).encode(), "a.csv"),
        (("sep=;\n" + GOOD.replace(",", ";")).encode(), "a.csv"),
        (("Our price list\n\nvalid 2026\n" + GOOD).encode(), "a.csv"),
    ],
)
def test_files_as_people_have_them(tmp_path: Path, data: bytes, name: str) -> None:
    rows = read(tmp_path, data, name)

    assert [row["name"] for row in rows] == ["Pen", "Ink"]
    assert [row["price"] for row in rows] == ["1.50", "12"]


def test_what_the_user_says_of_a_text_goes_first(tmp_path: Path) -> None:
    data = "name;note|price\nŁódka;x|5\n".encode("cp1250")

    row = read(
        tmp_path, data, encoding="cp1250", delimiter="|", columns={"name;note": "name"}
    )[0]

    assert (row["name"], row["price"]) == ("Łódka;x", "5")


def test_text_is_held_to_the_rules_of_a_product(tmp_path: Path) -> None:
    assert column(
        tmp_path, "sku", "007", " 1-A ", "'=1+1", "''=x", "x" * 65, "a\x01"
    ) == [
        "007",
        "1-A",
        "=1+1",
        "'=x",
        "too_long",
        "invalid_text",
    ]
    # Composed (NFC), as everywhere.
    assert column(tmp_path, "category", "Cafe\u0301") == ["Caf\u00e9"]


def test_a_text_may_begin_like_an_archive(tmp_path: Path) -> None:
    assert read(tmp_path, "PKID,name\n1,Pen\n")[0]["name"] == "Pen"


def test_a_long_value_is_quoted_in_part(tmp_path: Path) -> None:
    row = read(tmp_path, f"name\n{'x' * 5000}\n")[0]

    assert len(row["faults"][0]["value"]) == 200


def test_a_row_keeps_its_cells_for_a_report(tmp_path: Path) -> None:
    row = read(tmp_path, "name,x,price\n Pen ,a\x1fb,0\n")[0]

    assert row["cells"] == " Pen \x1fa b\x1f0"


def test_a_cell_too_many_is_a_fault_of_its_row(tmp_path: Path) -> None:
    rows = read(tmp_path, "name,price\nPen, red,1\nInk,2,,\n")

    assert rows[0]["faults"][-1]["code"] == "too_many_cells"
    assert rows[1]["faults"] == []


def excel(fill: Any, name: str = "Sheet") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = name
    fill(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


UNREADABLE: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "a.csv", "is empty"),
    "blank": (b"\n \n", "a.csv", "is empty|no row"),
    "only empty cells": (b",,\n,,\n", "a.csv", "is empty"),
    "nul": (b"name,price\nx\0y,1\n", "a.csv", "Line 2 has a NUL"),
    "no known header": (b"colour,size\nred,5\n", "a.csv", "first row has: colour"),
    "header twice": (b"name,Name\na,b\n", "a.csv", "'name' and 'Name' both mean"),
    "no match column": (b"price,sku\n1,b\n", "a.csv", "no header for 'name'"),
    "undecodable": (b"name\n\x81\x8d\n", "a.csv", "neither UTF-8"),
    "broken utf-16": (b"\xff\xfea", "a.csv", "not utf-16 text"),
    "other kind": (b"%PDF", "a.pdf", "is not a .csv"),
    "no name": (b"name\nx\n", "a", "is not a .csv"),
    "document named csv": (b"%PDF-1.7", "a.csv", "named like a text"),
    "workbook named csv": (workbook([["name"]]), "a.csv", "name it .xlsx"),
    "packed, unsaid": (gzip.compress(b"name", mtime=0), "a.csv", "is packed with gzip"),
    "said packed": (b"name\n", "a.csv.gz", "is not packed"),
    "damaged gzip": (
        gzip.compress(b"name\n" * 99, mtime=0)[:-9],
        "a.csv.gz",
        "damaged",
    ),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xlsx", "old .xls"),
    "no zip": (b"name,price\n", "a.xlsx", "is no workbook"),
    "zip of nothing": (b"PK\x05\x06" + b"\0" * 18, "a.xlsx", "no Excel workbook"),
    "empty sheet": (workbook([]), "a.xlsx", "is empty"),
    "truncated": (workbook([["name"], ["Pen"]])[:-200], "a.xlsx", "damaged"),
    "too wide": (b",".join([b"name"] + [b"x"] * 300), "a.csv", "256 are the most"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_files_that_are_no_table(tmp_path: Path, what: str) -> None:
    data, name, reason = UNREADABLE[what]

    with pytest.raises(UnreadableFile, match=f"(?i){reason}"):
        table_of(tmp_path, data, name)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_more_rows_than_the_limit_are_refused(tmp_path: Path, name: str) -> None:
    few = Limits(2, 10_000_000, 2**29, 60)

    def data(rows: int) -> bytes:
        cells = [["name"], *([f"P{n}"] for n in range(rows))]
        if name == "a.xlsx":
            return workbook(cells)
        return "\n".join(row[0] for row in cells).encode()

    assert table_of(tmp_path, data(2), name, few).total_rows == 2
    with pytest.raises(FileTooLarge, match=r"more than 2 rows .IMPORT_MAX_ROWS"):
        table_of(tmp_path, data(3), name, few)
    with pytest.raises(FileTooLarge, match="IMPORT_MAX_ROWS"):
        table_of(tmp_path, data(50), name, few)


def test_a_line_without_an_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge, match="Line 2 is longer"):
        table_of(tmp_path, b"name,price\n" + b"x" * 3_000_000)


def test_a_stray_quote_costs_its_own_row(tmp_path: Path) -> None:
    head = "name,category,price\n"
    files = {
        "text after": head + 'A,"x" y,1\nB,C,2\n',
        "never closed": head + 'A,"x y,1\nB,C,2\n',
        "closed much later": head + 'A,"24 inch,1\nB,C,2\nD,"E",3\n',
        "swallowed": head + 'A,C,"24 inch\nB,C,2\nD,E",3\n',
    }
    for kind, data in files.items():
        rows = read(tmp_path, data)
        assert [fault["code"] for fault in rows[0]["faults"]], kind
        assert rows[0]["faults"][0]["column"] is None, kind
        assert (rows[1]["name"], rows[1]["price"]) == ("B", "2"), kind
        assert rows[1]["faults"] == [], kind


def test_a_cell_of_several_lines_is_one_cell(tmp_path: Path) -> None:
    data = 'name,category,description\nA,C,"one\ntwo, three"\n"B\nb",C,d\n'

    rows = read(tmp_path, data)

    assert rows[0]["description"] == "one\ntwo, three"
    assert rows[1]["name"] == "B b"


def test_markup_becomes_text(tmp_path: Path) -> None:
    markup = (
        '"<p>Soft &amp; warm</p><ul><li>one</li><li>two</li></ul><script>x()</script>"'
    )
    rows = read(tmp_path, f"Title,Body (HTML)\nPen,{markup}\n")
    assert rows[0]["description"] == "Soft & warm\n\n- one\n- two"
    kept = read(tmp_path, f"name,description\nPen,{markup}\n")
    assert kept[0]["description"].startswith("<p>Soft")


def test_a_category_stands_for_the_rows_below(tmp_path: Path) -> None:
    data = "name,category,price\nA,Cups,1\nB,,2\nPlates,,\nC,,3\nD,Forks,4\nE,,5\n"
    rows = read(tmp_path, data, category_from_above=True)
    assert [(r["name"], r["category"]) for r in rows] == [
        ("A", "Cups"),
        ("B", "Cups"),
        ("C", "Plates"),
        ("D", "Forks"),
        ("E", "Forks"),
    ]


def test_a_swallowed_row_is_found_by_its_numbers(tmp_path: Path) -> None:
    head = "name,price,quantity,category,description\n"
    fits = head + '"Lamp,10,5,Tea,x\nChair,10,5,Tea,y\nMonitor 24",10,5,Tea,z\n'
    rows = read(tmp_path, fits + "Cup,1,1,Tea,a\n")
    assert [fault["code"] for fault in rows[0]["faults"]] == ["quote_not_closed"]
    sound = [row["name"] for row in rows if not row["faults"]]
    assert sound == ["Chair", 'Monitor 24"', "Cup"]

    last = head + 'Lamp,10,5,Tea,"red\nChair,10,5,Tea,y\nDesk,10,5,Tea,wide 24"\n'
    rows = read(tmp_path, last)
    assert "Chair" in [row["name"] for row in rows if not row["faults"]]

    text = 'name,price,description\nA,1,"first, line, one\nmore, words\nend"\nB,1,c\n'
    rows = read(tmp_path, text)
    assert [row["faults"] for row in rows] == [[], []]


def test_quotes_in_every_row_take_no_longer_than_that(tmp_path: Path) -> None:
    limits = Limits(rows=10**6, unpacked_bytes=10**8, memory_bytes=2**30, seconds=60)
    data = "name,price\n" + 'a","b\n' * 30_000

    with pytest.raises(UnreadableFile, match="Too many rows have a quote"):
        table_of(tmp_path, data, limits=limits)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            'say it, such as columns={"Name": "name"}, or say match_by=sku.',
            'say it, such as --columns \'{"Name": "name"}\', or say --match-by sku.',
        ),
        (
            "is needed; default_category gives one",
            "is needed; --default-category gives one",
        ),
        ("say category_from_above=true", "say --category-from-above"),
        ("say it with `columns` by numbers", "say it with --columns by numbers"),
        (
            "Of the sheets, 'A' was read. say `sheet`.",
            "Of the sheets, 'A' was read. say --sheet.",
        ),
        ("The sheet is empty; two columns", "The sheet is empty; two columns"),
    ],
)
def test_messages_name_options_as_the_command_line_takes_them(
    said: str, shown: str
) -> None:
    assert as_options(said) == shown
