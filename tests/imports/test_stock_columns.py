"""Columns that say how stock is kept, measures and taxes: read, written, unchanged."""

from typing import Any

from testing.imports import Importer
from testing.payments import breaches
from testing.world import World

from shopkeeper.web.application import Shop

FILE = b"""\
name,sku,category,quantity,price,length_mm,width_mm,height_mm,tracked,backorder_limit,tax_class
Download,D-1,Files,0,5,,,,no,,reduced
Chair,C-1,Seats,2,50,900,450,1200,yes,unlimited,
Stool,S-1,Seats,0,20,400,400,,,3,standard
"""


def products(world: World) -> dict[str, Any]:
    rows = world.manager.get("/products?limit=50").json["items"]
    return {row["name"]: row for row in rows}


def variant(world: World, product: dict[str, Any]) -> dict[str, Any]:
    return dict(world.manager.get(f"/variants/{product['variant_id']}").json)


def test_they_come_in_and_go_out_unchanged(
    importer: Importer, fresh_world: World, fresh_app: Shop
) -> None:
    report = importer.send(FILE)
    assert report["created"] == 3, report

    shown = products(fresh_world)

    kept = {
        name: (row["tracked"], row["backorder_limit"], row["tax_class"])
        for name, row in shown.items()
    }
    assert kept == {
        "Download": (False, 0, "reduced"),
        "Chair": (True, None, None),
        "Stool": (True, 3, "standard"),
    }
    chair = variant(fresh_world, shown["Chair"])
    assert (chair["length_mm"], chair["width_mm"], chair["height_mm"]) == (
        900,
        450,
        1200,
    )
    exported = fresh_world.manager.get("/products/export").data
    again = importer.send(exported)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 3)
    shopify = fresh_world.manager.get("/products/export?layout=shopify").text
    assert ",shopify,2,continue," in shopify
    assert ",,0,deny," in shopify
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_what_comes_in_by_a_file_goes_to_whoever_waits(
    importer: Importer, fresh_world: World, fresh_app: Shop
) -> None:
    importer.send(FILE)
    world, person = fresh_world, fresh_world.person()
    shown = products(world)
    order = world.executed_order(person, [(shown["Stool"], 3)])
    before = world.manager.get("/statistics/profit").json

    importer.send(b"sku,quantity,cost\nS-1,5,2\n", match_by="sku")

    assert person.get(f"/orders/{order['id']}").json["items"][0]["waiting"] == 0
    assert products(world)["Stool"]["quantity"] == 2
    now = world.manager.get("/statistics/profit").json
    assert now["total_cost"] == "6.0000"
    asked = {"as_of": before["as_of"]}
    again = world.manager.get("/statistics/profit", query_string=asked).json
    assert again == before
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_they_are_changed_by_a_file(importer: Importer, fresh_world: World) -> None:
    importer.send(FILE)
    person = fresh_world.person()
    fresh_world.executed_order(person, [(products(fresh_world)["Stool"], 1)])

    report = importer.send(
        b"name,tracked,backorder_limit\nDownload,yes,7\nChair,,0\nStool,no,\n"
    )

    assert report["updated"] == 3
    shown = products(fresh_world)
    kept = {name: (r["tracked"], r["backorder_limit"]) for name, r in shown.items()}
    # Somebody waits for a stool.
    assert kept == {"Download": (True, 7), "Chair": (True, 0), "Stool": (True, 3)}


def test_what_is_no_yes_and_no_limit_is_told(importer: Importer) -> None:
    report = importer.send(
        b"name,category,quantity,price,tracked,backorder_limit,length_mm\n"
        b"A,B,1,1,maybe,,\nC,B,1,1,,-1,\nD,B,1,1,,,0\n"
    )

    assert report["created"] == 0
    told = {(fault["column"], fault["code"]) for fault in report["errors"]}
    assert told == {
        ("tracked", "not_yes_or_no"),
        ("backorder_limit", "not_a_number"),
        ("length_mm", "negative"),
    }
