"""Variants in orders: named, sold, refunded, gone."""

from testing.shirts import ordered, shirt
from testing.world import World, pointers, problem


def test_an_order_says_which_by_id_or_sku(world: World) -> None:
    person, product = world.person(), shirt(world)
    small, medium, _ = product["variants"]

    answer = ordered(person, {"variant_id": small["id"]}, {"sku": "ts-m"})

    assert answer.status_code == 201, answer.text
    assert [
        (line["variant_id"], line["variant_title"], line["sku"], line["options"])
        for line in answer.json["items"]
    ] == [
        (small["id"], "S", "TS-S", {"Size": "S"}),
        (medium["id"], "M", "TS-M", {"Size": "M"}),
    ]
    refused = ordered(person, {"product_id": product["id"]})
    assert problem(refused) == (422, "variant_required")
    assert [each["title"] for each in refused.json["variants"]] == ["S", "M", "L"]
    twice = ordered(person, {"variant_id": medium["id"]}, {"sku": "TS-M"})
    assert pointers(twice) == ["/items/1"]
    assert problem(ordered(person, {"sku": "none"})) == (404, "variant_not_found")
    both = {"sku": "TS-M", "product_id": product["id"]}
    assert problem(ordered(person, both)) == (422, "validation_failed")
    short = ordered(person, {"variant_id": medium["id"], "quantity": 3})
    assert problem(short) == (409, "insufficient_stock")
    assert short.json["lines"][0]["variant_id"] == medium["id"]


def test_each_is_sold_and_given_back_by_itself(world: World) -> None:
    person, product = world.person(), shirt(world)
    small, *_ = product["variants"]
    order = ordered(
        person, {"variant_id": small["id"], "quantity": 2}, {"sku": "TS-M"}
    ).json
    assert person.post("/orders/execute", json={"id": order["id"]}).status_code == 200

    whole = {"id": order["id"], "items": [{"product_id": product["id"], "quantity": 1}]}
    refused = world.manager.post("/orders/refund", json=whole)
    assert problem(refused) == (422, "variant_required")
    named = [
        {"sku": "TS-S", "quantity": 1},
        {"variant_id": small["id"], "quantity": 2},
    ]
    twice = world.manager.post(
        "/orders/refund", json={"id": order["id"], "items": named}
    )
    assert pointers(twice) == ["/items/1"]
    part = {"id": order["id"], "items": [{"sku": "TS-S", "quantity": 1}]}
    refunded = world.manager.post("/orders/refund", json=part)

    assert refunded.status_code == 200, refunded.text
    (item,) = refunded.json["refunds"][0]["items"]
    assert item["variant_id"] == small["id"]
    assert item["order_item_id"] == order["items"][0]["id"]
    left = world.manager.get(f"/products/{product['id']}").json["variants"]
    assert [each["quantity"] for each in left] == [4, 1, 0]
    assert left[0]["cost"] == "4.0000"


def test_an_order_of_what_was_removed_is_not_executed(world: World) -> None:
    person, product = world.person(), shirt(world)
    order = ordered(person, {"sku": "TS-S"}).json
    world.manager.delete(f"/variants/remove?id={product['variants'][0]['id']}")

    answer = person.post("/orders/execute", json={"id": order["id"]})

    assert problem(answer) == (409, "product_unavailable")
    assert answer.json["lines"][0]["variant_id"] == product["variants"][0]["id"]
