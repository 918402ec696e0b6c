"""What a file says, however people and programs write it."""

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from testing.imports import GOOD, workbook

from shopkeeper.cli.files import as_options
from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.files import STAGED_COLUMNS
from shopkeeper.imports.reader.main import _batches
from shopkeeper.imports.sheets.currencies import currency_in_format
from shopkeeper.imports.sheets.limits import Limits
from shopkeeper.imports.sheets.numbers import DecimalMark, plain_number
from shopkeeper.imports.sheets.sources import Choices, Watch
from shopkeeper.imports.sheets.tables import Table, open_table
from shopkeeper.web.errors import FileTooLarge

LIMITS = Limits(rows=1000, unpacked_bytes=10_000_000, memory_bytes=2**29, seconds=60)


WATCH = Watch(looked_at=lambda _rows: None, may_take=lambda _seconds: None)


def table_of(
    folder: Path,
    data: bytes | str,
    name: str = "a.csv",
    limits: Limits = LIMITS,
    **choices: Any,
) -> Table:
    path = folder / "file"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return open_table(path, name, Choices(currency="USD", **choices), limits, WATCH)


def staged(table: Table) -> list[dict[str, Any]]:
    """The rows as they are handed over."""
    text = "".join(data.decode() for _, data in _batches(table))
    rows = csv.DictReader(io.StringIO(text, newline=""), STAGED_COLUMNS)
    return [{**row, "faults": json.loads(row["faults"] or "[]")} for row in rows]


def read(folder: Path, data: bytes | str, name: str = "a.csv", **choices: Any) -> Any:
    return staged(table_of(folder, data, name, **choices))


def column(folder: Path, header: str, *cells: str, name: str = "name") -> list[Any]:
    """What becomes of the cells of one column: a value, or a code."""
    lines = [f"{name}\t{header}", *(f"P{n}\t{cell}" for n, cell in enumerate(cells))]
    rows = read(folder, "\n".join(lines), "a.tsv")
    return [row["faults"][0]["code"] if row["faults"] else row[header] for row in rows]


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
        (gzip.compress(GOOD.encode()), "a.csv.gz"),
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


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-16"])
def test_accents_survive_every_encoding(tmp_path: Path, encoding: str) -> None:
    data = "name,category\nCafé – “crème”,Möbel\n".encode(encoding)

    row = read(tmp_path, data)[0]

    assert (row["name"], row["category"]) == ("Café – “crème”", "Möbel")


def test_what_the_user_says_of_a_text_goes_first(tmp_path: Path) -> None:
    data = "name;note|price\nŁódka;x|5\n".encode("cp1250")

    row = read(
        tmp_path, data, encoding="cp1250", delimiter="|", columns={"name;note": "name"}
    )[0]

    assert (row["name"], row["price"]) == ("Łódka;x", "5")


def test_a_row_has_the_number_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    data = 'name,description\n"A","two\nlines"\n\nB,one\n'

    assert [(r["row"], r["name"]) for r in read(tmp_path, data)] == [
        ("2", "A"),
        ("4", "B"),
    ]


@pytest.mark.parametrize(
    ("headers", "columns"),
    [
        ("Title,SKU,Type,Qty,Unit Price", "name sku category quantity price"),
        ("PRODUCT_NAME,product code,Stock,Cost price", "name sku quantity cost"),
        ("Product name*,Price (USD),In stock,Desc.", "name quantity price description"),
        ("name,Title,price,List price", "name price"),
    ],
)
def test_headers_are_known_by_their_usual_names(
    tmp_path: Path, headers: str, columns: str
) -> None:
    table = table_of(tmp_path, headers + "\nPen,1,2,3,4\n")

    assert list(table.header.places) == columns.split()


def test_headers_mean_what_the_user_says(tmp_path: Path) -> None:
    data = "Description,Name,Price\nPen,Internal,5\n"

    table = table_of(tmp_path, data, columns={"description": "name", "Name": None})

    assert table.header.columns == {"name": "Description", "price": "Price"}


