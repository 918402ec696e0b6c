"""What goods cost: received, averaged, revalued, sold and brought back."""

from decimal import Decimal
from typing import Any

import pytest
from testing.world import World, pointers, problem


def receive(world: World, product: dict[str, Any], quantity: int, cost: str) -> Any:
    body = {"id": product["id"], "quantity": quantity, "unit_cost": cost}
    answer = world.manager.post("/products/receive", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def movements(world: World, product: dict[str, Any]) -> list[dict[str, Any]]:
    """The first movement first."""
    answer = world.manager.get(f"/products/{product['id']}/stock-movements")
    return list(reversed(answer.json["items"]))


def profit(world: World) -> tuple[str, str]:
    told = world.manager.get("/statistics/profit").json
    return told["total_cost"], told["total_profit"]


def test_the_cost_is_the_moving_weighted_average(world: World) -> None:
    product = world.product(quantity=0, price="10")

    assert receive(world, product, 10, "2")["cost"] == "2.0000"
    after = receive(world, product, 5, "3")

    assert (after["quantity"], after["cost"]) == (15, "2.3333")
    last = movements(world, product)[-1]
    assert (last["reason"], last["delta"], last["unit_cost"]) == (
        "receipt",
        5,
        "3.0000",
    )
    assert (last["value_delta"], last["value_after"]) == ("15.0000", "35.0000")


def test_what_is_sold_leaves_at_the_average_and_loses_nothing(world: World) -> None:
    product = world.product(quantity=0, price="10")
    receive(world, product, 10, "2")
    receive(world, product, 5, "3")
    person = world.person()

    world.executed_order(person, [(product, 3)])
    assert profit(world) == ("7.0000", "23.0000")  # Not 3 times 2.3333.
    for _ in range(12):
        world.executed_order(person, [(product, 1)])

    assert profit(world) == ("35.0000", "115.0000")
    assert movements(world, product)[-1]["value_after"] == "0.0000"
    # The last known cost is that of pieces that turn up.
    found = {"id": product["id"], "quantity": 3}
    assert world.manager.put("/products/update", json=found).json["cost"] == "2.3333"


def test_what_comes_back_has_the_cost_it_left_with(world: World) -> None:
    product = world.product(quantity=3, price="10", cost="1")
    order = world.executed_order(world.person(), [(product, 3)])
    receive(world, product, 1, "5")
    items = [{"product_id": product["id"], "quantity": 1}]

    for restock in (True, True, False):
        body = {"id": order["id"], "items": items, "restock": restock}
        assert world.manager.post("/orders/refund", json=body).status_code == 200

    after = world.manager.get(f"/products/{product['id']}").json
    assert (after["quantity"], after["cost"]) == (3, "2.3333")  # (5 + 1 + 1) / 3
    # One piece was lost, and its cost with it.
    assert profit(world) == ("1.0000", "-1.0000")


def test_a_part_of_a_line_that_cannot_be_divided_comes_back_whole(world: World) -> None:
    product = world.product(quantity=0, price="10")
    receive(world, product, 2, "0.0001")
    receive(world, product, 1, "0")
    order = world.executed_order(world.person(), [(product, 3)])
    items = [{"product_id": product["id"], "quantity": 1}]

    for _ in range(3):
        body = {"id": order["id"], "items": items}
        assert world.manager.post("/orders/refund", json=body).status_code == 200

    moves = movements(world, product)
    back = [Decimal(move["value_delta"]) for move in moves if move["refund_id"]]
    assert sum(back) == Decimal("0.0002")
    assert moves[-1]["value_after"] == "0.0002"


def test_saying_what_it_costs_is_a_revaluation(world: World) -> None:
    product = world.product(quantity=4, price="10", cost="2")
    body = {"id": product["id"], "cost": "3.5", "quantity": 6}

    after = world.manager.put("/products/update", json=body).json

    assert (after["quantity"], after["cost"]) == (6, "3.5000")
    told = [
        (move["reason"], move["delta"], move["value_delta"], move["value_after"])
        for move in movements(world, product)
    ]
    assert told == [
        ("initial", 4, "8.0000", "8.0000"),
        ("revaluation", 0, "6.0000", "14.0000"),
        ("adjustment", 2, "7.0000", "21.0000"),
    ]
    same = world.manager.put("/products/update", json=body)
    assert same.headers["ETag"] == f'"{after_tag(world, product)}"'
    assert len(movements(world, product)) == 3
    none = {"id": product["id"], "cost": None}
    assert world.manager.put("/products/update", json=none).json["cost"] is None
    assert movements(world, product)[-1]["value_after"] == "0.0000"


def after_tag(world: World, product: dict[str, Any]) -> str:
    shown = world.manager.get(f"/products/{product['id']}")
    return str(shown.headers["ETag"]).strip('"')


def test_pieces_of_unknown_cost_count_as_having_cost_nothing(world: World) -> None:
    product = world.product(quantity=10, price="10")
    assert world.manager.get(f"/products/{product['id']}").json["cost"] is None

    assert receive(world, product, 5, "3")["cost"] == "1.0000"


def test_a_receipt_names_its_delivery_and_is_taken_once(world: World) -> None:
    product = world.product(quantity=0)
    body = {
        "id": product["id"],
        "quantity": 5,
        "unit_cost": "1.25",
        "reference": "DN-2026-0117",
    }
    headers = {"Idempotency-Key": "delivery"}

    first = world.manager.post("/products/receive", json=body, headers=headers)
    again = world.manager.post("/products/receive", json=body, headers=headers)

    assert again.data == first.data
    assert world.stock(product) == 5
    told = movements(world, product)[-1]
    assert first.json["movement"] == told
    assert (told["reference"], told["unit_cost"]) == ("DN-2026-0117", "1.2500")
    assert first.headers["ETag"] == f'"{after_tag(world, product)}"'


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"quantity": 0}, "/quantity"),
        ({"quantity": 2**31}, "/quantity"),
        ({"unit_cost": "-1"}, "/unit_cost"),
        ({"unit_cost": "1.00001"}, "/unit_cost"),
        ({"unit_cost": None}, "/unit_cost"),
        ({"reference": ""}, "/reference"),
    ],
)
def test_bad_receipts_are_refused(
    world: World, change: dict[str, Any], pointer: str
) -> None:
    product = world.product()
    body = {"id": product["id"], "quantity": 1, "unit_cost": "1", **change}

    answer = world.manager.post("/products/receive", json=body)

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == [pointer]
    assert world.stock(product) == 10


def test_who_may_receive_and_how_much(world: World) -> None:
    product = world.product()
    body = {"id": product["id"], "quantity": 2**31 - 1, "unit_cost": "1"}

    too_many = world.manager.post("/products/receive", json=body)
    stranger = world.person().post("/products/receive", json=body)
    nothing = world.manager.post("/products/receive", json={**body, "id": 987654})
    stale = world.manager.post(
        "/products/receive", json=body, headers={"If-Match": '"1.1.99"'}
    )

    assert problem(too_many) == (409, "stock_overflow")
    assert problem(stranger) == (403, "forbidden")
    assert problem(nothing) == (404, "product_not_found")
    assert problem(stale) == (412, "stale_version")


def test_a_cost_between_two_is_shown_as_the_even_one(world: World) -> None:
    product = world.product(quantity=0)
    for cost in ("0.0732", "0.0733"):
        body = {"id": product["id"], "quantity": 2, "unit_cost": cost}
        received = world.manager.post("/products/receive", json=body)

    assert received.json["cost"] == "0.0732"
