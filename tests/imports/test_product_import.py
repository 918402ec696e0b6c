import io
from typing import Any

import pytest
from testing.imports import GOOD, HEAD, Importer, counts, told, workbook
from testing.world import World


def test_a_file_becomes_products_and_categories(importer: Importer) -> None:
    report = importer.send(GOOD)

    assert counts(report) == (2, 0, 0, 0)
    assert report["status"] == "succeeded"
    assert (report["rows"], report["percentage"]) == (2, 100)
    assert report["categories_created"] == ["Ink", "Pens"]
    assert importer.names() == ["Ink", "Pen"]
    pen = importer.world.manager.get("/products?search=pen").json["items"][0]
    assert (pen["sku"], pen["price"], pen["cost"]) == ("P1", "1.50", "0.7000")
    assert (pen["quantity"], pen["category"]) == (5, "Pens")


def test_the_same_file_again_changes_nothing(importer: Importer) -> None:
    importer.send(GOOD)
    before = importer.world.manager.get("/products").json

    assert counts(importer.send(GOOD)) == (0, 0, 2, 0)
    assert importer.world.manager.get("/products").json == before


def test_a_workbook_becomes_products(importer: Importer) -> None:
    rows: list[list[object]] = [
        ["Name", "Category", "Quantity", "Price", "Cost", "Sku"],
        ["Pen", "Pens", 5, 4.1, 1.1 + 2.2, "007"],
        [None, None, None, None, None, None],
        ["Ink", "Pens", 5.0, 12, None, None],
    ]

    assert counts(importer.send(workbook(rows), "a.xlsx")) == (2, 0, 0, 0)
    pen = importer.world.manager.get("/products?search=pen").json["items"][0]
    assert (pen["price"], pen["cost"], pen["sku"]) == ("4.10", "3.3000", "007")


BAD = HEAD + (
    "Good,Pens,5,1,,\n"
    ",Pens,5,1,,\n"
    "No price,Pens,5,,,\n"
    "Bad numbers,Pens,many,0,x,\n"
    "good,Pens,1,1,,\n"
    "Also good,Pens,1,1.5,,\n"
    "Both,,1,0,,\n"
)


def test_nothing_is_written_unless_every_row_is_good(importer: Importer) -> None:
    report = importer.send(BAD)

    assert counts(report) == (0, 0, 0, 5)
    assert report["status"] == "failed"
    assert report["rows"] == 7
    assert importer.names() == []
    assert importer.world.client.get("/categories").json["items"] == []


def test_every_fault_is_told_as_a_spreadsheet_counts(importer: Importer) -> None:
    report = importer.send(BAD, on_error="skip_rows")

    assert counts(report) == (2, 0, 0, 5)
    assert importer.names() == ["Also good", "Good"]
    assert told(report) == [
        (3, "name", "missing"),
        (4, "price", "missing"),
        (5, "quantity", "not_a_number"),
        (5, "price", "not_positive"),
        (5, "cost", "not_a_number"),
        (6, "name", "duplicate_in_file"),
        (8, "category", "missing"),
        (8, "price", "not_positive"),
    ]
    assert report["errors"][2]["value"] == "many"
    assert report["errors"][5]["message"] == "stands in row 2 already"


def test_a_dry_run_reports_and_keeps_nothing(importer: Importer) -> None:
    dry = importer.send(GOOD, dry_run="true")

    assert counts(dry) == (2, 0, 0, 0)
    assert dry["dry_run"] is True
    assert dry["categories_created"] == ["Ink", "Pens"]
    assert importer.names() == []
    assert importer.world.client.get("/categories").json["items"] == []

    wet = importer.send(GOOD)
    for field in ("created", "categories_created", "rows", "columns"):
        assert wet[field] == dry[field]


def test_an_update_touches_only_the_columns_of_the_file(importer: Importer) -> None:
    product = importer.world.product(name="Pen", quantity=5, cost="1", sku="P")

    report = importer.send("sku,price\nP,9.99\n", match_by="sku", mode="update")

    assert counts(report) == (0, 1, 0, 0)
    after = importer.world.manager.get(f"/products/{product['id']}").json
    changed = {key for key in product if product[key] != after[key]}
    assert changed == {"price", "updated_at"}


def test_a_change_is_a_new_version_and_no_change_is_none(importer: Importer) -> None:
    product = importer.world.product(name="Pen", quantity=5)
    path = f"/products/{product['id']}"
    first = importer.world.client.get(path).headers["ETag"]

    importer.send("name,quantity\nPen,5\n")
    same = importer.world.client.get(path).headers["ETag"]
    importer.send("name,quantity\nPen,6\n")
    moved = importer.world.client.get(path).headers["ETag"]
    importer.send("name,price\nPen,7\n")
    priced = importer.world.client.get(path).headers["ETag"]

    assert first == same
    assert len({same, moved, priced}) == 3


def test_a_quantity_can_be_added(importer: Importer) -> None:
    product = importer.world.product(name="Pen", quantity=5)

    added = importer.send("name,quantity\nPen,3\n", quantity_mode="add")
    zero = importer.send("name,quantity\nPen,0\n", quantity_mode="add")

    assert importer.world.stock(product) == 8
    assert (counts(added), counts(zero)) == ((0, 1, 0, 0), (0, 0, 1, 0))


def test_a_stock_that_cannot_be_counted_is_a_bad_row(importer: Importer) -> None:
    importer.world.product(name="Pen", quantity=2**31 - 1)

    report = importer.send("name,quantity\nPen,3\n", quantity_mode="add")

    assert told(report) == [(2, "quantity", "too_large")]


