"""What is asked ahead, of real requests: it waits for nobody, and holds nothing."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import text
from testing.world import Client, Person, World, problem

from shopkeeper.app import create_app
from shopkeeper.database.engine import make_engine
from shopkeeper.utils.settings import get_settings

AWKWARD = [
    '{curly} "quoted", and \\ slashed',
    "NULL",
    "Łódź ☕ 茶",
    "a,b",
]


def test_an_order_is_answered_as_it_is_written(fresh_world: World) -> None:
    person = fresh_world.person()
    lines = [(fresh_world.product(name=name), n) for n, name in enumerate(AWKWARD, 1)]
    created = fresh_world.order(person, lines)
    seen = person.get(f"/orders/{created['id']}")
    assert seen.json == created

    executed = person.post("/orders/execute", json={"id": created["id"]})
    again = person.get(f"/orders/{created['id']}")
    assert again.json == executed.json
    assert again.headers["ETag"] == executed.headers["ETag"]
    assert [item["product_name"] for item in again.json["items"]] == AWKWARD


@pytest.fixture
def hasty_world(
    make_database: Callable[[], AbstractContextManager[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """A shop that waits a tenth of a second for a lock."""
    monkeypatch.setattr(
        "shopkeeper.database.engine.SESSION_OPTIONS",
        "-c lock_timeout=100ms -c timezone=UTC",
    )
    with make_database() as url:
        engine = make_engine(url, get_settings())
        app = create_app(engine)
        with app.dispatcher.sessions() as session:
            yield World(Client(app), session)
        engine.dispose()


def execute(person: Person, order: dict[str, Any], key: str) -> Any:
    headers = {"Idempotency-Key": key}
    return person.post("/orders/execute", json={"id": order["id"]}, headers=headers)


def test_an_order_held_by_another_is_busy_and_not_in_flight(hasty_world: World) -> None:
    person, key = hasty_world.person(), uuid.uuid4().hex
    order = hasty_world.order(person, [(hasty_world.product(), 1)])
    hasty_world.session.execute(
        text("SELECT id FROM orders WHERE id = :id FOR UPDATE"), {"id": order["id"]}
    )

    busy = execute(person, order, key)
    hasty_world.session.rollback()

    assert problem(busy) == (503, "resource_busy")
    assert execute(person, order, key).status_code == 200


def test_a_replay_waits_for_nobody(hasty_world: World) -> None:
    person = hasty_world.person()
    product = hasty_world.product()
    order = hasty_world.order(person, [(product, 1)])
    keys = [uuid.uuid4().hex for _ in range(3)]
    wanted = {"location": "Ireland", "items": [{"product_id": 10**9, "quantity": 1}]}
    headers = {"Idempotency-Key": keys[1]}
    firsts = [
        execute(person, order, keys[0]),
        person.post("/orders/create", json=wanted, headers=headers),
        execute(person, order, keys[2]),  # Already executed: a refusal is kept.
    ]
    hasty_world.session.execute(text("SELECT * FROM orders, stock, users FOR UPDATE"))

    replays = [
        execute(person, order, keys[0]),
        person.post("/orders/create", json=wanted, headers=headers),
        execute(person, order, keys[2]),
    ]
    hasty_world.session.rollback()

    assert [first.status_code for first in firsts] == [200, 404, 409]
    for first, replay in zip(firsts, replays, strict=True):
        assert (replay.status_code, replay.data) == (first.status_code, first.data)
        assert replay.headers["Idempotency-Replayed"] == "true"


def test_whose_login_has_ended_holds_nothing(hasty_world: World) -> None:
    person = hasty_world.person()
    order = hasty_world.order(person, [(hasty_world.product(), 1)])
    assert person.post("/users/logout", json={}).status_code == 204
    hasty_world.session.execute(text("SELECT * FROM orders, stock FOR UPDATE"))

    answers = [
        execute(person, order, uuid.uuid4().hex),
        person.post("/orders/execute", json={"id": order["id"]}),
    ]
    hasty_world.session.rollback()

    assert [problem(answer) for answer in answers] == [(401, "token_revoked")] * 2


def test_a_key_held_by_another_is_in_flight(hasty_world: World) -> None:
    person, key = hasty_world.person(), uuid.uuid4().hex
    order = hasty_world.order(person, [(hasty_world.product(), 1)])
    hasty_world.session.execute(
        text(
            "INSERT INTO idempotency_keys (user_id, key, fingerprint, operation,"
            " expires_at) VALUES (:user_id, :key, sha256('x'), 'execute_order',"
            " now() + interval '1 day')"
        ),
        {"user_id": person.id, "key": key},
    )

    held = execute(person, order, key)
    hasty_world.session.rollback()

    assert problem(held) == (409, "idempotency_in_flight")
    assert execute(person, order, key).status_code == 200


def test_whose_login_has_ended_is_told_so_before_what_is_wrong(
    fresh_world: World,
) -> None:
    person = fresh_world.person()
    assert person.post("/users/logout", json={}).status_code == 204

    answer = person.get("/orders/user?cursor=nonsense")

    assert problem(answer) == (401, "token_revoked")
