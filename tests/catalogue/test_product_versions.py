"""Versions of products: what a tag tells, and what a stale one does."""

import pytest
from testing.payments import shop_settings
from testing.world import World, pointers, problem

from shopkeeper.web.application import Shop
from shopkeeper.web.openapi.document import build_document


def test_stale_updates_are_refused(world: World) -> None:
    product = world.product()
    path = f"/products/{product['id']}"
    seen = world.manager.get(path).headers["ETag"]
    world.manager.put("/products/update", json={"id": product["id"], "price": "5"})

    stale = world.manager.put(
        "/products/update",
        json={"id": product["id"], "price": "6"},
        headers={"If-Match": seen},
    )

    assert problem(stale) == (412, "stale_version")
    assert world.client.get(path).json["price"] == "5.00"


@pytest.mark.parametrize("who", ["anybody", "manager"])
def test_the_current_version_matches(world: World, who: str) -> None:
    product = world.product()
    path = f"/products/{product['id']}"
    reader = world.client if who == "anybody" else world.manager
    seen = reader.get(path).headers["ETag"]

    removed = world.manager.delete(
        f"/products/remove?id={product['id']}", headers={"If-Match": f'"x", {seen}'}
    )

    assert removed.status_code == 204


def test_an_unchanged_product_is_not_sent_again(world: World) -> None:
    path = f"/products/{world.product()['id']}"
    first = world.client.get(path)

    second = world.client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert second.status_code == 304
    assert second.data == b""
    assert second.headers["ETag"] == first.headers["ETag"]


def test_the_tag_differs_between_readers_who_see_differently(world: World) -> None:
    path = f"/products/{world.product()['id']}"

    tags = {
        world.client.get(path).headers["ETag"],
        world.manager.get(path).headers["ETag"],
    }

    assert len(tags) == 2


def test_renaming_a_category_changes_its_products_tags(world: World) -> None:
    product = world.product()
    path = f"/products/{product['id']}"
    before = world.client.get(path).headers["ETag"]

    world.manager.put(
        "/categories/update", json={"id": product["category_id"], "name": "Renamed"}
    )

    after = world.client.get(path, headers={"If-None-Match": before})
    assert after.status_code == 200
    assert after.json["category"] == "Renamed"


def test_a_shop_may_keep_its_stock_to_itself(app: Shop, world: World) -> None:
    person, manager = world.person(), world.manager
    product = world.product(quantity=8)
    path = f"/products/{product['id']}"
    exact = person.get(path)
    with shop_settings(app, public_stock="coarse", low_stock=5):
        before = world.client.get(path)
        listed = world.client.get("/products", query_string={"search": product["name"]})
        world.executed_order(person, [(product, 2)])
        after = person.get(path)
        world.executed_order(person, [(product, 2)])
        low = person.get(path)
        too_many = person.post(
            "/orders/create",
            json={
                "location": "IE",
                "items": [{"product_id": product["id"], "quantity": 5}],
            },
        )
        asked = [
            person.get("/products?max_quantity=5"),
            world.client.get("/products?sort=-quantity"),
            manager.get("/products?max_quantity=5&sort=quantity"),
        ]
        managed = manager.get(path)
        world.executed_order(person, [(product, 4)])
        out = world.client.get(path)
        schema = build_document(app)["components"]["schemas"]

    assert (exact.json["quantity"], exact.json["availability"]) == (8, "in_stock")
    assert before.json.keys() == exact.json.keys()
    assert before.json["quantity"] is listed.json["items"][0]["quantity"] is None
    # What was sold meanwhile is not to be told from anything.
    assert before.json == after.json
    assert before.headers["ETag"] == after.headers["ETag"] != low.headers["ETag"]
    assert [each.json["availability"] for each in (before, low, out)] == [
        *("in_stock", "low_stock", "out_of_stock")
    ]
    assert problem(too_many) == (409, "insufficient_stock")
    assert "available" not in too_many.json["lines"][0]
    assert "4" not in too_many.json["detail"].split("were asked")[1]
    assert [each.status_code for each in asked] == [422, 422, 200]
    assert [pointers(each) for each in asked[:2]] == [["max_quantity"], ["sort"]]
    assert managed.json["quantity"] == 4
    assert schema["Product"]["properties"]["quantity"]["anyOf"][1] == {"type": "null"}
