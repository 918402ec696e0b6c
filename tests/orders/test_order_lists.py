"""Everybody's orders: filtered, searched, sorted, with who has placed them."""

from typing import Any

import pytest
from structlog.testing import capture_logs
from testing.world import Person, World, pointers, problem

Json = dict[str, Any]


def listed(world: World, query: str) -> list[int]:
    """The ids of all pages."""
    found: list[int] = []
    path = f"/orders?limit=2&{query}"
    while True:
        answer = world.manager.get(path)
        assert answer.status_code == 200, answer.text
        found += [order["id"] for order in answer.json["items"]]
        if answer.json["next_cursor"] is None:
            return found
        path = f"/orders?limit=2&{query}&cursor={answer.json['next_cursor']}"


@pytest.fixture
def person(world: World) -> Person:
    answer = world.client.post(
        "/users/add",
        json={
            "email": "zoe.o'hara@example.com",
            "password": "correct horse battery",
            "full_name": "Zoë O'Hara",
        },
    )
    assert answer.status_code == 201, answer.text
    return world.log_in("zoe.o'hara@example.com", "correct horse battery")


@pytest.fixture
def orders(world: World, person: Person) -> list[Json]:
    """One pending, then three executed in another order than they were made."""
    ink = world.product(name="Schreibtinte königsblau", sku="INK-7/b")
    pen = world.product(name="Pen")
    made = [world.order(person, [(ink, 1)])]
    made += [world.order(world.person(), [(pen, n)]) for n in (1, 2, 3)]
    for order in (made[3], made[1], made[2]):
        world.manager.post("/orders/execute", json={"id": order["id"]})
    return [world.manager.get(f"/orders/{order['id']}").json for order in made]


def ids(orders: list[Json], *places: int) -> list[int]:
    return [orders[place]["id"] for place in places]


def test_they_are_sorted_by_each_of_their_times(
    world: World, orders: list[Json]
) -> None:
    assert listed(world, "") == ids(orders, 3, 2, 1, 0)
    assert listed(world, "sort=created_at") == ids(orders, 0, 1, 2, 3)
    assert listed(world, "sort=executed_at") == ids(orders, 3, 1, 2)
    assert listed(world, "sort=-executed_at") == ids(orders, 2, 1, 3)
    assert listed(world, "sort=updated_at") == ids(orders, 0, 3, 1, 2)


def test_a_cursor_is_of_its_own_order(world: World, orders: list[Json]) -> None:
    assert orders
    first = world.manager.get("/orders?limit=1&sort=updated_at").json["next_cursor"]

    answer = world.manager.get(f"/orders?limit=1&cursor={first}")

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == ["cursor"]


def test_periods_are_half_open(world: World, orders: list[Json]) -> None:
    first, second = orders[3]["executed_at"], orders[1]["executed_at"]

    span = f"executed_from={first}&executed_to={second}"
    assert listed(world, span) == ids(orders, 3)
    assert listed(world, f"executed_from={second}&sort=executed_at") == ids(
        orders, 1, 2
    )
    since = f"updated_since={second}&sort=updated_at"
    assert listed(world, since) == ids(orders, 1, 2)
    assert listed(world, f"executed_from={first}&status=pending") == []


@pytest.mark.parametrize(
    "said",
    [
        "zoe",
        "o'hara ZOE",
        "zoe.o'hara@example",
        "konigsblau tinte",
        "ink-7/B",
        "%23{id}",
        "{id}",
    ],
)
def test_it_is_found_by_what_people_know_of_it(
    world: World, orders: list[Json], said: str
) -> None:
    query = f"search={said.format(id=orders[0]['id'])}"

    assert ids(orders, 0)[0] in listed(world, query)
    assert len(listed(world, query)) < len(orders)


def test_it_is_found_by_its_numbers(world: World, orders: list[Json]) -> None:
    sold = orders[2]
    refunded = world.manager.post("/orders/refund", json={"id": sold["id"]}).json
    (refund,) = refunded["refunds"]

    for number in (
        sold["invoice_number"],
        sold["invoice_number"].lower(),
        refund["credit_note_number"],
        sold["payment"]["reference"],
    ):
        assert listed(world, f"search={number}") == [sold["id"]], number
    assert listed(world, "search=999999999999999999999999") == []
    assert listed(world, f"search={sold['invoice_number']}&status=pending") == []


def test_a_manager_sees_who_ordered_and_that_is_logged(
    world: World, person: Person, orders: list[Json]
) -> None:
    with capture_logs() as logs:
        page = world.manager.get("/orders?search=zoe").json
    (order,) = page["items"]

    assert order["customer"] == {
        "id": orders[0]["user_id"],
        "full_name": "Zoë O'Hara",
        "email": "zoe.o'hara@example.com",
    }
    assert {"customers": 1, "by": world.manager.id} == {
        key: entry[key]
        for entry in logs
        if entry["event"] == "customers_listed"
        for key in ("customers", "by")
    }
    assert "customer" not in person.get("/orders/user").json["items"][0]
    answer = person.get("/orders")
    assert problem(answer) == (403, "forbidden")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("sort=total", "sort"),
        ("executed_from=yesterday", "executed_from"),
        ("updated_since=2026-01-01", "updated_since"),
        ("search=a+b+c+d+e+f+g+h+i", "search"),
        ("search=%00", "search"),
    ],
)
def test_what_cannot_be_asked_is_named(world: World, query: str, names: str) -> None:
    answer = world.manager.get(f"/orders?{query}")

    assert problem(answer)[0] == 422
    assert pointers(answer) == [names]
