"""Payments that ask something of the customer first: 3-D Secure, and its ends."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from testing.payments import breaches, let_time_pass, pay, shop_settings
from testing.stripe_stand_in import StripeStandIn, stand_in_server
from testing.world import Person, World, gateways_of, problem

from shopkeeper.checkout.service.reconciliation import reconcile
from shopkeeper.web.application import Shop


@pytest.fixture
def stripe(fresh_app: Shop) -> Iterator[StripeStandIn]:
    with (
        stand_in_server() as (stand_in, address),
        shop_settings(
            fresh_app,
            payment_gateway="stripe",
            stripe_api_key=SecretStr("sk_test_123"),
            stripe_api_base=address,
            payment_timeout=2.0,
        ),
    ):
        yield stand_in
        assert breaches(fresh_app.dispatcher.sessions) == []


@pytest.fixture
def order(fresh_world: World) -> dict[str, Any]:
    person, product = fresh_world.person(), fresh_world.product(quantity=5)
    made = fresh_world.order(person, [(product, 2)])
    return {**made, "person": person, "product": product}


def execute(order: dict[str, Any], key: str, method: str, token: str) -> Any:
    person: Person = order["person"]
    body = {"id": order["id"], "payment": {"method": method, "token": token}}
    headers = {"Idempotency-Key": key}
    return person.post("/orders/execute", json=body, headers=headers)


def intent_of(answer: Any) -> str:
    return str(answer.json["payment"]["reference"])


def test_the_customer_is_asked_and_then_the_order_is_executed(
    fresh_world: World, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    first = execute(order, "k", "stripe", "pm_3ds")
    early = execute(order, "k", "stripe", "pm_3ds")
    held = fresh_world.stock(order["product"])
    stripe.authenticate(intent_of(first), passed=True)
    done = execute(order, "k", "stripe", "pm_3ds")
    again = execute(order, "k", "stripe", "pm_3ds")

    assert first.status_code == early.status_code == 202
    assert first.json["status"] == "processing"
    assert first.json["payment"]["next_action"] == {
        "type": "use_stripe_sdk",
        "client_secret": f"{intent_of(first)}_secret",
        "redirect_url": None,
    }
    assert held == 3
    assert done.status_code == 200
    assert (done.json["status"], done.json["payment"]["next_action"]) == (
        "executed",
        None,
    )
    assert again.json == done.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert sum("confirm" in call for call in stripe.calls) == 1


def test_a_customer_who_fails_is_declined_and_may_try_again(
    fresh_world: World, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    first = execute(order, "k", "stripe", "pm_3ds")
    stripe.authenticate(intent_of(first), passed=False)

    declined = execute(order, "k", "stripe", "pm_3ds")
    another = execute(order, "l", "stripe", "pm_card_visa")

    assert problem(declined) == (402, "payment_declined")
    assert declined.json["decline_code"] == "payment_intent_authentication_failure"
    assert another.json["status"] == "executed"
    assert fresh_world.stock(order["product"]) == 3


def test_nobody_has_to_ask_again_for_it_to_end(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    first = execute(order, "k", "stripe", "pm_3ds")
    stripe.authenticate(intent_of(first), passed=True)
    fresh_world.session.rollback()
    let_be_looked_at(fresh_world)

    assert reconcile(fresh_app.dispatcher.sessions, gateways_of(fresh_app)) == 1

    shown = order["person"].get(f"/orders/{order['id']}").json
    assert shown["status"] == "executed"
    assert execute(order, "k", "stripe", "pm_3ds").json == shown


def let_be_looked_at(world: World) -> None:
    world.session.execute(text("UPDATE payments SET look_at = now()"))
    world.session.commit()


def test_the_deadline_gives_up_and_the_goods_come_back(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    first = execute(order, "k", "stripe", "pm_3ds")
    let_be_looked_at(fresh_world)
    reconcile(fresh_app.dispatcher.sessions, gateways_of(fresh_app))
    before = order["person"].get(f"/orders/{order['id']}").json["status"]
    let_time_pass(fresh_world.session)

    reconcile(fresh_app.dispatcher.sessions, gateways_of(fresh_app))

    assert before == "processing"
    assert stripe.intents[intent_of(first)]["status"] == "canceled"
    shown = order["person"].get(f"/orders/{order['id']}").json
    assert (shown["status"], shown["payment"]["status"]) == ("pending", "cancelled")
    assert fresh_world.stock(order["product"]) == 5


def test_the_customer_is_sent_away_where_the_shop_says_where_back_to(
    fresh_app: Shop, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    assert not stripe.calls
    with shop_settings(fresh_app, payment_return_url="https://shop.example/paid"):
        first = execute(order, "k", "stripe", "pm_3ds")

    action = first.json["payment"]["next_action"]
    assert action["type"] == "redirect_to_url"
    assert "shop.example" in action["redirect_url"]


def test_without_a_key_the_order_tells_what_is_needed(
    fresh_app: Shop, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    assert not stripe.calls
    person: Person = order["person"]
    body = {"id": order["id"], "payment": {"method": "stripe", "token": "pm_3ds"}}

    first = person.post("/orders/execute", json=body)
    second = person.post("/orders/execute", json=body)

    assert first.status_code == 202
    assert problem(second) == (409, "order_not_pending")
    shown = person.get(f"/orders/{order['id']}").json
    assert shown == first.json
    assert gateways_of(fresh_app).stripe is not None


@pytest.mark.parametrize(
    ("token", "status"),
    [("action_then_success", 200), ("action_then_declined", 402)],
)
def test_the_test_gateway_asks_something_too(
    fresh_app: Shop, fresh_world: World, order: dict[str, Any], token: str, status: int
) -> None:
    with shop_settings(fresh_app, payment_gateway="test"):
        key = str(uuid.uuid4())
        first = pay(order["person"], order, token, key)
        settle_at_the_test_gateway(fresh_world)
        second = pay(order["person"], order, token, key)

    assert first.status_code == 202
    assert first.json["payment"]["next_action"]["redirect_url"].startswith("https://")
    assert second.status_code == status
    assert breaches(fresh_app.dispatcher.sessions) == []


def settle_at_the_test_gateway(world: World) -> None:
    world.session.execute(text("UPDATE test_gateway_charges SET settles_at = now()"))
    world.session.commit()


def test_a_customer_who_never_does_it_is_given_up(
    fresh_app: Shop, fresh_world: World, order: dict[str, Any]
) -> None:
    with shop_settings(fresh_app, payment_gateway="test"):
        first = pay(order["person"], order, "action_never")
        let_time_pass(fresh_world.session)
        reconcile(fresh_app.dispatcher.sessions, gateways_of(fresh_app))

    assert first.status_code == 202
    assert order["person"].get(f"/orders/{order['id']}").json["status"] == "pending"
    assert fresh_world.stock(order["product"]) == 5
    assert breaches(fresh_app.dispatcher.sessions) == []
