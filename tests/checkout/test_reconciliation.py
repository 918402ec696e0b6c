"""The reconciler: settles what was left, whoever is away and whatever is odd."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from testing.payments import (
    breaches,
    decide,
    let_time_pass,
    look_after,
    pay,
    shop_settings,
)
from testing.world import World, gateways_of, problem

from shopkeeper.checkout.service.reconciliation import reconcile
from shopkeeper.models import Payment, Refund
from shopkeeper.payments.gateways import test as test_gateway
from shopkeeper.payments.gateways.port import GatewayAwayError
from shopkeeper.payments.repository.payments import take_due
from shopkeeper.web.application import Shop


@pytest.fixture(autouse=True)
def _test_gateway(fresh_app: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(test_gateway, "SILENT_SECONDS", 0.01)
    with shop_settings(fresh_app, payment_gateway="test"):
        yield
    assert breaches(fresh_app.dispatcher.sessions) == []


@pytest.fixture
def order(fresh_world: World) -> dict[str, Any]:
    person, product = fresh_world.person(), fresh_world.product(quantity=5)
    made = fresh_world.order(person, [(product, 2)])
    return {**made, "person": person, "product": product}


def fill_the_shelf(world: World, product: dict[str, Any]) -> None:
    fullest = {"id": product["id"], "quantity": 2**31 - 1}
    assert world.manager.put("/products/update", json=fullest).status_code == 200


def test_one_payment_that_cannot_be_settled_does_not_hold_up_the_others(
    fresh_app: Shop, fresh_world: World, order: dict[str, Any]
) -> None:
    pay(order["person"], order, "timeout_then_success")
    other = fresh_world.order(order["person"], [(order["product"], 1)])
    pay(order["person"], other, "timeout_then_success")
    decide(fresh_world.session)
    let_time_pass(fresh_world.session)
    hide = "UPDATE test_gateway_charges SET key = uuidv7() WHERE key = (:key)::uuid"
    key = fresh_world.session.scalar(text("SELECT key FROM payments ORDER BY id"))
    fresh_world.session.execute(text(hide), {"key": str(key)})
    fresh_world.session.commit()

    assert look_after(fresh_app) == 1

    assert order["person"].get(f"/orders/{other['id']}").json["executed"] is True
    find = "UPDATE test_gateway_charges SET key = (:key)::uuid WHERE key <> ALL ("
    find += "SELECT key FROM payments)"
    fresh_world.session.execute(text(find), {"key": str(key)})
    let_time_pass(fresh_world.session)
    assert look_after(fresh_app) == 1


def test_goods_are_released_into_the_fullest_stock(
    fresh_app: Shop, fresh_world: World, order: dict[str, Any]
) -> None:
    pay(order["person"], order, "timeout_then_declined")
    fill_the_shelf(fresh_world, order["product"])
    decide(fresh_world.session)
    let_time_pass(fresh_world.session)

    assert look_after(fresh_app) == 1

    assert fresh_world.stock(order["product"]) == 2**31 + 1
    assert pay(order["person"], order, "success").json["status"] == "executed"


def test_goods_are_given_back_into_the_fullest_stock(
    fresh_world: World, order: dict[str, Any]
) -> None:
    pay(order["person"], order, "success")
    fill_the_shelf(fresh_world, order["product"])

    answer = fresh_world.manager.post("/orders/refund", json={"id": order["id"]})

    assert answer.json["status"] == "refunded"
    assert fresh_world.stock(order["product"]) == 2**31 + 1


def test_what_nobody_was_asked_to_take_is_released_though_the_provider_is_away(
    fresh_app: Shop,
    fresh_world: World,
    order: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def crash(*_arguments: Any) -> str:
        raise RuntimeError("crash")

    def be_away(*_arguments: Any) -> str:
        raise GatewayAwayError("gone")

    monkeypatch.setattr(test_gateway.TestGateway, "open_charge", crash)
    assert pay(order["person"], order, "success").status_code == 500
    for name in ("open_charge", "look_up", "cancel"):
        monkeypatch.setattr(test_gateway.TestGateway, name, be_away)
    assert look_after(fresh_app) == 0  # The request might still be at it.
    let_time_pass(fresh_world.session)

    assert look_after(fresh_app) == 1

    assert fresh_world.stock(order["product"]) == 5


def test_a_provider_that_is_away_is_asked_once_in_a_look(
    fresh_app: Shop,
    fresh_world: World,
    order: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = fresh_world.order(order["person"], [(order["product"], 1)])
    for each in (order, other):
        pay(order["person"], each, "timeout_then_success")
    decide(fresh_world.session)
    let_time_pass(fresh_world.session)
    asked: list[str] = []

    def be_away(_gateway: Any, reference: str) -> str:
        asked.append(reference)
        raise GatewayAwayError("gone")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(test_gateway.TestGateway, "look_up", be_away)
        assert look_after(fresh_app) == 0
    assert len(asked) == 1

    let_time_pass(fresh_world.session)
    assert look_after(fresh_app) == 2


def test_a_server_that_stops_leaves_the_rest_for_another_time(
    fresh_app: Shop, fresh_world: World, order: dict[str, Any]
) -> None:
    pay(order["person"], order, "timeout_then_success")
    decide(fresh_world.session)
    let_time_pass(fresh_world.session)

    assert (
        reconcile(
            fresh_app.dispatcher.sessions,
            gateways_of(fresh_app),
            lambda: True,
        )
        == 0
    )

    let_time_pass(fresh_world.session)
    assert look_after(fresh_app) == 1


def test_looks_to_no_avail_become_rarer_but_none_skips_a_deadline(
    fresh_world: World, order: dict[str, Any]
) -> None:
    session = fresh_world.session
    lease, longest = timedelta(seconds=5), timedelta(seconds=30)
    told = pay(order["person"], order, "timeout_then_success")
    assert problem(told) == (503, "payment_pending")
    waits = []
    until = "SELECT extract(epoch FROM {} - clock_timestamp())::float FROM payments"

    for _ in range(5):
        session.execute(text("UPDATE payments SET look_at = clock_timestamp()"))
        assert len(take_due(session, Payment, lease, longest, 10)) == 1
        waits.append(round(session.scalar(text(until.format("look_at"))) or 0))
    near = "UPDATE payments SET look_at = now(), expires_at = now() + interval '9 s'"
    session.execute(text(near))
    take_due(session, Payment, lease, longest, 10)
    nearly = session.scalar(text(until.format("look_at"))) or 0

    assert waits == [5, 10, 20, 30, 30]
    assert 8 < nearly <= 9
    assert take_due(session, Refund, lease, longest, 10) == []
    session.rollback()
    decide(session)
