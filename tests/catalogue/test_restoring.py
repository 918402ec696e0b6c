"""Removals are undone: products and categories come back as they left."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from testing.lists import walk
from testing.world import World, problem

from shopkeeper.utils import clock


def remove(world: World, product: dict[str, object]) -> None:
    answer = world.manager.delete(f"/products/remove?id={product['id']}")
    assert answer.status_code == 204


def restore(world: World, product: dict[str, object]) -> Any:
    return world.manager.post("/products/restore", json={"id": product["id"]})


def test_a_product_comes_back_with_its_stock_and_history(world: World) -> None:
    product = world.product(quantity=7, cost="2.5", sku="P-1")
    remove(world, product)
    inventory = world.manager.get("/statistics/inventory").json
    assert (inventory["units"], inventory["removed_units"]) == (0, 7)
    assert inventory["removed_value_at_cost"] == "17.5000"

    answer = restore(world, product)

    assert answer.status_code == 200, answer.text
    for name in ("name", "sku", "quantity", "cost", "price", "category_id"):
        assert answer.json[name] == product[name]
    assert walk(world.client, "/products") == [product["name"]]
    inventory = world.manager.get("/statistics/inventory").json
    assert (inventory["units"], inventory["removed_units"]) == (7, 0)
    person = world.person()
    assert world.order(person, [(product, 2)])["id"]
    again = restore(world, product)
    assert (again.status_code, again.json["id"]) == (200, product["id"])


def test_variants_come_back_but_those_that_left_before(world: World) -> None:
    variants = [{"options": {"Size": size}, "quantity": 1} for size in "SML"]
    made = world.manager.post(
        "/products/add",
        json={
            "name": "T-shirt",
            "category": world.category()["name"],
            "price": "5",
            "options": [{"name": "Size", "values": list("SML")}],
            "variants": variants,
        },
    ).json
    gone = made["variants"][1]["id"]
    world.manager.delete(f"/variants/remove?id={gone}")
    remove(world, made)

    back = restore(world, made).json

    assert [variant["title"] for variant in back["variants"]] == ["S", "L"]


@pytest.mark.parametrize("taken", ["name", "sku"])
def test_what_another_has_by_now(world: World, taken: str) -> None:
    product = world.product(sku="P-1")
    remove(world, product)
    other = {"name": product["name"]} if taken == "name" else {"sku": "p-1"}
    world.product(**other)

    expected = "product_name_taken" if taken == "name" else "sku_taken"
    assert problem(restore(world, product)) == (409, expected)


def test_what_never_was(world: World) -> None:
    for path, code in (
        ("/products/restore", "product_not_found"),
        ("/categories/restore", "category_not_found"),
    ):
        answer = world.manager.post(path, json={"id": 999999})
        assert problem(answer) == (404, code)


def test_thirty_days(world: World) -> None:
    product, category = world.product(), world.category()
    long_ago = datetime.now(UTC) - timedelta(days=31)
    with clock.standing_still_at(long_ago):
        remove(world, product)
        world.manager.delete(f"/categories/delete?id={category['id']}")

    refused = restore(world, product)
    other = world.manager.post("/categories/restore", json={"id": category["id"]})

    assert problem(refused) == problem(other) == (409, "restore_expired")


def test_a_category_comes_back_with_all_that_left_with_it(world: World) -> None:
    top = world.category("Men")
    below = world.category("Men > Shoes")
    boot = world.product(name="Boot", category="Men > Shoes")
    before = world.product(name="Belt", category="Men")
    remove(world, before)
    world.manager.delete(f"/categories/delete?id={top['id']}")
    assert walk(world.client, "/categories") == []

    for answer in (
        restore(world, boot),
        world.manager.post("/categories/restore", json={"id": below["id"]}),
    ):
        assert problem(answer) == (409, "category_removed")
        assert answer.json["category_id"] in {top["id"], below["id"]}
    answer = world.manager.post("/categories/restore", json={"id": top["id"]})

    assert (answer.status_code, answer.json["product_count"]) == (200, 1)
    assert walk(world.client, "/products") == ["Boot"]
    assert walk(world.client, "/categories") == ["Men", "Shoes"]
    assert restore(world, before).status_code == 200


def test_a_category_whose_place_another_has(world: World) -> None:
    category, product = world.category("Men"), world.product()
    world.manager.delete(f"/categories/delete?id={category['id']}")
    world.category("men")

    answer = world.manager.post("/categories/restore", json={"id": category["id"]})

    assert problem(answer) == (409, "category_name_taken")
    assert walk(world.client, "/products") == [product["name"]]


def test_what_was_removed_below_follows_what_it_stood_below(
    fresh_world: World,
) -> None:
    world = fresh_world
    top, below = world.category("Men"), world.category("Men > Shoes")
    boot = world.product(name="Boot", category="Men > Shoes")
    world.manager.delete(f"/categories/delete?id={below['id']}")
    renamed = world.manager.put(
        "/categories/update", json={"id": top["id"], "name": "Gentlemen"}
    )
    assert renamed.status_code == 200, renamed.text

    answer = world.manager.post("/categories/restore", json={"id": below["id"]})

    assert answer.json["path"] == "Gentlemen > Shoes"
    shown = world.client.get(f"/products/{boot['id']}").json
    assert shown["category"] == "Gentlemen > Shoes"
