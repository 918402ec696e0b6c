from typing import Any

import pytest
from testing.world import World, pointers, problem

LINE = {"product_id": 1, "quantity": 1}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"items": []}, "/items"),
        ({"items": None}, "/items"),
        ({"items": LINE}, "/items"),
        ({"items": [LINE, LINE]}, "/items"),
        ({"items": [LINE | {"product_id": n} for n in range(1, 102)]}, "/items"),
        ({"items": [LINE | {"quantity": 0}]}, "/items/0/quantity"),
        ({"items": [LINE | {"quantity": 1_000_001}]}, "/items/0/quantity"),
        ({"items": [LINE | {"quantity": 1.5}]}, "/items/0/quantity"),
        ({"items": [LINE | {"quantity": True}]}, "/items/0/quantity"),
        ({"items": [LINE | {"product_id": 0}]}, "/items/0/product_id"),
        ({"items": [LINE | {"product_id": 2**63}]}, "/items/0/product_id"),
        ({"items": [LINE | {"price": "1"}]}, "/items/0/price"),
        ({"items": [{"quantity": 1}]}, "/items/0"),
        ({"items": ["x"]}, "/items/0"),
        ({"location": ""}, "/location"),
        ({"location": None}, "/location"),
        ({"location": 5}, "/location"),
        ({"location": "\0"}, "/location"),
        ({"location": "x" * 121}, "/location"),
        ({"a/b~c": 1}, "/a~1b~0c"),
    ],
)
def test_bad_orders_are_told_where(
    world: World, change: dict[str, Any], pointer: str
) -> None:
    body = {"location": "IE", "items": [LINE]} | change

    answer = world.person().post("/orders/create", json=body)

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == [pointer]