NUMBERS = [
    ("price", ["1,299.00", "4.5", "$4.99", "USD 3", " 7 ", "1 000.10", "4.99 $"],
     ["1299.00", "4.5", "4.99", "3", "7", "1000.10", "4.99"]),
    ("price", ["1.299,00", "4,5", "1.000", "12", "2.000.000", "1 000,10", "0,990"],
     ["1299.00", "4.5", "1000", "12", "2000000", "1000.10", "0.990"]),
    ("price", ["1'299.00", "1\u202f299.00", "5.00-", "--5", "1,29.00", "1e3", "5%"],
     ["1299.00", "1299.00", *["not_a_number"] * 5]),
    # Spaces and apostrophes stand between thousands and nowhere else.
    ("price", ["12 50", "4 99", "1'2", "1 29", "12 345 6.00", "01 000"],
     ["not_a_number"] * 6),
    ("price", ["1.299,00", "4.99", "1.500", "7"],
     ["ambiguous", "4.99", "ambiguous", "7"]),
    ("price", ["1.500"], ["ambiguous"]),
    ("price", ["1,500"], ["ambiguous"]),
    ("price", ["0.990"], ["0.990"]),
    ("price", ["0,990"], ["0.990"]),
    ("price", ["1.500", "2.25"], ["1.500", "2.25"]),
    ("price", ["1.505", "2.25"], ["too_many_decimals", "2.25"]),
    ("price", ["1,299", "2.25"], ["1299", "2.25"]),
    ("price", ["0", "0.00", "-1", "(5)", "\u20ac5", "99999999999", "#N/A"],
     ["not_positive", "not_positive", "not_positive", "not_positive",
      "wrong_currency", "too_large", "not_a_number"]),
    ("cost", ["0", "1.2345", "1.23456", "-1", "0.0", ""],
     ["0", "1.2345", "too_many_decimals", "negative", "0.0", ""]),
    ("quantity", ["5", "5.0", "1,000", "+12", "007", ""],
     ["5", "5", "1000", "12", "7", ""]),
    ("quantity", ["5.5", "-3", "many", "\uff11\uff12", "1_000", "2147483648", "$5"],
     ["not_whole", "negative", "not_a_number", "12", "not_a_number",
      "too_large", "not_a_number"]),
    # A fraction of a piece is a mistake, and no evidence for the rest.
    ("quantity", ["1,000", "2,000", "0,5"], ["ambiguous", "ambiguous", "not_a_number"]),
    ("quantity", ["1.000"], ["ambiguous"]),
]  # fmt: skip


@pytest.mark.parametrize(("header", "cells", "expected"), NUMBERS)
def test_numbers_as_people_write_them(
    tmp_path: Path, header: str, cells: list[str], expected: list[str]
) -> None:
    found = column(tmp_path, header, *cells)

    # 007 is handed over as it stands; PostgreSQL reads it as 7.
    assert [value.lstrip("0") or value for value in found] == [
        value.lstrip("0") or value for value in expected
    ]


def test_one_column_tells_how_another_is_written(tmp_path: Path) -> None:
    rows = read(
        tmp_path, "name;quantity;price;cost\nA;5;12,50;1,250\nB;1.000;3,75;2,5\n"
    )

    assert [(r["quantity"], r["price"], r["cost"]) for r in rows] == [
        ("5", "12.50", "1.250"),
        ("1000", "3.75", "2.5"),
    ]


def test_columns_that_disagree_are_read_each_by_itself(tmp_path: Path) -> None:
    rows = read(tmp_path, "name;price;cost\nA;12,50;1.25\nB;1.000;2,000\n")

    assert (rows[1]["price"], rows[1]["cost"]) == ("1000", "2000")


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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_byte_order_mark_is_no_part_of_a_header(
    tmp_path: Path, encoding: str
) -> None:
    data = "\ufeffsku,name\n7,Pen\n".encode(encoding)

    assert read(tmp_path, data, encoding=encoding)[0]["sku"] == "7"


def test_a_very_header_goes_before_one_like_it(tmp_path: Path) -> None:
    data = "name,Price (USD),Price (EUR)\nPen,5,4\n"

    said = read(tmp_path, data, columns={"Price (USD)": "price"})
    ignored = read(tmp_path, data, columns={"Price (EUR)": None})

    assert said[0]["price"] == ignored[0]["price"] == "5"
    assert read(tmp_path, data)[0]["price"] == "5"
    data = "name,Sales price,Unit price\nPen,5,4\n"
    with pytest.raises(UnreadableFile, match="both mean price"):
        table_of(tmp_path, data)


def test_a_row_of_data_is_not_taken_for_the_header(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="Row 1 looks like one of the table"):
        table_of(tmp_path, "Desk,A,5,9\nChair,A,5,9\nTitle,Type,5,10\n")


def test_rows_out_of_order_are_refused(tmp_path: Path) -> None:
    data = workbook([["name"], ["Pen"], ["Ink"]])
    source = zipfile.ZipFile(io.BytesIO(data))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                content = content.replace(b'<row r="3"', b'<row r="2"')
            target.writestr(entry.filename, content)

    with pytest.raises(UnreadableFile, match="row 2 after row 2"):
        table_of(tmp_path, buffer.getvalue(), "a.xlsx")


