import io
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest
from tests.world import World, pointers, problem

from shopkeeper.utils.settings import read_settings

HEAD = "name,category,quantity,price,cost,sku\n"


def send(world: World, data: bytes | str, name: str = "a.csv", **options: str) -> Any:
    content = data.encode() if isinstance(data, str) else data
    form = {"file": (io.BytesIO(content), name), **options}
    return world.manager.post("/products/bulk-import", data=form)


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def counts(answer: Any) -> tuple[int, int, int, int]:
    assert answer.status_code == 200, answer.text
    report = answer.json
    return (
        report["created"],
        report["updated"],
        report["unchanged"],
        report["rejected"],
    )


def names(world: World) -> list[str]:
    items = world.client.get("/products?limit=100").json["items"]
    return [item["name"] for item in items]


GOOD = HEAD + "Pen,Pens,5,1.50,0.7,P1\nInk,Ink,3,12,,\n"


def test_a_file_becomes_products_and_categories(world: World) -> None:
    answer = send(world, GOOD)

    assert counts(answer) == (2, 0, 0, 0)
    assert answer.json["status"] == "succeeded"
    assert answer.json["categories_created"] == ["Ink", "Pens"]
    assert names(world) == ["Ink", "Pen"]
    pen = world.manager.get("/products?search=pen").json["items"][0]
    assert (pen["sku"], pen["price"], pen["cost"]) == ("P1", "1.50", "0.7000")


def test_the_same_file_again_changes_nothing(world: World) -> None:
    send(world, GOOD)
    before = world.manager.get("/products").json

    assert counts(send(world, GOOD)) == (0, 0, 2, 0)
    assert world.manager.get("/products").json == before


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (GOOD.replace(",", ";").encode(), "a.csv"),
        (GOOD.replace(",", "\t").encode(), "a.tsv"),
        (("\ufeff" + GOOD).encode(), "A.CSV"),
        (GOOD.encode("utf-16"), "a.csv"),
        (("\r\n" + GOOD.replace("\n", "\r\n\r\n")).encode(), "a.csv"),
    ],
)
def test_files_as_people_have_them(world: World, data: bytes, name: str) -> None:
    assert counts(send(world, data, name)) == (2, 0, 0, 0)


def test_a_windows_file_keeps_its_accents(world: World) -> None:
    send(world, (HEAD + "Café ink,Ink,1,1,,\n").encode("cp1252"))

    assert names(world) == ["Café ink"]


def test_excel_numbers_are_what_they_show(world: World) -> None:
    rows: list[list[object]] = [
        ["Name", "Category", "Quantity", "Price", "Cost", "Sku"],
        ["Pen", "Pens", 5, 4.1, 1.1 + 2.2, "007"],
        [None, None, None, None, None, None],
        ["Ink", "Pens", 5.0, 12, None, None],
    ]

    assert counts(send(world, workbook(rows), "a.xlsx")) == (2, 0, 0, 0)
    pen = world.manager.get("/products?search=pen").json["items"][0]
    assert (pen["price"], pen["cost"], pen["sku"]) == ("4.10", "3.3000", "007")


BAD = HEAD + (
    "Good,Pens,5,1,,\n"
    ",Pens,5,1,,\n"
    "No price,Pens,5,,,\n"
    "Bad numbers,Pens,many,0,x,\n"
    "good,Pens,1,1,,\n"
    "Also good,Pens,1,1.5,,\n"
)


def test_nothing_is_written_unless_every_row_is_good(world: World) -> None:
    answer = send(world, BAD)

    assert counts(answer) == (0, 0, 0, 4)
    assert answer.json["status"] == "failed"
    assert answer.json["rows"] == 6
    assert names(world) == []
    assert world.client.get("/categories").json["items"] == []


