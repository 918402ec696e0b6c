"""What one account or address may do in a while, told alike by every process."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import text
from testing.payments import breaches, pay, shop_settings
from testing.world import PASSWORD, World, problem

from shopkeeper.processes.chores import do_chores
from shopkeeper.utils import clock
from shopkeeper.web.application import Shop


def order_body(product: dict[str, Any]) -> dict[str, Any]:
    items = [{"product_id": product["id"], "quantity": 1}]
    return {"location": "IE", "items": items}


def remaining(answer: Any) -> int:
    found = re.search(r";r=(\d+)", answer.headers["RateLimit"])
    assert found is not None
    return int(found[1])


def test_orders_of_a_customer_are_limited_and_told(
    fresh_app: Shop, fresh_world: World
) -> None:
    product = fresh_world.product()
    person, other = fresh_world.person(), fresh_world.person()
    with shop_settings(fresh_app, orders_per_hour=3):
        made = [person.post("/orders/create", json=order_body(product)) for _ in "abc"]
        refused = person.post("/orders/create", json=order_body(product))
        unaffected = other.post("/orders/create", json=order_body(product))

    assert [answer.status_code for answer in made] == [201] * 3
    assert [remaining(answer) for answer in made] == [2, 1, 0]
    assert made[0].headers["RateLimit-Policy"] == '"orders";q=3;w=3600'
    assert problem(refused) == (429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 1200
    assert remaining(refused) == 0
    assert unaffected.status_code == 201


def test_a_retry_with_its_key_takes_nothing(
    fresh_app: Shop, fresh_world: World
) -> None:
    product, person = fresh_world.product(), fresh_world.person()
    key = {"Idempotency-Key": "once"}
    with shop_settings(fresh_app, orders_per_hour=2):
        answers = [
            person.post("/orders/create", json=order_body(product), headers=key)
            for _ in range(5)
        ]
        second = person.post("/orders/create", json=order_body(product))
        third = person.post("/orders/create", json=order_body(product))

    assert {answer.json["id"] for answer in answers} == {answers[0].json["id"]}
    assert second.status_code == 201
    assert problem(third) == (429, "rate_limited")


def test_what_is_over_the_limit_may_be_tried_again_with_its_key(
    fresh_app: Shop, fresh_world: World
) -> None:
    product, person = fresh_world.product(), fresh_world.person()
    key = {"Idempotency-Key": "later"}
    with shop_settings(fresh_app, orders_per_hour=1):
        person.post("/orders/create", json=order_body(product))
        refused = person.post("/orders/create", json=order_body(product), headers=key)
        fresh_world.session.execute(text("TRUNCATE rate_limits"))
        fresh_world.session.commit()
        again = person.post("/orders/create", json=order_body(product), headers=key)

    assert problem(refused) == (429, "rate_limited")
    assert again.status_code == 201


def test_a_crowd_of_one_customer_gets_no_more_than_the_limit(
    fresh_app: Shop, fresh_world: World
) -> None:
    product, person = fresh_world.product(), fresh_world.person()
    with shop_settings(fresh_app, orders_per_hour=10), ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda _: person.post("/orders/create", json=order_body(product)),
                range(40),
            )
        )

    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [429] * 30


@pytest.mark.parametrize("known", [True, False])
def test_registrations_of_an_address_are_limited_whatever_comes_of_them(
    fresh_app: Shop, fresh_world: World, known: bool
) -> None:
    email = fresh_world.person().email

    def register(number: int, address: str) -> Any:
        body = {"email": email, "password": PASSWORD, "full_name": "Ada"}
        if not known:
            body["email"] = f"fresh-{number}@example.com"
        return fresh_world.client.post(
            "/users/add", json=body, environ_overrides={"REMOTE_ADDR": address}
        )

    with shop_settings(fresh_app, registrations_per_hour=2):
        answers = [register(number, "203.0.113.7") for number in range(2)]
        refused = register(2, "::ffff:203.0.113.7")
        elsewhere = register(3, "203.0.113.8")

    assert {answer.status_code for answer in answers} == {409 if known else 201}
    assert problem(refused) == (429, "rate_limited")
    assert elsewhere.status_code == (409 if known else 201)
    subjects = fresh_world.session.scalars(text("SELECT subject FROM rate_limits"))
    assert not any("203.0.113" in subject for subject in subjects)


def test_declined_payments_are_limited_for_an_order_and_for_an_account(
    fresh_app: Shop, fresh_world: World
) -> None:
    product, person = fresh_world.product(quantity=9), fresh_world.person()
    orders = [fresh_world.order(person, [(product, 1)]) for _ in range(3)]
    with shop_settings(
        fresh_app, payment_gateway="test", declines_per_order=2, declines_per_hour=3
    ):
        first = [pay(person, orders[0], "declined") for _ in range(3)]
        good = [pay(person, orders[1], "success")]
        second = [pay(person, orders[2], "declined") for _ in range(2)]

    assert [answer.status_code for answer in first] == [402, 402, 429]
    assert problem(first[-1]) == (429, "too_many_declines")
    assert good[0].status_code == 200
    assert [answer.status_code for answer in second] == [402, 429]
    assert problem(second[-1]) == (429, "rate_limited")
    assert fresh_world.stock(product) == 8
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_cards_tried_all_at_once_are_no_more_than_the_limit(
    fresh_app: Shop, fresh_world: World
) -> None:
    product, person = fresh_world.product(quantity=99), fresh_world.person()
    orders = [fresh_world.order(person, [(product, 1)]) for _ in range(20)]
    with (
        shop_settings(fresh_app, payment_gateway="test", declines_per_hour=5),
        ThreadPoolExecutor(8) as pool,
    ):
        answers = list(pool.map(lambda order: pay(person, order, "declined"), orders))

    assert sorted(answer.status_code for answer in answers) == [402] * 5 + [429] * 15


def test_few_orders_of_a_customer_are_paid_for_at_once(
    fresh_app: Shop, fresh_world: World
) -> None:
    product, person = fresh_world.product(quantity=9), fresh_world.person()
    orders = [fresh_world.order(person, [(product, 2)]) for _ in range(3)]
    with shop_settings(fresh_app, payment_gateway="test", payments_at_once=2):
        held = [pay(person, order, "timeout_then_success") for order in orders]

    assert [answer.status_code for answer in held] == [503, 503, 429]
    assert problem(held[-1]) == (429, "too_many_payments")
    assert fresh_world.stock(product) == 5


def test_logins_are_limited_and_the_oldest_ends(
    fresh_app: Shop, fresh_world: World
) -> None:
    person = fresh_world.person()
    with shop_settings(fresh_app, logins_per_hour=3, logins_kept=2):
        later = [fresh_world.log_in(person.email) for _ in range(3)]
        refused = fresh_world.client.post(
            "/users/login", json={"email": person.email, "password": PASSWORD}
        )

    assert problem(refused) == (429, "rate_limited")
    assert problem(person.get("/users/me")) == (401, "token_revoked")
    assert [one.get("/users/me").status_code for one in later] == [401, 200, 200]


def test_imports_of_a_manager_wait_only_so_many(
    fresh_app: Shop, fresh_world: World
) -> None:
    def send() -> Any:
        return fresh_world.manager.post(
            "/products/bulk-import",
            data={"file": (BytesIO(b"name\nPen\n"), "pens.csv")},
            headers={"Prefer": "respond-async"},
        )

    with shop_settings(fresh_app, imports_waiting=2):
        answers = [send() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert problem(answers[-1]) == (429, "too_many_imports")


def test_a_manager_exports_once_at_a_time(fresh_app: Shop, fresh_world: World) -> None:
    manager = fresh_world.manager
    with fresh_app.engine.connect() as other:
        lock = text("SELECT pg_advisory_xact_lock(6649968, CAST(:id AS integer))")
        other.execute(lock, {"id": manager.id})

        refused = manager.get("/products/export")

    assert problem(refused) == (429, "export_running")
    assert manager.get("/products/export").status_code == 200


def test_pending_orders_that_nobody_touches_expire(
    fresh_app: Shop, fresh_world: World
) -> None:
    product, person = fresh_world.product(), fresh_world.person()
    old, touched, young = [fresh_world.order(person, [(product, 1)]) for _ in range(3)]
    long_ago = clock.now() - timedelta(days=31)
    fresh_world.session.execute(
        text(
            "UPDATE orders SET created_at = :at, updated_at = CASE WHEN id = :old"
            " THEN :at ELSE updated_at END WHERE id IN (:old, :touched)"
        ),
        {"at": long_ago, "old": old["id"], "touched": touched["id"]},
    )
    fresh_world.session.commit()

    with fresh_app.dispatcher.sessions.begin() as session:
        do_chores(session)

    def status(order: dict[str, Any]) -> str:
        return str(person.get(f"/orders/{order['id']}").json["status"])

    assert [status(order) for order in (old, touched, young)] == [
        "cancelled",
        "pending",
        "pending",
    ]
    assert breaches(fresh_app.dispatcher.sessions) == []
