"""Payments that a provider takes: reserved, charged, and told once."""

import threading
import uuid
from collections.abc import Iterator
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
from testing.world import PASSWORD, World, pointers, problem

from shopkeeper.payments.gateways import test as test_gateway
from shopkeeper.payments.gateways.port import GatewayAwayError
from shopkeeper.web.application import Shop


@pytest.fixture(autouse=True)
def _test_gateway(fresh_app: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(test_gateway, "SLOW_SECONDS", 0.01)
    monkeypatch.setattr(test_gateway, "SILENT_SECONDS", 0.01)
    with shop_settings(fresh_app, payment_gateway="test"):
        yield
    assert breaches(fresh_app.dispatcher.sessions) == []


@pytest.fixture
def order(fresh_world: World) -> dict[str, Any]:
    person, product = fresh_world.person(), fresh_world.product(quantity=5)
    made = fresh_world.order(person, [(product, 2)])
    return {**made, "person": person, "product": product}


@pytest.mark.parametrize("token", ["success", "slow", None])
def test_a_captured_payment_executes_the_order(
    fresh_world: World, order: dict[str, Any], token: str | None
) -> None:
    answer = pay(order["person"], order, token)

    assert answer.status_code == 200, answer.text
    assert answer.json["status"] == "executed"
    payment = answer.json["payment"]
    assert payment["method"] == "test"
    assert payment["status"] == "captured"
    assert payment["amount"] == order["total"]
    assert payment["attempts"] == 1
    assert payment["reference"].startswith("test_")
    assert fresh_world.stock(order["product"]) == 3


@pytest.mark.parametrize("token", ["declined", "insufficient_funds", "no-such-token"])
def test_a_declined_payment_leaves_the_order_pending(
    fresh_world: World, order: dict[str, Any], token: str
) -> None:
    key = str(uuid.uuid4())

    answer = pay(order["person"], order, token, key)
    again = pay(order["person"], order, token, key)

    assert problem(answer) == (402, "payment_declined")
    assert answer.json["order_id"] == order["id"]
    assert again.data == answer.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert fresh_world.stock(order["product"]) == 5
    now = order["person"].get(f"/orders/{order['id']}").json
    assert now["status"] == "pending"
    assert now["payment"]["status"] == "declined"
    assert pay(order["person"], order, "success").json["status"] == "executed"


def test_an_unknown_outcome_keeps_the_goods_until_it_is_known(
    fresh_app: Shop, fresh_world: World, order: dict[str, Any]
) -> None:
    key = str(uuid.uuid4())

    answer = pay(order["person"], order, "timeout_then_success", key)

    assert problem(answer) == (503, "payment_pending")
    assert int(answer.headers["Retry-After"]) > 0
    assert fresh_world.stock(order["product"]) == 3
    path = f"/orders/{order['id']}"
    assert order["person"].get(path).json["status"] == "processing"
    twin = pay(order["person"], order, "timeout_then_success", key)
    assert problem(twin) == (409, "idempotency_in_flight")
    assert problem(pay(order["person"], order, "success")) == (
        409,
        "order_not_pending",
    )
    cancelled = order["person"].delete(f"/orders/delete?id={order['id']}")
    assert problem(cancelled) == (409, "order_not_pending")

    decide(fresh_world.session)
    let_time_pass(fresh_world.session)
    assert look_after(fresh_app) == 1

    known = pay(order["person"], order, "timeout_then_success", key)
    assert known.status_code == 200
    assert known.json["status"] == "executed"
    again = pay(order["person"], order, "timeout_then_success", key)
    assert again.data == known.data
    assert fresh_world.stock(order["product"]) == 3


def test_a_late_decline_releases_the_goods(
    fresh_app: Shop, fresh_world: World, order: dict[str, Any]
) -> None:
    key = str(uuid.uuid4())
    pay(order["person"], order, "timeout_then_declined", key)
    decide(fresh_world.session)
    let_time_pass(fresh_world.session)

    assert look_after(fresh_app) == 1

    assert fresh_world.stock(order["product"]) == 5
    told = pay(order["person"], order, "timeout_then_declined", key)
    assert problem(told) == (402, "payment_declined")


def test_what_is_undecided_at_the_deadline_is_given_up(
    fresh_app: Shop,
    fresh_world: World,
    order: dict[str, Any],
) -> None:
    key = str(uuid.uuid4())
    pay(order["person"], order, "timeout_then_success", key)
    fresh_world.session.execute(
        text("UPDATE test_gateway_charges SET settles_at = now() + interval '1 day'")
    )
    fresh_world.session.execute(text("UPDATE payments SET look_at = now()"))
    fresh_world.session.commit()
    assert look_after(fresh_app) == 0  # Its deadline is not over yet.
    let_time_pass(fresh_world.session)

    assert look_after(fresh_app) == 1

    assert fresh_world.stock(order["product"]) == 5
    decide(fresh_world.session)  # Too late: it can not be taken any more.
    let_time_pass(fresh_world.session)
    assert look_after(fresh_app) == 0
    # The same key begins anew what came to nothing.
    assert problem(pay(order["person"], order, "timeout_then_success", key)) == (
        503,
        "payment_pending",
    )
    decide(fresh_world.session)
    let_time_pass(fresh_world.session)
    look_after(fresh_app)


def test_a_provider_that_is_away_takes_nothing(
    fresh_world: World,
    order: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def be_away(*_arguments: Any) -> str:
        raise GatewayAwayError("gone")

    key = str(uuid.uuid4())
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(test_gateway.TestGateway, "open_charge", be_away)
        away = pay(order["person"], order, "success", key)

    assert problem(away) == (503, "gateway_unavailable")
    assert fresh_world.stock(order["product"]) == 5
    assert pay(order["person"], order, "success", key).json["status"] == "executed"


def test_what_was_begun_and_never_asked_for_is_released(
    fresh_app: Shop,
    fresh_world: World,
    order: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after a crash between the reservation and the charge."""

    def crash(*_arguments: Any) -> str:
        raise RuntimeError("crash")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(test_gateway.TestGateway, "open_charge", crash)
        assert pay(order["person"], order, "success").status_code == 500
    assert fresh_world.stock(order["product"]) == 3
    let_time_pass(fresh_world.session)

    assert look_after(fresh_app) == 1

    assert fresh_world.stock(order["product"]) == 5
    payment = order["person"].get(f"/orders/{order['id']}").json["payment"]
    assert (payment["status"], payment["failure_code"]) == ("cancelled", "given_up")


def test_a_request_that_was_given_up_meanwhile_takes_nothing(
    fresh_app: Shop,
    fresh_world: World,
    order: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reconciler was faster than a request that had been suspended."""
    open_charge = test_gateway.TestGateway.open_charge

    def suspended(gateway: Any, request: Any) -> str:
        reference = open_charge(gateway, request)
        let_time_pass(fresh_world.session)
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(test_gateway.TestGateway, "open_charge", open_charge)
            assert look_after(fresh_app) == 1
        return reference

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(test_gateway.TestGateway, "open_charge", suspended)
        answer = pay(order["person"], order, "success")

    assert problem(answer) == (503, "gateway_unavailable")
    assert fresh_world.stock(order["product"]) == 5


def test_the_way_to_pay_is_the_shops(fresh_app: Shop, order: dict[str, Any]) -> None:
    person = order["person"]
    card = {"id": order["id"], "payment": {"method": "stripe", "token": "pm_1"}}
    answer = person.post("/orders/execute", json=card)
    assert problem(answer) == (422, "payment_method_unavailable")
    assert pointers(answer) == ["/payment/method"]

    with shop_settings(fresh_app, payment_gateway="invoice"):
        refused = pay(person, order, "success")
    assert problem(refused) == (422, "payment_method_unavailable")

    assert person.post("/orders/execute", json={"id": order["id"]}).status_code == 200


def test_one_of_many_at_once_is_charged(
    fresh_world: World, order: dict[str, Any]
) -> None:
    key, answers = str(uuid.uuid4()), []

    def execute() -> None:
        answers.append(pay(order["person"], order, "success", key))

    threads = [threading.Thread(target=execute) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    kinds = {answer.status_code for answer in answers}
    assert kinds <= {200, 409}
    assert len({a.data for a in answers if a.status_code == 200}) == 1
    charges = "SELECT count(*) FROM test_gateway_charges"
    assert fresh_world.session.scalar(text(charges)) == 1
    assert fresh_world.stock(order["product"]) == 3


def test_refunds_go_through_the_provider(
    fresh_world: World, order: dict[str, Any]
) -> None:
    pay(order["person"], order, "success")
    body = {
        "id": order["id"],
        "items": [{"product_id": order["product"]["id"], "quantity": 1}],
    }
    headers = {"Idempotency-Key": "refund-1"}

    answer = fresh_world.manager.post("/orders/refund", json=body, headers=headers)
    again = fresh_world.manager.post("/orders/refund", json=body, headers=headers)

    assert answer.status_code == 200, answer.text
    assert again.data == answer.data
    assert answer.json["status"] == "partially_refunded"
    (refund,) = answer.json["refunds"]
    assert refund["status"] == "succeeded"
    assert refund["amount"] == "4.99"
    assert refund["reference"].startswith("test_refund_")
    assert fresh_world.stock(order["product"]) == 4


def test_a_refund_left_in_the_middle_is_finished_once(
    fresh_app: Shop,
    fresh_world: World,
    order: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pay(order["person"], order, "success")
    refund = test_gateway.TestGateway.refund

    def given_and_forgotten(gateway: Any, request: Any) -> Any:
        refund(gateway, request)
        raise GatewayAwayError("the answer is lost")

    body, headers = {"id": order["id"]}, {"Idempotency-Key": "refund-1"}
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(test_gateway.TestGateway, "refund", given_and_forgotten)
        lost = fresh_world.manager.post("/orders/refund", json=body, headers=headers)
    twin = fresh_world.manager.post("/orders/refund", json=body)

    assert problem(lost) == (503, "refund_pending")
    assert problem(twin) == (409, "refund_too_large")
    assert fresh_world.stock(order["product"]) == 3

    let_time_pass(fresh_world.session)
    assert look_after(fresh_app) == 1

    told = fresh_world.manager.post("/orders/refund", json=body, headers=headers)
    assert told.json["status"] == "refunded"
    assert told.json["refunded_total"] == order["total"]
    assert fresh_world.stock(order["product"]) == 5
    given = "SELECT sum(amount) FROM test_gateway_refunds"
    assert str(fresh_world.session.scalar(text(given))) == "9.9800"


def test_an_expired_key_means_a_new_request(
    fresh_world: World, order: dict[str, Any]
) -> None:
    assert problem(pay(order["person"], order, "declined", "k"))[0] == 402
    expire = "UPDATE idempotency_keys SET expires_at = now() - interval '1 hour'"
    fresh_world.session.execute(text(expire))
    fresh_world.session.commit()

    assert pay(order["person"], order, "success", "k").json["status"] == "executed"


def test_an_order_released_after_its_account_was_closed_is_cancelled(
    fresh_app: Shop, fresh_world: World, order: dict[str, Any]
) -> None:
    pay(order["person"], order, "timeout_then_declined")
    closed = order["person"].delete("/users/delete", json={"password": PASSWORD})
    assert closed.status_code == 204
    decide(fresh_world.session)
    let_time_pass(fresh_world.session)

    assert look_after(fresh_app) == 1

    after = fresh_world.manager.get(f"/orders/{order['id']}").json
    assert after["status"] == "cancelled"
    assert fresh_world.stock(order["product"]) == 5