def test_every_bad_row_is_told_as_a_spreadsheet_counts(world: World) -> None:
    answer = send(world, BAD, on_error="skip_rows")

    assert counts(answer) == (2, 0, 0, 4)
    assert names(world) == ["Also good", "Good"]
    told = [(e["row"], e["column"], e["code"]) for e in answer.json["errors"]]
    assert told == [
        (3, "name", "missing"),
        (3, "name", "missing"),
        (4, "price", "missing"),
        (5, "quantity", "invalid"),
        (5, "price", "invalid"),
        (5, "cost", "invalid"),
        (6, "name", "duplicate_in_file"),
    ]
    assert answer.json["errors"][3]["value"] == "many"


def test_a_dry_run_reports_and_keeps_nothing(world: World) -> None:
    answer = send(world, GOOD, dry_run="true")

    assert counts(answer) == (2, 0, 0, 0)
    assert answer.json["dry_run"] is True
    assert answer.json["categories_created"] == ["Ink", "Pens"]
    assert names(world) == []
    assert world.client.get("/categories").json["items"] == []


def test_an_update_touches_only_the_columns_of_the_file(world: World) -> None:
    product = world.product(name="Pen", quantity=5, cost="1", sku="P")

    answer = send(world, "sku,price\nP,9.99\n", match_by="sku", mode="update")

    assert counts(answer) == (0, 1, 0, 0)
    after = world.manager.get(f"/products/{product['id']}").json
    changed = {key for key in product if product[key] != after[key]}
    assert changed == {"price", "updated_at"}


def test_a_quantity_can_be_added(world: World) -> None:
    product = world.product(name="Pen", quantity=5)

    send(world, "name,quantity\nPen,3\n", quantity_mode="add")
    zero = send(world, "name,quantity\nPen,0\n", quantity_mode="add")

    assert world.stock(product) == 8
    assert counts(zero) == (0, 0, 1, 0)


def test_a_quantity_that_would_overflow_is_refused_whole(world: World) -> None:
    world.product(name="Pen", quantity=2**31 - 1)

    answer = send(world, "name,quantity\nPen,3\n", quantity_mode="add")

    assert problem(answer) == (409, "stock_overflow")


def test_empty_cells_clear_what_may_be_empty(world: World) -> None:
    product = world.product(name="Pen", cost="1", description="Old")

    answer = send(world, "name,cost,description,price\nPen,,,\n")

    assert counts(answer) == (0, 1, 0, 0)
    after = world.manager.get(f"/products/{product['id']}").json
    assert (after["cost"], after["description"]) == (None, None)
    assert after["price"] == product["price"]


def test_a_file_moves_products_between_categories(world: World) -> None:
    product = world.product(name="Pen")

    send(world, "name,category\nPen,Writing\n")

    assert world.client.get(f"/products/{product['id']}").json["category"] == "Writing"


@pytest.mark.parametrize(
    ("options", "data", "code"),
    [
        (
            {"mode": "insert"},
            "name,category,quantity,price\nPen,Pens,1,1\n",
            "already_exists",
        ),
        ({"mode": "update"}, "name,price\nQuill,1\n", "not_found"),
        (
            {"create_categories": "false"},
            "name,category\nPen,Nowhere\n",
            "category_not_found",
        ),
        ({}, "name,category,quantity,price,sku\nQuill,Pens,1,1,p\n", "taken"),
        ({"match_by": "sku"}, "sku,name\n,Pen\n", "missing"),
    ],
)
def test_rules_of_the_catalogue_hold(
    world: World, options: dict[str, str], data: str, code: str
) -> None:
    world.product(name="Pen", sku="P", category=world.category("Pens")["name"])

    answer = send(world, data, **options)

    assert answer.json["status"] == "failed"
    assert code in {error["code"] for error in answer.json["errors"]}