def test_empty_cells_clear_what_may_be_empty(importer: Importer) -> None:
    product = importer.world.product(name="Pen", cost="1", description="Old")

    report = importer.send("name,cost,description,price\nPen,,,\n")

    assert counts(report) == (0, 1, 0, 0)
    after = importer.world.manager.get(f"/products/{product['id']}").json
    assert (after["cost"], after["description"]) == (None, None)
    assert after["price"] == product["price"]


def test_a_file_moves_products_between_categories(importer: Importer) -> None:
    product = importer.world.product(name="Pen")

    importer.send("name,category\nPen,Writing\n")

    shown = importer.world.client.get(f"/products/{product['id']}").json
    assert shown["category"] == "Writing"


def test_a_product_told_by_its_sku_can_be_renamed(importer: Importer) -> None:
    product = importer.world.product(name="Pen", sku="P-1")

    report = importer.send("sku,name\np-1,Fountain pen\n", match_by="sku")

    shown = importer.world.client.get(f"/products/{product['id']}").json
    assert counts(report) == (0, 1, 0, 0)
    assert (shown["name"], shown["sku"]) == ("Fountain pen", "p-1")


@pytest.mark.parametrize(
    ("options", "data", "fault"),
    [
        (
            {"mode": "insert"},
            "name,category,quantity,price\nPen,Pens,1,1\n",
            ("name", "already_exists"),
        ),
        ({"mode": "update"}, "name,price\nQuill,1\n", ("name", "not_found")),
        (
            {"create_categories": "false"},
            "name,category\nPen,Nowhere\n",
            ("category", "category_not_found"),
        ),
        (
            {},
            "name,category,quantity,price,sku\nQuill,Pens,1,1,p\n",
            ("sku", "sku_taken"),
        ),
        (
            {"match_by": "sku"},
            "sku,name,category,quantity,price\nQ,pen,Pens,1,1\n",
            ("name", "name_taken"),
        ),
        ({"match_by": "sku"}, "sku,name\n,Pen\n", ("sku", "missing")),
        (
            {},
            "name,category,quantity,price,sku\nA,Pens,1,1,x\nB,Pens,1,1,X\n",
            ("sku", "duplicate_in_file"),
        ),
        ({}, "name,price\nPen,1,2\n", (None, "too_many_cells")),
    ],
)
def test_rules_of_the_catalogue_hold(
    importer: Importer, options: dict[str, str], data: str, fault: tuple[str, str]
) -> None:
    world = importer.world
    world.product(name="Pen", sku="P", category=world.category("Pens")["name"])

    report = importer.send(data, **options)

    assert report["status"] == "failed"
    assert fault in {(error["column"], error["code"]) for error in report["errors"]}


def test_a_short_row_says_nothing_of_what_it_does_not_reach(
    importer: Importer,
) -> None:
    product = importer.world.product(name="Pen", sku="P", cost="1", description="Old")
    before = importer.world.manager.get(f"/products/{product['id']}").json

    short = importer.send("name,quantity,sku,cost,description\nPen,10\n")
    empty = importer.send("name,quantity,sku,cost,description\nPen,10,,,\n")

    after = importer.world.manager.get(f"/products/{product['id']}").json
    assert (counts(short), counts(empty)) == ((0, 0, 1, 0), (0, 1, 0, 0))
    assert before["sku"] == "P"
    assert (after["sku"], after["cost"], after["description"]) == (None, None, None)


def test_names_that_look_like_something_else_come_back(importer: Importer) -> None:
    names = ["#N/A", "'=x", "=SUM(A1)", "-1", "1E5", "007", 'a "b"; c, d', "\\N", "ﷺ"]
    for name in names:
        importer.world.product(name=name, sku=f"s{name}"[:60], description="a\n\tb")
    for kind in ("csv", "xlsx"):
        sheet = importer.world.manager.get(f"/products/export?format={kind}")

        report = importer.send(sheet.data, f"a.{kind}")

        assert counts(report) == (0, 0, len(names), 0)
        assert sheet.headers["Content-Disposition"].endswith(f'"products.{kind}"')


def test_names_in_any_alphabet_are_found_again(importer: Importer) -> None:
    file = "name,category,quantity,price\nΟΔΗΓΟΣ,ΤΕΛΟΣ,1,1\nİzmir,ΤΕΛΟΣ,1,1\n"
    importer.send(file)

    again = importer.send(file)
    other_case = importer.send(
        "name,category\nοδηγοσ,τελοσ\n", create_categories="false"
    )
    twins = importer.send("name,quantity\nΛΟΓΟΣ,1\nλογοσ,1\n")

    assert counts(again) == (0, 0, 2, 0)
    assert counts(other_case) == (0, 1, 0, 0)
    assert (3, "name", "duplicate_in_file") in told(twins)


def send(world: World, data: bytes, name: str = "a.csv", **options: str) -> Any:
    form = {"file": (io.BytesIO(data), name), **options}
    return world.manager.post("/products/bulk-import", data=form)


def test_a_file_cannot_bring_a_twin_that_looks_the_same(importer: Importer) -> None:
    importer.send("name,sku,quantity,price,category\nBlue pen,B-1,1,2.00,Pens\n")

    header = "name,sku,quantity,price,category\n"
    again = importer.send(f"{header}Blue\u200b  pen,B\u00ad-1,1,2.00,Pe\u2060ns\n")
    unseen = importer.send(f"{header}\u3164,B-2,1,2.00,Pens\n")

    assert counts(again) == (0, 0, 1, 0)
    assert [fault["code"] for fault in unseen["errors"]] == ["invisible"]
