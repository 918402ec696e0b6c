import gzip
import io
from typing import Any

import pytest
from testing.imports import GOOD, HEAD, Importer, counts, told, workbook
from testing.world import World, pointers, problem


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


def test_only_the_first_hundred_errors_are_told_inline(importer: Importer) -> None:
    report = importer.send(HEAD + "".join(f"Pen {n},Pens,5,0,,\n" for n in range(150)))
    path = report["errors_url"]

    assert report["rejected"] == 150
    assert len(report["errors"]) == 100
    assert len(importer.world.manager.get(path).text.splitlines()) == 151


def test_bad_rows_are_corrected_and_sent_again(importer: Importer) -> None:
    file = "Title;Kleur;Category;Qty;Price\nPen;=red;Pens;1;0\nInk;blue;Ink;-2;3,50\n"
    failed = importer.send(file, on_error="skip_rows")
    sheet = importer.world.manager.get(failed["errors_url"])

    assert sheet.content_type == "text/csv; charset=utf-8"
    lines = sheet.text.removeprefix("\ufeff").splitlines()
    assert lines[0] == "Title;Kleur;Category;Qty;Price;import row;import errors"
    assert lines[1].startswith("Pen;'=red;Pens;1;0;2;\"price: is 0, and")
    assert lines[2].startswith("Ink;blue;Ink;-2;3,50;3;quantity: ")
    corrected = sheet.text.replace(";1;0;", ";1;2;").replace(";-2;", ";2;")
    assert counts(importer.send(corrected)) == (2, 0, 0, 0)


def test_numbers_mean_the_same_when_bad_rows_come_back(importer: Importer) -> None:
    file = "name;category;quantity;price;cost\nA;C;5;12,50;1,25\nB;;1,000;12;2,505\n"
    failed = importer.send(file, on_error="skip_rows")
    sheet = importer.world.manager.get(failed["errors_url"]).text

    assert sheet.splitlines()[1].startswith('B;;1;12;2,5050;3;"category: ')
    importer.send(sheet.replace("B;;", "B;C;"))

    costs = [p["cost"] for p in importer.world.manager.get("/products").json["items"]]
    assert costs == ["1.2500", "2.5050"]


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


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ('name,category,quantity,price\n"Lone\rCR",C,1,5\n', {}),
        ("name,category,quantity,price\n\\.,C,1,5\n", {}),
        ("name,description\nPen,\x18#N/A\n", {}),
        (b"name,category,quantity,price\nA\xed\xa0\x80,C,1,5\n", {}),
    ],
)
def test_no_file_is_more_than_the_import_can_end(
    importer: Importer, data: str | bytes, options: dict[str, str]
) -> None:
    report = importer.send(data, **options)

    assert report["status"] in {"succeeded", "failed"}
    assert (report["failure"] or {}).get("code") != "internal_error"


