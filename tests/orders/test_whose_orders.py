"""Whose orders somebody sees, lists and acts on."""

from typing import Any

import pytest
from testing.world import World, pointers, problem

from shopkeeper.models import Role


@pytest.mark.parametrize("action", ["show", "execute", "update", "cancel"])
def test_anothers_order_is_as_missing_as_none(world: World, action: str) -> None:
    order = world.order(world.person(), [(world.product(), 1)])
    stranger = world.person()

    def act(order_id: int) -> Any:
        if action == "show":
            return stranger.get(f"/orders/{order_id}")
        if action == "execute":
            return stranger.post("/orders/execute", json={"id": order_id})
        if action == "update":
            body = {"id": order_id, "location": "FR"}
            return stranger.put("/orders/update", json=body)
        return stranger.delete(f"/orders/delete?id={order_id}")

    theirs, missing = act(order["id"]), act(987654321)

    assert problem(theirs) == problem(missing) == (404, "order_not_found")


def test_everybody_lists_their_own_orders_newest_first(world: World) -> None:
    person, product = world.person(), world.product()
    ids = [world.order(person, [(product, 1)])["id"] for _ in range(3)]
    world.order(world.person(), [(product, 1)])
    person.delete(f"/orders/delete?id={ids[1]}")

    first = person.get("/orders/user?limit=2").json
    rest = person.get(f"/orders/user?limit=2&cursor={first['next_cursor']}").json
    cancelled = person.get("/orders/user?status=cancelled").json

    listed = [order["id"] for order in first["items"] + rest["items"]]
    assert listed == ids[::-1]
    assert rest["next_cursor"] is None
    assert [order["id"] for order in cancelled["items"]] == [ids[1]]


def test_managers_list_everybodys_orders(world: World) -> None:
    product, person = world.product(), world.person()
    first = world.order(person, [(product, 1)])
    second = world.executed_order(world.person(), [(product, 1)])

    def listed(query: str) -> list[int]:
        answer = world.manager.get(f"/orders?{query}")
        return [order["id"] for order in answer.json["items"]]

    assert listed("") == [second["id"], first["id"]]
    assert listed(f"user_id={person.id}") == [first["id"]]
    assert listed("status=executed") == [second["id"]]
    assert listed(f"from={second['created_at']}") == [second["id"]]
    assert listed(f"to={second['created_at']}") == [first["id"]]


@pytest.mark.parametrize(
    "moment",
    [
        "yesterday",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-13-01T00:00:00Z",
        "0001-01-01T00:00:00%2B14:00",
        "2026-01-01T00:00:00 01:00",
    ],
)
def test_times_need_an_offset_and_a_calendar(world: World, moment: str) -> None:
    answer = world.manager.get(f"/orders?from={moment}")

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == ["from"]


def test_managers_act_on_any_order(world: World) -> None:
    order = world.order(world.person(), [(world.product(), 1)])

    answer = world.manager.post("/orders/execute", json={"id": order["id"]})

    assert answer.json["status"] == "executed"
    assert answer.json["user_id"] == order["user_id"]


def test_admins_may_what_managers_may(world: World) -> None:
    admin = world.person(Role.ADMIN)

    assert admin.get("/orders").status_code == 200
