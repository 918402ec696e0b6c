"""Rows of one product in programs' files, as the reading process tells them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from testing.program_exports import (
    ETSY,
    MAGENTO,
    MEDUSA,
    SHOPIFY,
    SQUARE,
    SQUARESPACE,
    VENDURE,
    WIX,
    WOOCOMMERCE,
)

ReadRows = Callable[..., tuple[dict[str, Any], list[dict[str, str]]]]


def choices(rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    """Of each row: its sku, and the values of its options in their order."""
    return [
        (row["sku"], "/".join(value for _, value in json.loads(row["options"] or "[]")))
        for row in rows
    ]


@pytest.mark.parametrize(
    ("program", "file", "expected"),
    [
        (
            "shopify",
            SHOPIFY,
            [("T-S-R", "S/Red"), ("T-M-R", "M/Red"), ("C-1", ""), ("G-1", "")],
        ),
        ("woocommerce", WOOCOMMERCE, [("HOOD-S", "S"), ("HOOD-M", "M"), ("BELT", "")]),
        ("magento", MAGENTO, [("J-S", "S"), ("J-M", "M"), ("BAG", "")]),
        (
            "squarespace",
            SQUARESPACE,
            [("CA-S", "Small"), ("CA-L", "Large"), ("MA", "")],
        ),
        ("medusa", MEDUSA, [("SH-S", "S"), ("SH-M", "M")]),
        (
            "vendure",
            VENDURE,
            [("L138", "13 inch/8GB"), ("L1316", "13 inch/16GB"), ("M", "")],
        ),
        ("wix", WIX, [("R-52", "52"), ("R-54", "54"), ("CH", "")]),
        ("etsy", ETSY, [("", ""), ("CH", "")]),
    ],
)
def test_what_rows_are_of_their_options(
    read_rows: ReadRows, program: str, file: str, expected: list[tuple[str, str]]
) -> None:
    layout, rows = read_rows(file)

    assert (layout["program"], choices(rows)) == (program, expected)
    assert {row["faults"] for row in rows} == {""}


def test_variants_of_square_are_told_from_each_other_by_their_names(
    read_rows: ReadRows,
) -> None:
    layout, rows = read_rows(SQUARE, columns={"Current Quantity Main": "quantity"})

    assert layout["program"] == "square"
    assert [row["quantity"] for row in rows] == ["10", "3", "8"]
    assert [value for _, value in choices(rows)][:2] == ["250 g", "1 kg"]


def test_variants_are_of_one_family_and_have_what_their_product_has(
    read_rows: ReadRows,
) -> None:
    _, rows = read_rows(WOOCOMMERCE)

    small, medium, belt = rows
    assert small["family"] == medium["family"] != belt["family"]
    assert [row["name"] for row in rows] == ["Hoodie", "Hoodie", "Belt"]
    assert medium["description"] == "Warm"


def test_a_surcharge_comes_on_top(read_rows: ReadRows) -> None:
    _, rows = read_rows(WIX)
    assert [row["price"] for row in rows] == ["90", "95", "40"]

    _, rows = read_rows(WIX.replace("R-54,,5,", "R-54,,a little,"))
    assert rows[1]["price"] == ""
    assert "90 + a little" in rows[1]["faults"]


@pytest.mark.parametrize(
    ("told", "expected"),
    [("draft", ["draft", "draft", "active", "active"]), ("", ["", "", "active"])],
)
def test_the_first_row_says_whether_all_are_on_sale(
    read_rows: ReadRows, told: str, expected: list[str]
) -> None:
    file = SHOPIFY.replace("a.jpg,5.00,active", f"a.jpg,5.00,{told}")
    if not told:
        file = file.replace(",,true,Size", ",,,Size")

    _, rows = read_rows(file)

    assert [row["status"] for row in rows][: len(expected)] == expected


def test_what_is_archived_in_one_column_is_archived(read_rows: ReadRows) -> None:
    head, row = "Name,SKU,Category,Qty,Price,Discontinued,Visible\n", "Pen,P,Pens,1,2"

    _, rows = read_rows(f"{head}{row},yes,yes\n{row.replace('P,', 'Q,')},no,no\n")

    assert [row["status"] for row in rows] == ["archived", "draft"]


def test_a_disabled_product_of_magento(read_rows: ReadRows) -> None:
    head, *rows = MAGENTO.splitlines()
    told = [f"{head},product_online", *[f"{row},2" for row in rows]]

    _, read = read_rows("\n".join(told) + "\n")

    assert [row["status"] for row in read] == ["draft", "draft", "draft"]


def faults(row: dict[str, str]) -> list[tuple[str | None, str]]:
    """The column and the code of what is wrong with a row."""
    return [(each["column"], each["code"]) for each in json.loads(row["faults"])]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (SHOPIFY.replace("Size,S,Colour", "Size,S,size"), "options_differ"),
        (SHOPIFY.replace("Size,S,", f"Size,{'x' * 300},"), "too_long"),
    ],
)
def test_options_are_held_to_their_rules(
    read_rows: ReadRows, file: str, code: str
) -> None:
    _, (first, *_) = read_rows(file)

    assert (faults(first), first["options"]) == ([(None, code)], "")


def test_a_variant_without_its_product(read_rows: ReadRows) -> None:
    rows = WOOCOMMERCE.splitlines(keepends=True)

    _, read = read_rows("".join([rows[0], rows[2]]))

    assert faults(read[0])[0] == (None, "parent_missing")


def test_more_cells_than_headers(read_rows: ReadRows) -> None:
    _, rows = read_rows("name,category,quantity,price\nPen,Pens,1,2,50\n")

    assert faults(rows[0]) == [(None, "too_many_cells")]


@pytest.mark.parametrize(
    ("head", "cells", "expected"),
    [
        ("price,currency", "2,EUR", ["price"]),
        ("price,currency", "2,USD", []),
        ("price,currency", "2,", []),
        ("price,cost,currency,cost currency", "2,1,USD,EUR", ["cost"]),
        (
            "price,cost,currency",
            "2,1,EUR",
            ["price", "cost"],
        ),
        ("Price EUR", "2", ["price"]),
    ],
)
def test_amounts_of_other_money(
    read_rows: ReadRows, head: str, cells: str, expected: list[str]
) -> None:
    _, (row,) = read_rows(f"name,category,quantity,{head}\nPen,Pens,1,{cells}\n")

    told = faults(row) if row["faults"] else []
    assert told == [(column, "wrong_currency") for column in expected]


def test_headers_told_of_a_file_without_any(read_rows: ReadRows) -> None:
    layout, _ = read_rows(
        "Pen,Pens,1,2,x\n",
        header_row=0,
        columns={"1": "name", "2": "category", "3": "quantity", "4": "price"},
    )

    assert layout["told_header"] == [
        "name",
        "category",
        "quantity",
        "price",
        "column 5",
    ]


def test_headers_told_of_columns_that_were_chosen(read_rows: ReadRows) -> None:
    layout, _ = read_rows(
        "name,group,quantity,price,EUR price\nPen,Pens,1,2,3\n",
        columns={"group": "category", "price": None, "EUR price": "price"},
    )

    told = layout["told_header"]
    assert told == [
        *("name", "group [category]", "quantity"),
        *("price [ignored]", "EUR price [price]"),
    ]