def test_only_the_first_hundred_errors_are_told_inline(world: World) -> None:
    answer = send(world, HEAD + "Pen,Pens,5,0,,\n" * 150)

    assert answer.json["rejected"] == 150
    assert len(answer.json["errors"]) == 100


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        for n in range(9):
            archive.writestr(f"xl/{n}.xml", b"\0" * (60 * 1024 * 1024))
    return buffer.getvalue()


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "a.csv"),
    "blank": (b"\n \n", "a.csv"),
    "only empty cells": (b",,\n,,\n", "a.csv"),
    "nul": (b"name\0,price\n", "a.csv"),
    "no known header": (b"colour,size\nred,5\n", "a.csv"),
    "header twice": (b"name,Name\na,b\n", "a.csv"),
    "ragged": (b"name,price\na,1,2,3\n", "a.csv"),
    "unbalanced quotes": (b'name,price\n"a,1\n', "a.csv"),
    "undecodable": (b"name\n\x81\x8d\n", "a.csv"),
    "broken utf-16": (b"\xff\xfea", "a.csv"),
    "other kind": (b"%PDF", "a.pdf"),
    "no name": (b"name\nx\n", "a"),
    "no zip": (b"name,price\n", "a.xlsx"),
    "zip of nothing": (b"PK\x05\x06" + b"\0" * 18, "a.xlsx"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_files_that_are_no_table(world: World, what: str) -> None:
    data, name = UNREADABLE[what]

    answer = send(world, data, name)

    assert problem(answer) == (400, "unreadable_file")


def test_an_empty_sheet_is_no_table(world: World) -> None:
    assert problem(send(world, workbook([]), "a.xlsx")) == (400, "unreadable_file")


def test_a_zip_bomb_is_not_unpacked(world: World) -> None:
    assert problem(send(world, bomb(), "a.xlsx")) == (413, "file_too_large")


def test_a_sheet_as_wide_as_excel_goes_is_read_in_time(world: World) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "name"
    sheet["XFD1048576"] = 1
    buffer = io.BytesIO()
    book.save(buffer)

    answer = send(world, buffer.getvalue(), "a.xlsx")

    assert counts(answer) == (0, 0, 0, 0)


def test_more_rows_than_the_limit_are_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read_settings(import_max_rows=2)
    monkeypatch.setattr(
        "shopkeeper.service.db.product_import.get_settings", lambda: settings
    )

    assert counts(send(world, GOOD)) == (2, 0, 0, 0)
    answer = send(world, GOOD + "Third,Ink,1,1,,\nFourth,Ink,1,1,,\n")
    assert problem(answer) == (413, "file_too_large")


def test_a_form_needs_exactly_one_file(world: World) -> None:
    none = world.manager.post(
        "/products/bulk-import",
        data={"mode": "insert"},
        content_type="multipart/form-data",
    )
    two = world.manager.post(
        "/products/bulk-import",
        data={"file": [(io.BytesIO(b"a"), "a.csv"), (io.BytesIO(b"b"), "b.csv")]},
    )
    json = world.manager.post("/products/bulk-import", json={})
    option = send(world, GOOD, mode="sideways")

    assert problem(none) == problem(two) == (422, "validation_failed")
    assert problem(json) == (415, "unsupported_media_type")
    assert pointers(option) == ["mode"]


def test_names_in_any_alphabet_are_found_again(world: World) -> None:
    file = "name,category,quantity,price\nΟΔΗΓΟΣ,ΤΕΛΟΣ,1,1\nİzmir,ΤΕΛΟΣ,1,1\n"
    send(world, file)

    again = send(world, file)
    other_case = send(world, "name,category\nοδηγοσ,τελοσ\n", create_categories="false")
    twins = send(world, "name,quantity\nΛΟΓΟΣ,1\nλογοσ,1\n")

    assert counts(again) == (0, 0, 2, 0)
    assert counts(other_case) == (0, 1, 0, 0)
    assert "duplicate_in_file" in {error["code"] for error in twins.json["errors"]}


@pytest.mark.parametrize("quantity", ["1_000", "+12", "１２", "5.5", "many"])
def test_quantities_are_plain_digits(world: World, quantity: str) -> None:
    answer = send(world, f"name,category,quantity,price\nPen,Pens,{quantity},1\n")

    assert answer.json["errors"][0]["column"] == "quantity"


def test_a_long_value_is_quoted_in_part(world: World) -> None:
    answer = send(world, HEAD + f"{'x' * 5000},Pens,5,1,,\n")

    assert len(answer.json["errors"][0]["value"]) == 200
