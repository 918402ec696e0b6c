"""What happens at once: one winner, the others told clearly, the stock right."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from testing.at_once import at_once, statuses
from testing.payments import shop_settings
from testing.world import PASSWORD, Client, Person, World, problem

from shopkeeper.app import create_app
from shopkeeper.database.sessions import MAX_ATTEMPTS
from shopkeeper.web.application import Shop


def test_no_more_is_sold_than_there_is(fresh_world: World) -> None:
    product, person = fresh_world.product(quantity=3), fresh_world.person()
    orders = [fresh_world.order(person, [(product, 1)]) for _ in range(12)]

    answers = at_once(
        12, lambda n: person.post("/orders/execute", json={"id": orders[n]["id"]})
    )

    assert statuses(answers) == {200: 3, 409: 9}
    assert fresh_world.stock(product) == 0


def test_an_order_is_executed_once_however_many_try(fresh_world: World) -> None:
    product, person = fresh_world.product(quantity=10), fresh_world.person()
    order = fresh_world.order(person, [(product, 2)])

    answers = at_once(
        8, lambda _: person.post("/orders/execute", json={"id": order["id"]})
    )

    assert statuses(answers) == {200: 1, 409: 7}
    assert fresh_world.stock(product) == 8


def test_orders_over_the_same_products_never_deadlock(fresh_world: World) -> None:
    products = [fresh_world.product(quantity=1000) for _ in range(5)]
    person = fresh_world.person()
    orders = []
    for seed in range(24):
        lines = [(product, 1) for product in products]
        random.Random(seed).shuffle(lines)
        orders.append(fresh_world.order(person, lines))

    answers = at_once(
        24, lambda n: person.post("/orders/execute", json={"id": orders[n]["id"]})
    )

    assert statuses(answers) == {200: 24}
    assert {fresh_world.stock(product) for product in products} == {976}


@pytest.mark.parametrize("round_", range(5))
def test_executing_and_cancelling_have_one_winner(
    fresh_world: World, round_: int
) -> None:
    product, person = fresh_world.product(quantity=5), fresh_world.person()
    order = fresh_world.order(person, [(product, 2)])

    def act(number: int) -> Any:
        if (number + round_) % 2:
            return person.post("/orders/execute", json={"id": order["id"]})
        return person.delete(f"/orders/delete?id={order['id']}")

    answers = at_once(6, act)

    assert sum(answer.status_code < 300 for answer in answers) == 1
    after = person.get(f"/orders/{order['id']}").json["status"]
    assert fresh_world.stock(product) == (3 if after == "executed" else 5)


def test_refunds_at_once_never_exceed_what_was_sold(fresh_world: World) -> None:
    product = fresh_world.product(quantity=10)
    order = fresh_world.executed_order(fresh_world.person(), [(product, 5)])
    items = [{"product_id": product["id"], "quantity": 1}]
    manager = fresh_world.manager

    answers = at_once(
        12,
        lambda _: manager.post(
            "/orders/refund", json={"id": order["id"], "items": items}
        ),
    )

    assert statuses(answers) == {200: 5, 409: 7}
    assert fresh_world.stock(product) == 10
    after = manager.get(f"/orders/{order['id']}").json
    assert (after["status"], after["refunded_total"]) == ("refunded", after["total"])


def test_one_key_sent_at_once_has_one_effect(fresh_world: World) -> None:
    product, person = fresh_world.product(quantity=50), fresh_world.person()
    body = {"location": "IE", "items": [{"product_id": product["id"], "quantity": 1}]}

    answers = at_once(
        12,
        lambda _: person.post(
            "/orders/create", json=body, headers={"Idempotency-Key": "once"}
        ),
    )

    assert statuses(answers) == {201: 12}
    assert len({answer.data for answer in answers}) == 1
    assert len(person.get("/orders/user").json["items"]) == 1


def test_a_key_held_for_long_is_told_to_be_in_flight(
    fresh_world: World, fresh_engine: Engine
) -> None:
    person = fresh_world.person()
    with fresh_engine.connect() as holder:
        holder.execute(
            text(
                "INSERT INTO idempotency_keys"
                " (user_id, key, fingerprint, operation, expires_at)"
                " VALUES (:user, 'held', sha256('x'), 'x', now() + interval '1 day')"
            ),
            {"user": person.id},
        )

        answer = person.put(
            "/users/update",
            json={"full_name": "Grace"},
            headers={"Idempotency-Key": "held"},
        )

        assert problem(answer) == (409, "idempotency_in_flight")
        assert answer.headers["Retry-After"] == "1"


def test_adding_to_a_category_that_is_being_deleted(fresh_world: World) -> None:
    category, manager = fresh_world.category(), fresh_world.manager

    def act(number: int) -> Any:
        if number == 3:
            return manager.delete(f"/categories/delete?id={category['id']}")
        body = {
            "name": f"P{number}",
            "quantity": 1,
            "price": "1",
            "category": category["name"],
        }
        return manager.post("/products/add", json=body)

    answers = at_once(8, act)

    assert set(statuses(answers)) <= {201, 204, 404}
    # Whatever came before the deletion left with it; nothing came after.
    assert fresh_world.client.get("/products").json["items"] == []


def test_a_stale_version_loses_a_race(fresh_world: World) -> None:
    product, manager = fresh_world.product(), fresh_world.manager
    tag = manager.get(f"/products/{product['id']}").headers["ETag"]

    answers = at_once(
        6,
        lambda n: manager.put(
            "/products/update",
            json={"id": product["id"], "price": str(n + 10)},
            headers={"If-Match": tag},
        ),
    )

    assert statuses(answers) == {200: 1, 412: 5}


class _Conflicts:
    """Makes the first commits fail as PostgreSQL does for the sake of others."""

    def __init__(self, app: Shop, failures: int) -> None:
        self.real = app.dispatcher.sessions
        self.left = failures

    def __call__(self) -> Any:
        session = self.real()
        commit = session.commit

        def failing() -> None:
            if self.left:
                self.left -= 1
                cause = psycopg.errors.SerializationFailure("not now")
                raise OperationalError("COMMIT", {}, cause)
            commit()

        session.commit = failing  # type: ignore[method-assign]  # For this test.
        return session


@pytest.mark.parametrize(
    ("failures", "status"), [(MAX_ATTEMPTS - 1, 201), (MAX_ATTEMPTS, 503)]
)
def test_a_transaction_given_up_for_others_is_run_again(
    fresh_world: World, fresh_app: Shop, failures: int, status: int
) -> None:
    person, product = fresh_world.person(), fresh_world.product()
    fresh_app.dispatcher.sessions = _Conflicts(fresh_app, failures)  # type: ignore[assignment]
    body = {"location": "IE", "items": [{"product_id": product["id"], "quantity": 1}]}

    answer = person.post("/orders/create", json=body)
    fresh_app.dispatcher.sessions = fresh_app.dispatcher.sessions.real  # type: ignore[attr-defined]

    assert answer.status_code == status
    made = person.get("/orders/user").json["items"]
    assert len(made) == (1 if status == 201 else 0)


@contextmanager
def taken(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All connections of an engine taken, as long as the context lasts."""
    monkeypatch.setattr(engine.pool, "_timeout", 0.05)
    connections = [engine.connect() for _ in range(engine.pool.size())]  # type: ignore[attr-defined]  # QueuePool has it.
    try:
        yield
    finally:
        for connection in connections:
            connection.close()


