"""Several variants of a product changed at once: all of them or none."""

from typing import Any

import pytest
from testing.world import World, pointers, problem

PATH = "/variants/update-several"


@pytest.fixture
def shirt(world: World) -> dict[str, Any]:
    sizes = ["S", "M", "L"]
    body = {
        "name": "Shirt",
        "category": world.category()["name"],
        "price": "10.00",
        "options": [{"name": "Size", "values": sizes}],
        "variants": [
            {"options": {"Size": size}, "quantity": 5, "sku": f"SH-{size}"}
            for size in sizes
        ],
    }
    answer = world.manager.post("/products/add", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def send(world: World, shirt: dict[str, Any], *changes: Any, **headers: str) -> Any:
    told = [
        {"id": variant["id"], **change}
        for variant, change in zip(shirt["variants"], changes, strict=False)
    ]
    body = {"product_id": shirt["id"], "variants": told}
    return world.manager.put(PATH, json=body, headers=headers)


def now(world: World, shirt: dict[str, Any]) -> Any:
    return world.manager.get(f"/products/{shirt['id']}").json["variants"]


def test_each_is_changed_as_it_is_told(world: World, shirt: dict[str, Any]) -> None:
    answer = send(
        world,
        shirt,
        {"price": "12.00", "cost": "4"},
        {"sku": None, "quantity": 9},
        {"barcode": "4006381333931", "weight_grams": 180},
    )

    assert answer.status_code == 200, answer.text
    small, medium, large = now(world, shirt)
    assert (small["price"], small["cost"]) == ("12.00", "4.0000")
    assert (medium["sku"], medium["quantity"]) == (None, 9)
    assert (large["barcode"], large["weight_grams"]) == ("4006381333931", 180)
    assert answer.json["variants"] == [small, medium, large]


def test_all_or_none(world: World, shirt: dict[str, Any]) -> None:
    before = now(world, shirt)

    taken = send(world, shirt, {"price": "99.00"}, {"sku": "sh-l"})
    wrong = send(world, shirt, {"price": "99.00"}, {"price": "0"})

    assert problem(taken) == (409, "sku_taken")
    assert "sh-l" in taken.json["detail"]
    assert pointers(wrong) == ["/variants/1/price"]
    assert now(world, shirt) == before


def test_nothing_new_changes_nothing(world: World, shirt: dict[str, Any]) -> None:
    tag = world.manager.get(f"/products/{shirt['id']}").headers["ETag"]

    answer = send(world, shirt, {"price": "10.00"}, {}, {"sku": "SH-L"})

    assert answer.status_code == 200
    assert answer.headers["ETag"] == tag


def test_of_the_version_that_was_seen(world: World, shirt: dict[str, Any]) -> None:
    tag = world.manager.get(f"/products/{shirt['id']}").headers["ETag"]
    send(world, shirt, {"price": "11.00"})

    late = send(world, shirt, {"price": "13.00"}, **{"If-Match": tag})

    assert problem(late) == (412, "stale_version")
    assert now(world, shirt)[0]["price"] == "11.00"


def test_one_of_another_product_is_none(world: World, shirt: dict[str, Any]) -> None:
    other = world.product()
    body = {
        "product_id": shirt["id"],
        "variants": [
            {"id": shirt["variants"][0]["id"], "price": "1.00"},
            {"id": other["variant_id"], "price": "1.00"},
        ],
    }

    answer = world.manager.put(PATH, json=body)

    assert problem(answer) == (404, "variant_not_found")
    assert now(world, shirt)[0]["price"] == "10.00"


def test_one_named_twice(world: World, shirt: dict[str, Any]) -> None:
    twice = [{"id": shirt["variants"][0]["id"], "price": "1.00"}] * 2

    answer = world.manager.put(
        PATH, json={"product_id": shirt["id"], "variants": twice}
    )

    assert pointers(answer) == ["/variants/1/id"]


def test_of_no_product(world: World, shirt: dict[str, Any]) -> None:
    body = {"product_id": 2**40, "variants": [{"id": shirt["variants"][0]["id"]}]}

    assert problem(world.manager.put(PATH, json=body)) == (404, "product_not_found")
