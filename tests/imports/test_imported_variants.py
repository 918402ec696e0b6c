"""Rows about variants: found by name and sku, or by sku; a row for each in exports."""

from typing import Any

import pytest
from testing.imports import HEAD, Importer
from testing.world import World


def shirt(world: World) -> dict[str, Any]:
    body = {
        "name": "T-shirt",
        "category": "Shirts",
        "price": "20.00",
        "options": [{"name": "Size", "values": ["S", "M"]}],
        "variants": [
            {"options": {"Size": "S"}, "quantity": 5, "sku": "TS-S", "cost": "4"},
            {"options": {"Size": "M"}, "quantity": 2, "sku": "TS-M"},
        ],
    }
    world.category("Shirts")
    answer = world.manager.post("/products/add", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def shown(world: World, product: dict[str, Any]) -> list[tuple[str, str, int]]:
    found = world.client.get(f"/products/{product['id']}").json
    return [(x["sku"], x["price"], x["quantity"]) for x in found["variants"]]


@pytest.mark.parametrize("match_by", ["name", "sku"])
def test_an_export_comes_back_unchanged(
    fresh_world: World, importer: Importer, match_by: str
) -> None:
    shirt(fresh_world)
    fresh_world.product(name="Pen", sku="PEN", category="Shirts")

    exported = fresh_world.manager.get("/products/export").text
    report = importer.send(exported, match_by=match_by)

    assert len(exported.splitlines()) == 4
    assert (report["status"], report["unchanged"]) == ("succeeded", 3), report


@pytest.mark.parametrize("match_by", ["name", "sku"])
def test_a_row_changes_the_variant_that_its_sku_tells(
    fresh_world: World, importer: Importer, match_by: str
) -> None:
    product = shirt(fresh_world)

    rows = "T-shirt,Shirts,7,21.00,,ts-m\nT-shirt,Shirts,5,20.00,4,TS-S\n"
    head = "name,category,quantity,price,cost,sku\n"
    report = importer.send(head + rows, match_by=match_by)

    assert (report["updated"], report["unchanged"]) == (1, 1), report
    assert shown(fresh_world, product) == [("TS-S", "20.00", 5), ("ts-m", "21.00", 7)]
    found = fresh_world.client.get(f"/products/{product['id']}").json
    assert (found["price"], found["quantity"]) == ("20.00", 12)


def test_a_row_that_does_not_say_which_is_refused(
    fresh_world: World, importer: Importer
) -> None:
    product = shirt(fresh_world)

    report = importer.send(HEAD + "T-shirt,Shirts,7,21.00,,\n")

    assert (report["status"], report["rejected"]) == ("failed", 1), report
    (error,) = report["errors"]
    assert (error["row"], error["code"]) == (2, "variant_required")
    assert shown(fresh_world, product) == [("TS-S", "20.00", 5), ("TS-M", "20.00", 2)]


def test_another_product_does_not_take_its_sku(
    fresh_world: World, importer: Importer
) -> None:
    shirt(fresh_world)

    head = "name,category,quantity,price,sku\n"
    report = importer.send(head + "Vest,Shirts,7,21.00,TS-M\n")

    (error,) = report["errors"]
    assert (error["column"], error["code"]) == ("sku", "sku_taken")


def test_two_products_do_not_get_the_same_name(
    fresh_world: World, importer: Importer
) -> None:
    shirt(fresh_world)
    fresh_world.product(name="Pen", sku="PEN", category="Shirts")

    report = importer.send("name,sku\nNew,PEN\nNew,TS-S\n", match_by="sku")

    (error,) = report["errors"]
    assert (error["row"], error["code"]) == (3, "duplicate_in_file")
