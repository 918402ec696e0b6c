"""What is sold before it is there, and what is never counted."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from testing.payments import (
    breaches,
    decide,
    let_time_pass,
    look_after,
    pay,
    shop_settings,
)
from testing.world import Person, World, problem

from shopkeeper.web.application import Shop


def product_of(world: World, made: dict[str, Any]) -> dict[str, Any]:
    return dict(world.manager.get(f"/products/{made['id']}").json)


def keeping(product: dict[str, Any]) -> tuple[int, int, str]:
    return product["quantity"], product["waiting"], product["availability"]


def receive(world: World, product: dict[str, Any], pieces: int, cost: str) -> Any:
    body = {"id": product["id"], "quantity": pieces, "unit_cost": cost}
    answer = world.manager.post("/products/receive", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def waiting(person: Person, order: dict[str, Any]) -> list[int]:
    shown = person.get(f"/orders/{order['id']}").json
    return [line["waiting"] for line in shown["items"]]


def profit(world: World) -> dict[str, Any]:
    return dict(world.manager.get("/statistics/profit").json)


def test_what_comes_in_goes_to_whoever_waits_longest(
    fresh_world: World, fresh_app: Shop
) -> None:
    world, person = fresh_world, fresh_world.person()
    product = world.product(quantity=2, cost="1", price="10", backorder_limit=6)

    first = world.executed_order(person, [(product, 5)])
    second = world.executed_order(person, [(product, 2)])

    assert [line["waiting"] for line in first["items"]] == [3]
    assert waiting(person, first) == [3]
    assert waiting(person, second) == [2]
    assert keeping(product_of(world, product)) == (0, 5, "backorder")
    assert profit(world)["total_cost"] == "2.0000"

    got = receive(world, product, 4, "3")

    assert (got["quantity"], got["waiting"]) == (0, 1)
    receipt = got["movement"]
    assert (receipt["reason"], receipt["delta"]) == ("receipt", 4)
    assert (waiting(person, first), waiting(person, second)) == ([0], [1])
    assert profit(world)["total_cost"] == "14.0000"
    receive(world, product, 4, "2")
    assert waiting(person, second) == [0]
    assert keeping(product_of(world, product)) == (3, 0, "low_stock")
    assert profit(world)["total_cost"] == "16.0000"
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_no_more_is_sold_than_the_limit_has_room_for(world: World) -> None:
    person = world.person()
    product = world.product(quantity=1, backorder_limit=2)
    world.executed_order(person, [(product, 2)])
    held = world.order(person, [(product, 1)])
    world.executed_order(person, [(product, 1)])

    items = [{"product_id": product["id"], "quantity": 1}]
    refused = person.post("/orders/create", json={"location": "IE", "items": items})

    assert problem(refused) == (409, "insufficient_stock")
    assert refused.json["lines"][0]["available"] == 0
    late = person.post("/orders/execute", json={"id": held["id"]})
    assert problem(late) == (409, "insufficient_stock")
    assert keeping(product_of(world, product)) == (0, 2, "out_of_stock")


def test_any_number_may_be_sold_without_a_limit(world: World) -> None:
    person = world.person()
    product = world.product(quantity=0, backorder_limit=None)
    assert product_of(world, product)["availability"] == "backorder"

    order = world.executed_order(person, [(product, 4000)])

    assert waiting(person, order) == [4000]


def test_what_is_not_counted_is_always_there(
    fresh_world: World, fresh_app: Shop
) -> None:
    world, person = fresh_world, fresh_world.person()
    product = world.product(quantity=0, cost="1.5", price="10", tracked=False)
    assert keeping(product_of(world, product)) == (0, 0, "in_stock")

    order = world.executed_order(person, [(product, 7)])

    assert waiting(person, order) == [0]
    moved = world.manager.get(f"/products/{product['id']}/stock-movements").json
    assert moved["items"] == []
    assert profit(world)["total_profit"] == "59.5000"
    names = [
        row["name"] for row in world.client.get("/products?in_stock=true").json["items"]
    ]
    assert names == [product["name"]]
    (level,) = world.manager.get("/stock").json["items"]
    assert (level["tracked"], level["availability"]) == (False, "in_stock")

    back = {"id": order["id"], "items": [{"product_id": product["id"], "quantity": 2}]}
    refunded = world.manager.post("/orders/refund", json=back)

    assert refunded.status_code == 200, refunded.text
    assert refunded.json["refunds"][0]["restocked"] is False
    assert product_of(world, product)["quantity"] == 0
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_a_refund_takes_what_still_waits_first(
    fresh_world: World, fresh_app: Shop
) -> None:
    world, person = fresh_world, fresh_world.person()
    product = world.product(quantity=2, cost="4", price="10", backorder_limit=9)
    order = world.executed_order(person, [(product, 5)])
    seen = person.get(f"/orders/{order['id']}")

    def refund(pieces: int) -> Any:
        items = [{"product_id": product["id"], "quantity": pieces}]
        body = {"id": order["id"], "items": items}
        return world.manager.post("/orders/refund", json=body)

    assert refund(2).status_code == 200
    assert keeping(product_of(world, product)) == (0, 1, "backorder")
    assert profit(world)["total_cost"] == "8.0000"
    assert person.get(f"/orders/{order['id']}").headers["ETag"] != seen.headers["ETag"]

    # One is cancelled, one comes back; the other has gone at the cost of both.
    assert refund(2).status_code == 200
    assert keeping(product_of(world, product)) == (1, 0, "low_stock")
    assert profit(world)["total_cost"] == "4.0000"
    assert refund(1).status_code == 200
    assert profit(world)["total_cost"] == "0.0000"
    assert product_of(world, product)["quantity"] == 2
    assert breaches(fresh_app.dispatcher.sessions) == []


@pytest.mark.parametrize("end", ["success", "declined"])
def test_pieces_that_come_in_while_a_payment_is_looked_at(
    fresh_world: World, fresh_app: Shop, end: str
) -> None:
    world, person = fresh_world, fresh_world.person()
    product = world.product(quantity=1, cost="1", price="10", backorder_limit=9)
    with shop_settings(fresh_app, payment_gateway="test"):
        order = world.order(person, [(product, 3)])
        assert pay(person, order, f"action_then_{end}").status_code == 202
        assert waiting(person, order) == [2]
        receive(world, product, 1, "2")
        assert waiting(person, order) == [1]
        decide(world.session)
        let_time_pass(world.session)
        assert look_after(fresh_app) == 1
    assert breaches(fresh_app.dispatcher.sessions) == []

    if end == "declined":
        assert person.get(f"/orders/{order['id']}").json["status"] == "pending"
        assert waiting(person, order) == [0]
        assert keeping(product_of(world, product)) == (2, 0, "low_stock")
        return
    assert waiting(person, order) == [1]
    assert profit(world)["total_cost"] == "3.0000"
    receive(world, product, 5, "2")
    assert profit(world)["total_cost"] == "5.0000"
    assert product_of(world, product)["quantity"] == 4
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_what_is_found_goes_to_whoever_waits(world: World) -> None:
    person = world.person()
    product = world.product(quantity=0, sku="W-1", backorder_limit=5)
    order = world.executed_order(person, [(product, 3)])

    def adjust(delta: int) -> Any:
        body = {"lines": [{"sku": "W-1", "delta": delta}], "reason": "found"}
        return world.manager.post("/stock/adjust", json=body).json["lines"][0]

    assert (adjust(2)["quantity"], waiting(person, order)) == (0, [1])
    counted = {"lines": [{"sku": "W-1", "counted": 4}]}
    (line,) = world.manager.post("/stock/count", json=counted).json["lines"]
    assert (line["delta"], line["quantity"]) == (4, 3)
    assert keeping(product_of(world, product)) == (3, 0, "low_stock")


def test_what_is_waited_for_stays_counted(world: World) -> None:
    person, product = world.person(), world.product(quantity=0, backorder_limit=1)
    order = world.executed_order(person, [(product, 1)])
    change = {"id": product["id"], "tracked": False}

    refused = world.manager.put("/products/update", json=change)

    assert problem(refused) == (409, "backorders_waiting")
    assert (
        world.manager.post("/orders/refund", json={"id": order["id"]}).status_code
        == 200
    )
    assert world.manager.put("/products/update", json=change).status_code == 200


def test_each_variant_has_a_limit_of_its_own(world: World) -> None:
    made = world.manager.post(
        "/products/add",
        json={
            "name": "Tee",
            "category": world.category()["name"],
            "price": "10",
            "options": [{"name": "Size", "values": ["S", "M"]}],
            "variants": [
                {"options": {"Size": "S"}, "quantity": 0, "backorder_limit": 2},
                {"options": {"Size": "M"}, "quantity": 0},
            ],
        },
    ).json
    small, middle = made["variants"]
    assert made["availability"] == "backorder"
    assert [each["availability"] for each in made["variants"]] == [
        *("backorder", "out_of_stock"),
    ]

    changed = world.manager.put(
        "/variants/update",
        json={"id": middle["id"], "tracked": False, "backorder_limit": None},
    ).json

    assert changed["availability"] == "in_stock"
    told = changed["variants"][1]
    assert (told["tracked"], told["backorder_limit"]) == (False, None)
    items = [{"variant_id": small["id"], "quantity": 2}]
    order = world.person().post(
        "/orders/create", json={"location": "IE", "items": items}
    )
    assert order.status_code == 201
    said = {"name": "x", "category": "y", "price": "1", "tracked": False}
    both = {**said, "options": [{"name": "Size", "values": ["S"]}]}
    both["variants"] = [{"options": {"Size": "S"}, "quantity": 0}]
    refused = world.manager.post("/products/add", json=both)
    assert problem(refused) == (422, "validation_failed")


def test_stock_tells_what_is_waited_for(world: World) -> None:
    person = world.person()
    late, there = world.product(quantity=0, backorder_limit=3), world.product()
    world.executed_order(person, [(late, 2)])

    rows = world.manager.get("/stock?waiting=true").json["items"]

    assert [(row["product_id"], row["waiting"]) for row in rows] == [(late["id"], 2)]
    rest = world.manager.get("/stock?waiting=false").json["items"]
    assert there["id"] in {row["product_id"] for row in rest}
    assert late["id"] not in {row["product_id"] for row in rest}


def test_many_at_once_get_no_more_than_there_is_room_for(
    fresh_world: World, fresh_app: Shop
) -> None:
    world, person = fresh_world, fresh_world.person()
    product = world.product(quantity=3, cost="1", backorder_limit=5)
    orders = [world.order(person, [(product, 1)]) for _ in range(14)]

    def act(what: Any) -> int:
        if isinstance(what, int):
            receive(world, product, what, "2")
            return 0
        body = {"id": what["id"]}
        return int(person.post("/orders/execute", json=body).status_code)

    work: list[Any] = [*orders[:4], 2, *orders[4:9], 1, *orders[9:]]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(act, work))

    sold = answers.count(200)
    assert 8 <= sold <= 11
    assert answers.count(409) == 14 - sold
    now = product_of(world, product)
    assert now["quantity"] - now["waiting"] == 6 - sold
    assert 0 in {now["quantity"], now["waiting"]}
    assert breaches(fresh_app.dispatcher.sessions) == []