def test_an_error_of_excel_is_a_fault_and_its_text_is_not(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["Name", "SKU"])
        sheet.append(["Pen", "#N/A"])
        sheet.append(["Ink", "#N/A"])
        sheet["B3"].data_type = "s"

    bad, good = read(tmp_path, excel(fill), "a.xlsx")

    assert [fault["code"] for fault in bad["faults"]] == ["formula_error"]
    assert bad["faults"][0]["value"] == "#N/A"
    assert good["sku"] == "#N/A"


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


def test_excel_numbers_are_what_they_show(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["Name", "Price", "Cost", "Qty", "SKU"])
        sheet.append(["Pen", 4.1000000000000005, 0.1 + 0.2, 5.0, 7])
        sheet["E2"].number_format = "000"
        sheet.append([2024, 1e6, 1e-4, 3, True])

    rows = read(tmp_path, excel(fill), "a.xlsx")

    assert [
        (r["name"], r["price"], r["cost"], r["quantity"], r["sku"]) for r in rows
    ] == [
        ("Pen", "4.1", "0.3", "5", "007"),
        ("2024", "1000000", "0.0001", "3", "TRUE"),
    ]


def test_excel_rows_have_their_own_numbers(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet["B3"], sheet["C3"] = "Name", "Price"
        sheet["B7"], sheet["C7"] = "Pen", 5
        sheet["Z7"] = "a note beside the table"

    row = read(tmp_path, excel(fill), "a.xlsx")[0]

    assert (row["row"], row["name"], row["faults"]) == ("7", "Pen", [])


def test_a_sheet_is_found_by_its_name(tmp_path: Path) -> None:
    data = workbook([["name"], ["Pen"]], title="Stock list")

    assert read(tmp_path, data, "a.xlsx", sheet="stock LIST ")[0]["name"] == "Pen"
    with pytest.raises(UnreadableFile, match="no sheet 'Other'; it has Stock list"):
        table_of(tmp_path, data, "a.xlsx", sheet="Other")


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
    "packed, unsaid": (gzip.compress(b"name"), "a.csv", "is packed with gzip"),
    "said packed": (b"name\n", "a.csv.gz", "is not packed"),
    "damaged gzip": (gzip.compress(b"name\n" * 99)[:-9], "a.csv.gz", "damaged"),
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


def test_a_header_that_the_user_names_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="columns names the header 'Naam'"):
        table_of(tmp_path, "name\nPen\n", columns={"Naam": "name"})


def test_a_text_has_no_sheets(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no sheets"):
        table_of(tmp_path, "name\nPen\n", sheet="Sheet1")


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


ENCODED = {
    "cp1250": "name,category\nŻółty świecznik,Świece\nŁódka,Łodzie\n",
    "iso8859-2": "name,category\nŻółty świecznik,Świece\nŁódka,Łodzie\n",
    "cp1252": "name,category\nCrème brûlée,Désserts\nMüsli,Getränke\nJalapeño,Été\n",
    "cp1251": "название,категория\nЧай зелёный листовой,Чаи\n",
    "koi8-r": "название,категория\nЧай зелёный листовой,Чаи\n",
    "cp1253": "name,category\nΚαφές ελληνικός,Καφέδες\n",
    "cp1254": "name,category\nIsıtıcı fincan,Şekerlik çay\n",
    "cp932": "商品名,カテゴリ\n緑茶,お茶\nコーヒーカップ,食器\n",
    "cp850": "name,category\nGröße Tür Äpfel,Küche\n",
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_encodings_are_told_by_their_words(tmp_path: Path, encoding: str) -> None:
    text = ENCODED[encoding]

    table = table_of(tmp_path, text.encode(encoding))

    first = text.splitlines()[1].split(",")
    assert staged(table)[0]["name"] == first[0]
    assert encoding in table.source.notes[0]
    assert "`encoding`" in table.source.notes[0]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "name,category\n绿茶,茶叶\n咖啡杯,餐具\n"),
        ("cp949", "name,category\n녹차,차\n커피잔,잔\n"),
        ("cp1251", "name,category\nКружка,Кружки\n"),
        ("cp932", "name,category\n抹茶,茶\n"),
    ],
)
def test_an_encoding_that_may_be_another_is_asked_for(
    tmp_path: Path, encoding: str, text: str
) -> None:
    with pytest.raises(UnreadableFile, match="Say which it is with `encoding`"):
        table_of(tmp_path, text.encode(encoding))
    said = read(tmp_path, text.encode(encoding), encoding=encoding)
    assert said[0]["name"] == text.splitlines()[1].split(",")[0]


