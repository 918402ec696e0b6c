"""Workbooks: what their cells are, and which of their sheets is read."""

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from testing.imports import workbook
from testing.tables import read, table_of

from shopkeeper.imports.errors import UnreadableFile


def test_a_row_has_the_number_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    data = 'name,description\n"A","two\nlines"\n\nB,one\n'

    assert [(r["row"], r["name"]) for r in read(tmp_path, data)] == [
        ("2", "A"),
        ("4", "B"),
    ]


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


def test_a_text_has_no_sheets(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no sheets"):
        table_of(tmp_path, "name\nPen\n", sheet="Sheet1")


def test_a_picture_is_no_category(tmp_path: Path) -> None:
    data = "name,category,price,image\nA,Shoes,5,a\n,,,https://x/b.jpg\nB,,6,c\n,,99,\n"
    rows = read(tmp_path, data, category_from_above=True)
    assert [row["category"] for row in rows] == ["Shoes", "Shoes", "Shoes"]


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
