"""Columns and cells that say something else than they seem to: never silently wrong."""

from datetime import datetime
from typing import Any

import pytest
from testing.imports import Importer, counts, told, workbook


def send(importer: Importer, data: str | bytes, **options: str) -> Any:
    name = "a.xlsx" if data[:2] == b"PK" else "a.csv"
    return importer.send(data, name, **{"on_error": "skip_rows", **options})


def statuses(importer: Importer) -> dict[str, str]:
    items = importer.world.manager.get("/products?status=all").json["items"]
    return {item["name"]: item["status"] for item in items}


HEAD = "name,category,quantity,price"


@pytest.mark.parametrize("header", ["Archived", "Draft", "is_hidden", "Discontinued"])
def test_a_yes_may_say_that_a_product_is_not_on_sale(
    importer: Importer, header: str
) -> None:
    report = send(
        importer,
        f"{HEAD},{header}\nPen,Pens,1,2,true\nInk,Pens,1,2,false\nPad,Pens,1,2,\n",
    )

    assert (counts(report)[0], told(report)) == (3, [])
    assert importer.names() == ["Ink", "Pad"]
    is_given_up = header in {"Archived", "Discontinued"}
    assert statuses(importer)["Pen"] == ("archived" if is_given_up else "draft")


def test_all_that_tells_of_a_row_being_on_sale_is_read(importer: Importer) -> None:
    report = send(
        importer,
        f"{HEAD},Published,Status\nPen,Pens,1,2,TRUE,draft\nInk,Pens,1,2,FALSE,draft\n"
        "Pad,Pens,1,2,TRUE,active\n",
    )

    assert importer.names() == ["Pad"]
    assert told(report) == []
    assert statuses(importer) == {"Pen": "draft", "Ink": "draft", "Pad": "active"}


def test_a_status_changes_with_the_file(importer: Importer) -> None:
    send(importer, f"{HEAD},Status\nPen,Pens,1,2,draft\nInk,Pens,1,2,active\n")

    same = send(importer, f"{HEAD},Status\nPen,Pens,1,2,\nInk,Pens,1,2,\n")
    assert counts(same) == (0, 0, 2, 0)
    report = send(importer, f"{HEAD},Status\nPen,Pens,1,2,Active\nInk,Pens,1,2,\n")
    assert counts(report) == (0, 1, 1, 0)
    assert statuses(importer) == {"Pen": "active", "Ink": "active"}


def test_what_a_file_says_nothing_of_can_be_drafts(importer: Importer) -> None:
    report = send(importer, f"{HEAD}\nPen,Pens,1,2\n", default_status="draft")

    assert counts(report) == (1, 0, 0, 0)
    assert statuses(importer) == {"Pen": "draft"}


def test_brand_and_tags_are_read_and_written(importer: Importer) -> None:
    head = f"{HEAD},Vendor,Tags"
    rows = f'{head}\nPen,Pens,1,2,Acme,"red, ""a, b"", red"\nInk,Pens,1,2,,\n'
    assert counts(send(importer, rows)) == (2, 0, 0, 0)

    items = importer.world.manager.get("/products").json["items"]
    shown = {item["name"]: (item["brand"], item["tags"]) for item in items}
    assert shown == {"Pen": ("Acme", ["red", "a, b"]), "Ink": (None, [])}
    exported = importer.world.manager.get("/products/export").text
    assert counts(send(importer, exported)) == (0, 0, 2, 0)
    cleared = send(importer, f"{head}\nPen,Pens,1,2,,\n")
    assert counts(cleared) == (0, 1, 0, 0)
    (_, pen) = importer.world.manager.get("/products").json["items"]
    assert (pen["brand"], pen["tags"]) == (None, [])


def test_each_amount_has_the_currency_that_stands_for_it(importer: Importer) -> None:
    report = send(
        importer,
        f"{HEAD},cost,Price currency,Cost currency\n"
        "Pen,Pens,1,2,1,USD,EUR\nInk,Pens,1,2,1,EUR,USD\nPad,Pens,1,2,1,USD,USD\n",
    )

    assert told(report) == [
        (2, "cost", "wrong_currency"),
        (3, "price", "wrong_currency"),
    ]
    assert importer.names() == ["Pad"]