@pytest.mark.parametrize(
    "header",
    [
        "ProductName;SkuCode;CategoryName;StockQuantity;UnitPrice",
        "Artikelbezeichnung;Artikelnummer;Warengruppe;Lagerbestand;Verkaufspreis",
        "Désignation;Référence;Catégorie;Quantité;Prix TTC",
        "Nombre;Referencia;Categoría;Existencias;Precio de venta",
        "Nome prodotto;Codice articolo;Categoria;Giacenza;Prezzo",
        "Productnaam;Artikelnummer;Categorie;Voorraad;Verkoopprijs",
        "Nazwa towaru;Kod produktu;Kategoria;Ilość;Cena brutto",
        "Наименование;Артикул;Категория;Остаток;Цена",
        "商品名;商品コード;カテゴリー;在庫数;販売価格",
        "Title;Variant SKU;Type;Variant Inventory Qty;Variant Price",
        "Ürün adı;Stok kodu;Kategori;Stok;Fiyat",
        "Name*;SKU*;Product category:;Qty.;Price (USD) incl. VAT",
    ],
)
def test_headers_as_people_write_them(tmp_path: Path, header: str) -> None:
    header = header.replace("SkuCode", "ItemCode")
    table = table_of(tmp_path, f"{header}\nPen;P-1;Pens;5;12\n")

    assert table.header.places == {
        "name": 0,
        "sku": 1,
        "category": 2,
        "quantity": 3,
        "price": 4,
    }


def test_a_price_without_tax_is_no_price(tmp_path: Path) -> None:
    table = table_of(tmp_path, "Name;Cena netto;Cena brutto\nPen;1;2\n")
    assert staged(table)[0]["price"] == "2"
    alone = table_of(tmp_path, "Name;Preis (netto)\nPen;1\n")
    assert "price" not in alone.header.places


def test_whether_something_is_there_is_no_quantity(tmp_path: Path) -> None:
    table = table_of(tmp_path, "name,In stock\nPen,1\nInk,0\n")
    assert "quantity" not in table.header.places
    table = table_of(tmp_path, "name,In stock\nPen,1\nInk,12\n")
    assert "quantity" in table.header.places


def test_money_of_other_currencies_is_told_in_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["name", "price", "cost"], ["Pen", 5.5, 1], ["Ink", 6.5, 2]):
        sheet.append(row)
    sheet["B2"].number_format = "[$€-407] #,##0.00"
    sheet["C3"].number_format = '#,##0.00\\ "zł"'
    sheet["B3"].number_format = '"$"#,##0.00'
    buffer = io.BytesIO()
    book.save(buffer)

    pen, ink = read(tmp_path, buffer.getvalue(), "a.xlsx")

    assert [(f["column"], f["code"]) for f in pen["faults"]] == [
        ("price", "wrong_currency")
    ]
    assert [(f["column"], f["code"]) for f in ink["faults"]] == [
        ("cost", "wrong_currency")
    ]
    assert ink["price"] == "6.5"


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


FOREIGN = {
    "cp1257": ["Tēja", "Grāmata", "Krēsls", "Ūdens", "Dzērieni", "Bērni", "Dārzs"],
    "cp1254": ["Kaşık", "Kırmızı", "Taşıma", "Yağ"],
    "cp1250": ["Ręcznik", "Pędzel", "Śruba", "Taśma", "Łazienka"],
    "cp850": ["Café", "Thé", "Purée", "Rosé", "Soufflé"],
}


@pytest.mark.parametrize("encoding", FOREIGN)
def test_no_file_is_taken_for_western_that_is_not(
    tmp_path: Path, encoding: str
) -> None:
    rows = "".join(f"{word},1\n" for word in FOREIGN[encoding])
    data = f"name,price\n{rows}".encode(encoding)
    refusal = ""
    found: list[str] = []
    try:
        found = [row["name"] for row in read(tmp_path, data)]
    except UnreadableFile as refused:
        refusal = refused.detail
    # As it is, or asked for with this reading among others.
    assert found == FOREIGN[encoding] or FOREIGN[encoding][0] in refusal


WESTERN = [
    ["Café", "Crème", "Forêt", "Gâteau", "Garçon", "Noël", "Cœur", "Œuf", "Où"],
    ["Niño", "Mañana", "Jalapeño", "Corazón"],
    ["Maçã", "Pão", "Ações", "Coração"],
    ["Però", "Più", "Città", "Perché", "Caffè", "Così"],
    ["Blåbær", "Rødgrød", "Smørrebrød"],
    ["Größe", "Äpfel", "Übergröße"],
]


