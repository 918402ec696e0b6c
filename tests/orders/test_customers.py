"""Customers as managers see them: who buys, how much, and when last."""

from typing import Any

from testing.world import World, problem

from shopkeeper.models import Role


def account(world: World, user_id: int) -> dict[str, Any]:
    answer = world.manager.get(f"/customers/{user_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def test_what_was_executed_counts_less_what_was_given_back(world: World) -> None:
    person, product = world.person(), world.product(price="10.00", quantity=9)
    first = world.executed_order(person, [(product, 3)])
    second = world.executed_order(person, [(product, 1)])
    world.order(person, [(product, 2)])
    lines = [{"product_id": product["id"], "quantity": 1}]
    world.manager.post("/orders/refund", json={"id": first["id"], "items": lines})

    shown = account(world, person.id)

    assert (shown["orders"], shown["spent"]) == (2, "30.00")
    assert shown["first_order_at"] == first["executed_at"]
    assert shown["last_order_at"] == second["executed_at"]


def test_who_has_bought_nothing(world: World) -> None:
    shown = account(world, world.person().id)

    assert (shown["orders"], shown["spent"]) == (0, "0.00")
    assert shown["first_order_at"] is shown["last_order_at"] is None


def test_they_are_found_by_name_and_email_and_in_pages(world: World) -> None:
    people = [world.person() for _ in range(3)]
    get = world.manager.get
    found = get("/customers", query_string={"search": people[1].email}).json["items"]
    assert [each["id"] for each in found] == [people[1].id]

    first = get("/customers?limit=2").json
    rest = get(f"/customers?limit=100&cursor={first['next_cursor']}").json
    ids = [each["id"] for each in [*first["items"], *rest["items"]]]
    assert len(ids) == len(set(ids))
    assert {person.id for person in people} <= set(ids)


def test_a_closed_account_keeps_what_it_has_bought_and_no_name(world: World) -> None:
    person = world.person()
    world.executed_order(person, [(world.product(price="10.00"), 1)])
    world.person(Role.ADMIN).post("/users/close", json={"id": person.id})

    shown = account(world, person.id)

    assert (shown["email"], shown["full_name"]) == (None, None)
    assert shown["spent"] == "10.00"
    listed = world.manager.get("/customers?limit=100").json["items"]
    assert person.id not in {each["id"] for each in listed}


def test_customers_see_no_others(world: World) -> None:
    person = world.person()

    assert problem(person.get("/customers")) == (403, "forbidden")
    assert problem(person.get(f"/customers/{person.id}")) == (403, "forbidden")


def test_nobody(world: World) -> None:
    answer = world.manager.get("/customers/99999999")

    assert problem(answer) == (404, "customer_not_found")
