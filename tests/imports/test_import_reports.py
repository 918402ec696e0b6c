"""What an import tells, what its form takes, and what comes back out of it."""

import gzip
import io
from typing import Any

import pytest
from testing.imports import GOOD, HEAD, Importer, counts
from testing.world import World, pointers, problem


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