def test_a_fault_of_ours_ends_the_import_and_not_the_worker(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("shopkeeper.imports.service.run.import_rows", broken)

    report = importer.send(GOOD)

    assert report["failure"]["code"] == "internal_error"
    monkeypatch.undo()
    assert counts(importer.send(GOOD)) == (2, 0, 0, 0)


def test_names_that_look_like_something_else_come_back(importer: Importer) -> None:
    names = ["#N/A", "'=x", "=SUM(A1)", "-1", "1E5", "007", 'a "b"; c, d', "\\N", "ﷺ"]
    for name in names:
        importer.world.product(name=name, sku=f"s{name}"[:60], description="a\n\tb")
    for kind in ("csv", "xlsx"):
        sheet = importer.world.manager.get(f"/products/export?format={kind}")

        report = importer.send(sheet.data, f"a.{kind}")

        assert counts(report) == (0, 0, len(names), 0)
        assert sheet.headers["Content-Disposition"].endswith(f'"products.{kind}"')


def test_the_template_imports(importer: Importer) -> None:
    for kind, expected in (("csv", (2, 0, 0, 0)), ("xlsx", (0, 0, 2, 0))):
        sheet = importer.world.manager.get(f"/products/import-template?format={kind}")

        assert counts(importer.send(sheet.data, f"a.{kind}")) == expected


def test_a_files_name_is_shown_as_far_as_it_can_be(importer: Importer) -> None:
    queued = importer.queue(GOOD, "a\x01b.csv")

    assert queued["filename"] == "a\ufffdb.csv"


def test_imports_are_listed_newest_first(importer: Importer) -> None:
    sent = [importer.send(GOOD)["id"] for _ in range(3)]

    page = importer.world.manager.get("/imports?limit=2").json
    rest = importer.world.manager.get(f"/imports?cursor={page['next_cursor']}").json

    assert [item["id"] for item in page["items"] + rest["items"]] == sent[::-1]
    assert importer.world.manager.get("/imports?status=failed").json["items"] == []


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


def test_a_file_that_is_no_table_fails_with_its_reason(importer: Importer) -> None:
    report = importer.send(b"%PDF-1.7", "a.csv")

    assert report["status"] == "failed"
    assert report["failure"]["code"] == "unreadable_file"
    assert report["failure"]["status"] == 422


def test_columns_that_mean_nothing_are_told(importer: Importer) -> None:
    report = importer.send("Name,Colour,Qty\nPen,red,1\n")

    assert report["columns"] == {"name": "Name", "quantity": "Qty"}
    assert report["ignored_columns"] == ["Colour"]


def send(world: World, data: bytes, name: str = "a.csv", **options: str) -> Any:
    form = {"file": (io.BytesIO(data), name), **options}
    return world.manager.post("/products/bulk-import", data=form)


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

    assert problem(none) == problem(two) == (422, "validation_failed")
    assert problem(json) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("mode", "sideways"),
        ("dry_run", "perhaps"),
        ("delimiter", "x"),
        ("encoding", "klingon"),
        ("encoding", "zlib"),
        ("columns", "name"),
        ("columns", "[]"),
        ("columns", '{"A": "colour"}'),
        ("columns", '{"A": "name", "B": "name"}'),
        ("sheet", ""),
        ("sheet", "a\0b"),
        ("encoding", "unicode_escape"),
        ("columns", '{"\\u0000": "name"}'),
    ],
)
def test_an_option_is_checked_before_the_file_is_taken(
    world: World, option: str, value: str
) -> None:
    answer = send(world, b"name\nPen\n", **{option: value})

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == [option]


def test_only_a_manager_imports(world: World) -> None:
    person = world.person()

    for path in ("/imports", "/imports/1", "/imports/1/errors", "/products/export"):
        assert problem(person.get(path)) == (403, "forbidden")
    form = {"file": (io.BytesIO(b"name\n"), "a.csv")}
    answer = person.post("/products/bulk-import", data=form)
    assert problem(answer) == (403, "forbidden")


def test_a_file_cannot_bring_a_twin_that_looks_the_same(importer: Importer) -> None:
    importer.send("name,sku,quantity,price,category\nBlue pen,B-1,1,2.00,Pens\n")

    header = "name,sku,quantity,price,category\n"
    again = importer.send(f"{header}Blue\u200b  pen,B\u00ad-1,1,2.00,Pe\u2060ns\n")
    unseen = importer.send(f"{header}\u3164,B-2,1,2.00,Pens\n")

    assert counts(again) == (0, 0, 1, 0)
    assert [fault["code"] for fault in unseen["errors"]] == ["invisible"]


def test_an_export_is_packed_for_who_takes_it_packed(importer: Importer) -> None:
    rows = [f"Product {n},Things,{n},{n}.50,," for n in range(1, 200)]
    importer.send(HEAD + "\n".join(rows) + "\n")

    plain = importer.world.manager.get("/products/export")
    packed = importer.world.manager.get(
        "/products/export", headers={"Accept-Encoding": "gzip"}
    )

    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Type"] == plain.headers["Content-Type"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Content-Length" not in packed.headers
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
    assert "Content-Encoding" not in plain.headers
