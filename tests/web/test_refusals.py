"""A refusal is kept after what was done for it is undone: what happens in between."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text
from testing.world import Person, World, problem

from shopkeeper.web.attempts import KeyedAttempt, Refused
from shopkeeper.web.service.idempotency import Answer


@contextmanager
def between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> Iterator[None]:
    """Do something once when a refusal is undone and not kept yet."""
    is_done, refuse = False, KeyedAttempt.refuse

    def act_first(attempt: KeyedAttempt, refused: Refused) -> Answer:
        nonlocal is_done
        if not is_done:
            is_done = True
            act()
        return refuse(attempt, refused)

    with monkeypatch.context() as patch:
        patch.setattr(KeyedAttempt, "refuse", act_first)
        yield
    assert is_done


def execute(person: Person, order: dict[str, Any], key: str, **more: Any) -> Any:
    body = {"id": order["id"], **more}
    headers = {"Idempotency-Key": key}
    return person.post("/orders/execute", json=body, headers=headers)


def sold_out_order(world: World, person: Person) -> tuple[dict[str, Any], Any]:
    product = world.product(quantity=1)
    order = world.order(person, [(product, 1)])
    restock(world, product, 0)
    return order, product


def restock(world: World, product: dict[str, Any], quantity: int) -> None:
    body = {"id": product["id"], "quantity": quantity}
    assert world.manager.put("/products/update", json=body).status_code == 200


def test_a_refusal_is_given_again_though_it_would_succeed_now(
    fresh_world: World,
) -> None:
    person, key = fresh_world.person(), uuid.uuid4().hex
    order, product = sold_out_order(fresh_world, person)

    first = execute(person, order, key)
    restock(fresh_world, product, 1)
    again = execute(person, order, key)

    assert problem(first) == (409, "insufficient_stock")
    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert fresh_world.stock(product) == 1


def test_whoever_takes_the_key_in_between_is_believed(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, key = fresh_world.person(), uuid.uuid4().hex
    order, product = sold_out_order(fresh_world, person)
    twins = []

    def come_first() -> None:
        restock(fresh_world, product, 1)
        twins.append(execute(person, order, key))

    with between(monkeypatch, come_first):
        answer = execute(person, order, key)

    assert twins[0].status_code == 200
    assert (answer.status_code, answer.data) == (200, twins[0].data)
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert fresh_world.stock(product) == 0


def test_what_another_has_begun_in_between_is_waited_for(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, key = fresh_world.person(), uuid.uuid4().hex
    order, _ = sold_out_order(fresh_world, person)

    def begin() -> None:
        # As a payment under way does: claimed and committed, with no answer yet.
        fresh_world.session.execute(
            text(
                "INSERT INTO idempotency_keys (user_id, key, fingerprint, operation,"
                " expires_at) SELECT user_id, :key, fingerprint, operation, expires_at"
                " FROM idempotency_keys WHERE key = :other"
            ),
            {"key": key, "other": other},
        )
        fresh_world.session.commit()

    other = uuid.uuid4().hex
    execute(person, order, other)  # The same request, so the same fingerprint.
    with between(monkeypatch, begin):
        answer = execute(person, order, key)

    assert problem(answer) == (409, "idempotency_in_flight")
    assert answer.headers["Retry-After"] == "1"


def test_a_refusal_leaves_nothing_of_what_was_done(fresh_world: World) -> None:
    person, key = fresh_world.person(), uuid.uuid4().hex
    order, product = sold_out_order(fresh_world, person)

    execute(person, order, key)

    counted = "SELECT count(*) FROM stock_movements WHERE order_id IS NOT NULL"
    assert fresh_world.session.scalar(text(counted)) == 0
    assert person.get(f"/orders/{order['id']}").json["status"] == "pending"
    assert fresh_world.stock(product) == 0