def test_without_a_free_connection_the_answer_is_503(
    fresh_world: World, fresh_app: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = fresh_world.person()
    with taken(fresh_app.engine, monkeypatch):
        refused = person.get("/orders/user")
        alive = fresh_world.client.get("/health/live")

    assert problem(refused) == (503, "database_unavailable")
    assert refused.headers["Retry-After"] == "1"
    assert alive.status_code == 200
    assert person.get("/orders/user").status_code == 200


def test_what_strangers_read_takes_no_connection_from_orders(
    fresh_world: World, fresh_app: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, product = fresh_world.person(), fresh_world.product()
    with taken(fresh_app.public_engine, monkeypatch):
        refused = fresh_world.client.get("/products?search=pen")
        order = fresh_world.executed_order(person, [(product, 1)])

    assert problem(refused) == (503, "database_unavailable")
    assert order["executed"]
    assert fresh_world.client.get("/products?search=pen").status_code == 200


def test_a_question_of_strangers_that_takes_too_long_is_given_up(
    fresh_world: World, fresh_app: Shop, fresh_engine: Engine
) -> None:
    product = fresh_world.product()
    with fresh_engine.begin() as slowing:
        slowing.execute(text("ALTER TABLE products RENAME TO shelved"))
        view = "SELECT * FROM shelved WHERE pg_sleep(5) IS NOT NULL"
        slowing.execute(text(f"CREATE VIEW products AS {view}"))
    with shop_settings(fresh_app, public_statement_seconds=0.2):
        client = Client(create_app(fresh_engine))

    answer = client.get(f"/products/{product['id']}")

    assert problem(answer) == (503, "statement_too_slow")
    assert answer.headers["Retry-After"] == "5"


def test_connections_the_server_has_closed_are_replaced(
    fresh_world: World, fresh_engine: Engine
) -> None:
    client: Client = fresh_world.client
    assert client.get("/products").status_code == 200
    fresh_world.session.close()
    with fresh_engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    assert {client.get("/products").status_code for _ in range(5)} == {200}


def test_people_act_at_once_on_their_own(fresh_world: World) -> None:
    product = fresh_world.product(quantity=100)
    people: list[Person] = [fresh_world.person() for _ in range(6)]

    def live(number: int) -> Any:
        person = people[number]
        order = fresh_world.order(person, [(product, 2)])
        return person.post("/orders/execute", json={"id": order["id"]})

    assert statuses(at_once(6, live)) == {200: 6}
    assert fresh_world.stock(product) == 88


def test_orders_never_stay_pending_under_a_closed_account(fresh_world: World) -> None:
    product, person = fresh_world.product(quantity=1000), fresh_world.person()
    body = {"location": "IE", "items": [{"product_id": product["id"], "quantity": 1}]}

    def act(number: int) -> Any:
        if number == 6:
            return person.delete("/users/delete", json={"password": PASSWORD})
        return person.post("/orders/create", json=body)

    answers = at_once(12, act)

    assert set(statuses(answers)) <= {201, 204, 401}
    pending = fresh_world.manager.get(f"/orders?user_id={person.id}&status=pending")
    assert pending.json["items"] == []


def test_the_same_question_has_the_same_answer_while_orders_come_in(
    fresh_world: World,
) -> None:
    product, person = fresh_world.product(quantity=1000), fresh_world.person()
    orders = [fresh_world.order(person, [(product, 1)]) for _ in range(40)]
    manager = fresh_world.manager

    def act(number: int) -> Any:
        if number % 4 == 0:
            return manager.get("/statistics/profit").json
        return person.post("/orders/execute", json={"id": orders[number]["id"]})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(act, range(40)))

    asked = answers[::4]
    assert len(asked) == 10
    for first in asked:
        again = manager.get(f"/statistics/profit?as_of={first['as_of']}").json
        assert again == first
