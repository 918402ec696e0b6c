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


def values_of(rows: list[dict[str, str]], *names: str) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_what_was_oversold_is_nothing(read_rows: ReadRows) -> None:
    layout, rows = read_rows(
        "Handle,Title,Type,Option1 Name,Option1 Value,Variant SKU,"
        "Variant Inventory Qty,Variant Price\n"
        "a,A,Pens,Size,S,A-S,-1,9.00\na,,,,M,A-M,4,9.00\na,,,,L,A-L,-12.0,9.00\n"
    )

    assert values_of(rows, "sku", "quantity") == [
        *(("A-S", "0"), ("A-M", "4"), ("A-L", "0")),
    ]
    assert any("2 rows tell that more was sold" in note for note in layout["notes"])
    # Where nobody knows who has written it, it is asked about.
    _, (plain,) = read_rows("name,category,quantity,price\nA,Pens,-1,9\n")
    assert json.loads(plain["faults"])[0]["code"] == "negative"


@pytest.mark.parametrize(
    ("program", "file", "columns", "expected"),
    [
        (
            "squarespace",
            (
                "Product ID [Non Editable],Title,SKU,Price,Stock,Categories\n"
                'p1,Ball,B,5.00,2,"/dogs/toys, /cats"\np2,Bed,C,5.00,1,Beds\n'
            ),
            ("category",),
            [("dogs > toys",), ("Beds",)],
        ),
        (
            "etsy",
            (
                "TITOLO,DESCRIZIONE,PREZZO,CURRENCY_CODE,QUANTITÀ,TAG,IMMAGINE1,SKU\n"
                "Tazza,Blu,12.00,USD,3,casa,,T-1\n"
            ),
            ("name", "price", "quantity"),
            [("Tazza", "12.00", "3")],
        ),
        (
            "square",
            (
                "Category,Item Name,Variation Name,Price (USD),Item ID,Variation ID\n"
                "Tea,Assam,100 g,5.00,i1,v1\nTea,Assam,500 g,20.00,i1,v2\n"
            ),
            ("name", "price", "category"),
            [("Assam", "5.00", "Tea"), ("Assam", "20.00", "Tea")],
        ),
        (
            "loyverse",
            (
                "Handle,SKU,Name,Category,Option 1 name,Option 1 value,Cost,"
                "Price [Main],In stock [Main]\n"
                "tee,T-S,Tee,Shirts,Size,S,1,9.00,3\ntee,T-M,,,,M,1,9.50,4\n"
            ),
            ("sku", "price", "quantity"),
            [("T-S", "9.00", "3"), ("T-M", "9.50", "4")],
        ),
        (
            "magento-grid",
            (
                "ID,Name,Type,Attribute Set,SKU,Price,Quantity,Visibility,Status\n"
                '1,Shirt-S,Simple Product,Default,S-S,64.99,3,"Catalog, Search",yes\n'
                '2,Shirt,Configurable Product,Default,S,64.99,0,"Catalog, Search",yes\n'
                "3,Old,Simple Product,Default,O,1.00,3,Catalog,Disabled\n"
            ),
            ("sku", "category", "status"),
            [("S-S", "", "active"), ("O", "", "draft")],
        ),
    ],
)
def test_what_programs_write_into_cells(
    read_rows: ReadRows,
    program: str,
    file: str,
    columns: tuple[str, ...],
    expected: list[tuple[str, ...]],
) -> None:
    layout, rows = read_rows(file)

    assert layout["program"] == program
    assert values_of(rows, *columns) == expected
    assert all(not row["faults"] for row in rows)


def test_a_column_that_is_empty_means_nothing_beside_one_that_is_not(
    read_rows: ReadRows,
) -> None:
    layout, rows = read_rows(
        "name,category,quantity,price,EAN13,UPC,Stock,Colour\n"
        "A,Pens,1,9,4006381333931,,,\nB,Pens,2,9,,042100005264,,\n"
    )

    assert layout["columns"]["barcode"] == "EAN13"
    assert layout["columns"]["quantity"] == "quantity"
    assert values_of(rows, "barcode") == [("4006381333931",), ("",)]


def test_a_minus_behind_an_apostrophe_is_one(read_rows: ReadRows) -> None:
    _, (row,) = read_rows(
        "ID,Type,SKU,Name,Published,Stock,Regular price,Categories\n"
        "2,simple,B1,B,'-1,3,9.00,Pens\n"
    )

    assert row["status"] == "draft"


def test_what_a_wix_shop_counts_with_words_is_not_counted(
    read_rows: ReadRows,
) -> None:
    _, rows = read_rows(
        "handleId,fieldType,name,sku,price,inventory,collection\n"
        "h1,Product,A,A1,5,in_stock,Pens\nh2,Product,B,B1,5,OutOfStock,Pens\n"
    )

    assert values_of(rows, "quantity") == [("",), ("",)]
