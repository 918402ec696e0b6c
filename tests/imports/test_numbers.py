"""Numbers, currencies and taxes, as people and programs write them."""

import io
from pathlib import Path

import openpyxl
import pytest
from testing.tables import column, read, staged, table_of

from shopkeeper.imports.sheets.currencies import currency_in_format
from shopkeeper.imports.sheets.numbers import DecimalMark, plain_number

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


@pytest.mark.parametrize(
    "price", ["5,50 € KDV dahil", "5.50 € s DPH", "€5.50 cu TVA", "5.50 € (incl. MVA)"]
)
def test_taxes_that_are_in_a_price_change_nothing(price: str) -> None:
    mark = DecimalMark.COMMA if "," in price else DecimalMark.POINT

    assert plain_number(price, mark, "EUR") == "5.50"