def test_a_price_of_a_litre_is_not_taken_beside_another(importer: Importer) -> None:
    file = "Name,Category,Quantity,Price tax excluded,Unit price\nOil,Food,1,8,16\n"

    refused = send(importer, file)
    chosen = send(importer, file, columns='{"Price tax excluded": "price"}')

    assert refused["status"] == "failed"
    assert 'columns={"Price tax excluded": "price"}' in refused["failure"]["detail"]
    assert counts(chosen)[0] == 1
    price = importer.world.client.get("/products").json["items"][0]["price"]
    assert price == "8.00"


def test_a_unit_price_alone_is_the_price(importer: Importer) -> None:
    report = send(importer, "Name,Category,Quantity,Unit price\nOil,Food,1,16\n")

    assert counts(report)[0] == 1


def test_what_excel_has_made_a_day_of_is_no_code(importer: Importer) -> None:
    day = datetime(2026, 3, 4)  # noqa: DTZ001  # As a workbook has it.
    report = send(
        importer,
        workbook(
            [
                ["name", "sku", "category", "quantity", "price", "description"],
                ["Pen", day, "Pens", 1, 2, None],
                [day, "P2", "Pens", 1, 2, None],
                ["Ink", "P3", "Pens", 1, day, None],
                ["Pad", "P4", "Pens", 1, 2, day],
            ]
        ),
    )

    assert told(report) == [
        (2, "sku", "is_a_date"),
        (3, "name", "is_a_date"),
        (4, "price", "is_a_date"),
    ]
    assert "2026-03-04" in report["errors"][0]["message"]
    pad = importer.world.client.get("/products").json["items"][0]
    assert (pad["name"], pad["description"]) == ("Pad", "2026-03-04")


@pytest.mark.parametrize("mode", ["upsert", "update"])
def test_a_heading_that_is_called_as_a_product_takes_nothing_from_it(
    importer: Importer, mode: str
) -> None:
    head = "name,sku,category,quantity,price\n"
    send(importer, head + "Pens,P1,Office,5,2\nPad,P2,Office,5,2\n")

    report = send(importer, head + "Pens,,,,\nPad,P2,Office,6,2\n", mode=mode)

    assert told(report) == [(2, "name", "heading")]
    pens = importer.world.client.get("/products?search=Pens").json["items"][0]
    assert (pens["sku"], pens["quantity"]) == ("P1", 5)


def test_a_letter_that_two_encodings_have_is_asked_about(importer: Importer) -> None:
    polish = f"{HEAD}\nSkarpetki na pamięć,Buty,1,2\n".replace("ć", "c")

    refused = send(importer, polish.encode("cp1250"))
    french = send(importer, f"{HEAD}\nChêne massif,Bois,1,2\n".encode("cp1252"))
    told_so = send(importer, polish.encode("cp1250"), encoding="cp1250")

    assert refused["status"] == "failed"
    assert "cp1250" in refused["failure"]["detail"]
    assert counts(french)[0] == 1
    assert counts(told_so)[0] == 1
    assert importer.names() == ["Chêne massif", "Skarpetki na pamięc"]


def test_a_column_is_said_once(importer: Importer) -> None:
    report = send(
        importer,
        "Artikel Nr;Name;Category;Quantity;Price\nA1;Pen;Pens;1;2\n",
        columns='{"Artikel Nr": "sku", "1": "description"}',
    )

    assert report["status"] == "failed"
    assert "names one column twice" in report["failure"]["detail"]


def test_a_file_without_headers_is_told_what_to_say(importer: Importer) -> None:
    report = send(importer, "Pen,Pens,1,2\n", header_row="0")

    assert report["status"] == "failed"
    assert 'columns={"1": "name"}' in report["failure"]["detail"]
