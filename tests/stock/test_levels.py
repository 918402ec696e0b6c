"""Stock to be looked at: what is out and what is low first, and how long it lasts."""

from typing import Any

import pytest
from testing.world import World, problem


def listed(world: World, query: str = "") -> list[dict[str, Any]]:
    """Page by page, one after the other."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = world.manager.get(f"/stock?limit=2{query}{after}").json
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        after = f"&cursor={page['next_cursor']}"


def test_what_is_out_and_what_is_low_comes_first(world: World) -> None:
    for name, quantity in (("Many", 50), ("None", 0), ("Few", 4), ("Some", 9)):
        world.product(name=name, quantity=quantity, cost="2")

    rows = listed(world)

    assert [(row["name"], row["availability"]) for row in rows] == [
        *(("None", "out_of_stock"), ("Few", "low_stock")),
        *(("Some", "in_stock"), ("Many", "in_stock")),
    ]
    assert rows[1] == {
        **rows[1],
        "quantity": 4,
        "location": "main",
        "title": "",
        "cost": "2.0000",
        "value": "8.0000",
        "units_sold": 0,
        "days_of_cover": None,
        "low_stock_threshold": None,
    }
    low = listed(world, "&availability=low_stock")
    assert [row["name"] for row in low] == ["Few"]


def test_for_how_long_it_lasts(world: World) -> None:
    product, person = world.product(quantity=20), world.person()
    order = world.order(person, [(product, 8)])
    person.post("/orders/execute", json={"id": order["id"]})
    back = {"id": order["id"], "items": [{"product_id": product["id"], "quantity": 2}]}
    assert world.manager.post("/orders/refund", json=back).status_code == 200

    (row,) = listed(world, f"&product_id={product['id']}")

    # Fourteen pieces, of which six went in thirty days.
    assert (row["quantity"], row["units_sold"], row["days_of_cover"]) == (14, 6, 70.0)


def test_each_variant_has_a_row_and_a_threshold(world: World) -> None:
    made = world.manager.post(
        "/products/add",
        json={
            "name": "T-shirt",
            "category": world.category()["name"],
            "price": "5",
            "options": [{"name": "Size", "values": ["S", "M"]}],
            "variants": [
                {"options": {"Size": "S"}, "quantity": 8, "sku": "T-S"},
                {"options": {"Size": "M"}, "quantity": 7, "sku": "T-M"},
            ],
        },
    ).json
    before = world.manager.get(f"/products/{made['id']}").headers["ETag"]

    answer = world.manager.put(
        "/stock/thresholds",
        json={
            "lines": [
                {"sku": "t-s", "low_stock_threshold": 9},
                {"variant_id": made["variants"][1]["id"], "low_stock_threshold": 7},
            ]
        },
    )

    assert (answer.status_code, answer.json) == (200, {"changed": 2})
    rows = listed(world)
    assert [
        (r["title"], r["availability"], r["low_stock_threshold"]) for r in rows
    ] == [*(("S", "low_stock", 9), ("M", "in_stock", 7))]
    shown = world.client.get(f"/products/{made['id']}")
    told = [variant["availability"] for variant in shown.json["variants"]]
    assert told == ["low_stock", "in_stock"]
    assert world.manager.get(f"/products/{made['id']}").headers["ETag"] != before
    # The ledger knows nothing of it.
    moves = world.manager.get(f"/variants/{made['variants'][0]['id']}/stock-movements")
    assert len(moves.json["items"]) == 1


def test_a_threshold_of_a_product_without_options_and_none(world: World) -> None:
    product = world.product(quantity=20, sku="P-1")

    def threshold(value: int | None) -> str:
        body = {"lines": [{"sku": "P-1", "low_stock_threshold": value}]}
        assert world.manager.put("/stock/thresholds", json=body).status_code == 200
        told: str = world.client.get(f"/products/{product['id']}").json["availability"]
        return told

    assert threshold(21) == "low_stock"
    assert threshold(0) == "in_stock"
    assert threshold(None) == "in_stock"


def test_what_was_removed_is_not_there(world: World) -> None:
    product = world.product(quantity=20)
    world.manager.delete(f"/products/remove?id={product['id']}")

    assert listed(world) == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([{"sku": "none", "low_stock_threshold": 1}], (404, "variant_not_found")),
        ([{"sku": "P-1", "low_stock_threshold": -1}], (422, "validation_failed")),
        ([{"sku": "P-1"}], (422, "validation_failed")),
        ([{"low_stock_threshold": 1}], (422, "validation_failed")),
        (
            [{"sku": sku, "low_stock_threshold": 1} for sku in ("P-1", "p-1")],
            (422, "validation_failed"),
        ),
    ],
)
def test_lines_that_say_nothing(
    world: World, lines: list[dict[str, Any]], expected: tuple[int, str]
) -> None:
    world.product(sku="P-1")

    answer = world.manager.put("/stock/thresholds", json={"lines": lines})

    assert problem(answer) == expected
