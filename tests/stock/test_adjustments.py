"""Stock without a trade: damaged, stolen, found; and counted, while sales go on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from testing.world import World


def adjust(world: World, reason: str, *lines: dict[str, Any], **more: Any) -> Any:
    body = {"lines": [*lines], "reason": reason, **more}
    return world.manager.post("/stock/adjust", json=body)


def ledger(world: World, product: dict[str, Any]) -> list[tuple[str, int, int]]:
    path = f"/variants/{product['variant_id']}/stock-movements"
    items = world.manager.get(path).json["items"]
    return [(x["reason"], x["delta"], x["balance_after"]) for x in items]


@pytest.mark.parametrize(
    ("reason", "delta"),
    [("damage", -2), ("theft", -1), ("loss", -10), ("found", 3), ("adjustment", -4)],
)
def test_the_ledger_says_why(world: World, reason: str, delta: int) -> None:
    product = world.product(quantity=10, cost="2.5")

    line = {"variant_id": product["variant_id"], "delta": delta}
    answer = adjust(world, reason, line, note="Shelf 4")

    assert answer.status_code == 200, answer.text
    (shown,) = answer.json["lines"]
    assert (shown["expected"], shown["quantity"]) == (10, 10 + delta)
    assert ledger(world, product)[0] == (reason, delta, 10 + delta)
    path = f"/variants/{product['variant_id']}/stock-movements"
    last = world.manager.get(path).json["items"][0]
    assert (last["note"], last["value_delta"]) == ("Shelf 4", f"{2.5 * delta:.4f}")


def test_all_lines_or_none(world: World) -> None:
    one = world.product(quantity=5, sku="ADJ-1")
    other = world.product(quantity=1)

    answer = adjust(
        world,
        "damage",
        {"sku": "adj-1", "delta": -3},
        {"variant_id": other["variant_id"], "delta": -2},
    )

    assert (answer.status_code, answer.json["code"]) == (409, "insufficient_stock")
    assert answer.json["lines"] == [
        {
            "variant_id": other["variant_id"],
            "name": other["name"],
            "requested": 2,
            "available": 1,
        }
    ]
    assert ledger(world, one)[0][2] == 5


@pytest.mark.parametrize(
    ("reason", "delta"), [("damage", 1), ("found", -1), ("adjustment", 0)]
)
def test_a_sign_that_means_nothing_is_refused(
    world: World, reason: str, delta: int
) -> None:
    product = world.product()

    line = {"variant_id": product["variant_id"], "delta": delta}
    answer = adjust(world, reason, line)

    assert answer.status_code == 422, answer.text


def test_what_is_named_twice_or_not_there_is_refused(world: World) -> None:
    product = world.product(sku="ADJ-2")
    line = {"variant_id": product["variant_id"], "delta": 1}

    twice = adjust(world, "found", line, {"sku": "ADJ-2", "delta": 1})
    nobody = adjust(world, "found", line, {"sku": "NOBODY", "delta": 1})
    both = adjust(world, "found", {**line, "sku": "ADJ-2"})

    assert twice.json["errors"][0]["pointer"] == "/lines/1"
    assert (nobody.status_code, nobody.json["code"]) == (404, "variant_not_found")
    assert both.status_code == 422


def test_customers_adjust_nothing(world: World) -> None:
    product = world.product()
    line = {"variant_id": product["variant_id"], "delta": 1}
    body = {"lines": [line], "reason": "found"}

    assert world.person().post("/stock/adjust", json=body).status_code == 403
    counted = {"lines": [{"variant_id": product["variant_id"], "counted": 1}]}
    assert world.person().post("/stock/count", json=counted).status_code == 403


def test_a_count_books_the_difference_of_then(world: World) -> None:
    product = world.product(quantity=10)
    then = datetime.now(UTC)
    customer = world.person()
    line = {"product_id": product["id"], "quantity": 3}
    order = customer.post(
        "/orders/create", json={"location": "Ireland", "items": [line]}
    ).json
    done = customer.post("/orders/execute", json={"id": order["id"]})
    assert done.status_code == 200, done.text

    # Counted before the sale: one was missing of ten.
    body = {
        "lines": [{"variant_id": product["variant_id"], "counted": 9}],
        "counted_at": then.isoformat(),
        "note": "Yearly",
    }
    answer = world.manager.post("/stock/count", json=body)

    assert answer.status_code == 200, answer.text
    (shown,) = answer.json["lines"]
    assert (shown["expected"], shown["delta"], shown["quantity"]) == (10, -1, 6)
    assert ledger(world, product)[0] == ("count", -1, 6)
    again = world.manager.post(
        "/stock/count",
        json={"lines": [{"variant_id": product["variant_id"], "counted": 6}]},
    )
    assert again.json["lines"][0]["delta"] == 0
    assert len(ledger(world, product)) == 3


@pytest.mark.parametrize("days", [-40, 1])
def test_a_count_is_of_lately(world: World, days: int) -> None:
    product = world.product()
    then = datetime.now(UTC) + timedelta(days=days)
    body = {
        "lines": [{"variant_id": product["variant_id"], "counted": 9}],
        "counted_at": then.isoformat(),
    }

    answer = world.manager.post("/stock/count", json=body)

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/counted_at"


def test_adjustments_at_once_lose_nothing(fresh_world: World) -> None:
    products = [fresh_world.product(quantity=100) for _ in range(3)]

    def take(number: int) -> int:
        lines = [
            {"variant_id": product["variant_id"], "delta": -1}
            for product in (products if number % 2 else products[::-1])
        ]
        return int(adjust(fresh_world, "theft", *lines).status_code)

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(take, range(24)))

    assert codes == [200] * 24
    for product in products:
        assert ledger(fresh_world, product)[0][2] == 76