@pytest.mark.parametrize("words", WESTERN)
def test_western_files_are_taken_as_they_are(tmp_path: Path, words: list[str]) -> None:
    data = "name,price\n" + "".join(f"{word},1\n" for word in words)

    assert [row["name"] for row in read(tmp_path, data.encode("cp1252"))] == words


@pytest.mark.parametrize(
    "header",
    [
        *("Price (ex VAT)", "Price (w/o VAT)", "Prix (H.T.)", "Prezzo (IVA escl.)"),
        *("Price (before tax)", "Price (cents)", "Price (old)", "Price (wholesale)"),
    ],
)
def test_what_stands_in_brackets_may_change_the_meaning(
    tmp_path: Path, header: str
) -> None:
    assert "price" not in table_of(tmp_path, f"name,{header}\nPen,5\n").header.places


@pytest.mark.parametrize(
    "header",
    [
        *("価格(円)", "価格（円）", "Price (元)", "Price (EUR/pc)", "Price (Pounds)"),
        *("Eur price", "Price/EUR", "Prix en €", "Цена, руб.", "Cena zł"),
    ],
)
def test_another_currency_in_a_header_is_seen(tmp_path: Path, header: str) -> None:
    data = f'name,"{header}"\nPen,5\nInk,6\n'.encode()
    rows = read(tmp_path, data)
    codes = [fault["code"] for row in rows for fault in row["faults"]]
    assert codes == ["wrong_currency"] * 2


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("$5 AUD", "AUD", "5"),
        ("$5000", "CLP", "5000"),
        ("Rs 5", "PKR", "5"),
        ("US $5", "USD", "5"),
        ("\u22125", "USD", "-5"),
        ("５００円", "JPY", "500"),
        ("FCFA 500", "XOF", "500"),
        ("Rs. 500/-", "INR", "500"),
        ("$5 inc. VAT", "USD", "5"),
    ],
)
def test_signs_of_money_in_shops_of_their_own(
    text: str, currency: str, amount: str
) -> None:
    assert plain_number(text, DecimalMark.UNKNOWN, currency) == amount


def test_formats_that_escape_their_letters_tell_a_currency() -> None:
    assert currency_in_format(r"#,##0.00\ \z\ł") == "zł"
    assert currency_in_format(r"\E\U\R 0.00") == "EUR"
    assert not currency_in_format("yyyy-mm-dd")


def test_a_picture_is_no_category(tmp_path: Path) -> None:
    data = "name,category,price,image\nA,Shoes,5,a\n,,,https://x/b.jpg\nB,,6,c\n,,99,\n"
    rows = read(tmp_path, data, category_from_above=True)
    assert [row["category"] for row in rows] == ["Shoes", "Shoes", "Shoes"]


def test_a_category_may_have_a_comma(tmp_path: Path) -> None:
    rows = read(tmp_path, "Bezeichnung;Kategorie;Preis\nA;Küche, Bad & Haushalt;5,00\n")
    assert rows[0]["category"] == "Küche, Bad & Haushalt"


def test_a_code_longer_than_excel_keeps_is_refused(tmp_path: Path) -> None:
    data = workbook([["name", "sku", "price"], ["A", 123456789012345678, 5]])
    faults = read(tmp_path, data, "a.xlsx")[0]["faults"]
    assert [(fault["column"], fault["code"]) for fault in faults] == [
        ("sku", "cut_short")
    ]


def test_a_refused_sheet_names_the_others(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Instructions"
    first.append(["How to fill this in"])
    book.create_sheet("Products").append(["name", "price"])
    buffer = io.BytesIO()
    book.save(buffer)

    with pytest.raises(UnreadableFile, match=r"\('Products'\) say `sheet`"):
        table_of(tmp_path, buffer.getvalue(), "a.xlsx")
    assert (
        table_of(tmp_path, buffer.getvalue(), "a.xlsx", sheet="Products").total_rows
        == 0
    )


@pytest.mark.parametrize(
    "price", ["5,50 € KDV dahil", "5.50 € s DPH", "€5.50 cu TVA", "5.50 € (incl. MVA)"]
)
def test_taxes_that_are_in_a_price_change_nothing(price: str) -> None:
    mark = DecimalMark.COMMA if "," in price else DecimalMark.POINT

    assert plain_number(price, mark, "EUR") == "5.50"


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
