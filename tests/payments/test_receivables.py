"""Invoices are due until they are paid: receipts, refunds, and what may be owed."""

import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from testing.payments import breaches, shop_settings
from testing.world import Person, World, problem

from shopkeeper.web.application import Shop


@pytest.fixture
def sold(fresh_world: World) -> dict[str, Any]:
    """An order of 5 at 10.00, executed on an invoice."""
    person = fresh_world.person()
    product = fresh_world.product(quantity=50, price="10.00")
    return fresh_world.executed_order(person, [(product, 5)])


def receive(world: World, order: dict[str, Any], amount: str | None = None) -> Any:
    body: dict[str, Any] = {"order_id": order["id"], "reference": "Transfer 7"}
    if amount is not None:
        body["amount"] = amount
    return world.manager.post("/payments/received", json=body)


def refund(world: World, order: dict[str, Any], pieces: int) -> Any:
    product_id = order["items"][0]["product_id"]
    items = [{"product_id": product_id, "quantity": pieces}]
    return world.manager.post(
        "/orders/refund", json={"id": order["id"], "items": items}
    )


def due(world: World) -> list[int]:
    items = world.manager.get("/orders?payment=due").json["items"]
    return [item["id"] for item in items]


def test_an_invoice_is_due_until_its_money_has_come(
    fresh_app: Shop, fresh_world: World, sold: dict[str, Any]
) -> None:
    payment = sold["payment"]
    assert (payment["status"], payment["received"]) == ("due", "0.00")
    assert payment["due_at"] > sold["executed_at"]
    assert payment["settled_at"] is None
    assert due(fresh_world) == [sold["id"]]

    part = receive(fresh_world, sold, "20").json["payment"]
    too_much = receive(fresh_world, sold, "30.01")
    rest = receive(fresh_world, sold).json["payment"]
    again = receive(fresh_world, sold)

    assert (part["status"], part["received"]) == ("due", "20.00")
    assert problem(too_much) == (409, "received_too_much")
    assert (rest["status"], rest["received"]) == ("captured", "50.00")
    assert rest["settled_at"] is not None
    assert problem(again) == (409, "payment_not_due")
    assert due(fresh_world) == []
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_what_is_refunded_is_not_owed_any_more(
    fresh_app: Shop, fresh_world: World, sold: dict[str, Any]
) -> None:
    receive(fresh_world, sold, "20")
    partly = refund(fresh_world, sold, 2).json["payment"]
    too_much = receive(fresh_world, sold, "10.01")
    whole = receive(fresh_world, sold, "10").json["payment"]
    later = refund(fresh_world, sold, 3)

    assert partly["status"] == "due"
    assert problem(too_much) == (409, "received_too_much")
    assert whole["status"] == "captured"
    assert later.json["status"] == "refunded"
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_an_order_refunded_whole_is_owed_nothing_for(
    fresh_app: Shop, fresh_world: World, sold: dict[str, Any]
) -> None:
    refunded = refund(fresh_world, sold, 5)

    assert refunded.json["payment"]["status"] == "captured"
    assert due(fresh_world) == []
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_only_a_manager_books_and_only_what_is_there(
    fresh_world: World, sold: dict[str, Any]
) -> None:
    person = fresh_world.person()
    pending = fresh_world.order(person, [(fresh_world.product(), 1)])
    body = {"order_id": sold["id"]}

    assert problem(person.post("/payments/received", json=body)) == (403, "forbidden")
    assert problem(receive(fresh_world, pending)) == (409, "payment_not_due")
    assert problem(receive(fresh_world, {"id": 999})) == (404, "order_not_found")
    assert problem(receive(fresh_world, sold, "0"))[0] == 422


def test_receipts_at_once_are_no_more_than_is_owed(
    fresh_app: Shop, fresh_world: World, sold: dict[str, Any]
) -> None:
    assert fresh_world.manager is not None
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: receive(fresh_world, sold, "20"), range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 2 + [409] * 6
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_a_receipt_under_a_key_is_booked_once(
    fresh_app: Shop, fresh_world: World, sold: dict[str, Any]
) -> None:
    body = {"order_id": sold["id"], "amount": "10"}
    headers = {"Idempotency-Key": "transfer-7"}
    for _ in range(3):
        answer = fresh_world.manager.post(
            "/payments/received", json=body, headers=headers
        )

    assert answer.json["payment"]["received"] == "10.00"
    assert breaches(fresh_app.dispatcher.sessions) == []


@pytest.mark.parametrize(
    "change", ["UPDATE receipts SET amount = 1", "DELETE FROM receipts"]
)
def test_receipts_are_final(
    fresh_world: World, sold: dict[str, Any], change: str
) -> None:
    receive(fresh_world, sold, "20")

    with pytest.raises(DBAPIError, match="never changed"):
        fresh_world.session.execute(text(change))
    fresh_world.session.rollback()


def test_the_audit_finds_a_receipt_that_is_not_booked(
    fresh_app: Shop, fresh_world: World, sold: dict[str, Any]
) -> None:
    receive(fresh_world, sold, "20")
    fresh_world.session.execute(text("UPDATE payments SET received = 30"))
    fresh_world.session.commit()

    (finding,) = breaches(fresh_app.dispatcher.sessions)

    assert finding.name == "invoices_are_due_until_paid"


def execute(person: Person, order: dict[str, Any]) -> Any:
    return person.post("/orders/execute", json={"id": order["id"]})


def test_a_customer_owes_no_more_than_the_limit(
    fresh_app: Shop, fresh_world: World
) -> None:
    person, other = fresh_world.person(), fresh_world.person()
    product = fresh_world.product(quantity=50, price="10.00")
    orders = [fresh_world.order(person, [(product, 3)]) for _ in range(4)]
    of_other = fresh_world.order(other, [(product, 5)])
    with shop_settings(fresh_app, credit_limit=Decimal(60)):
        first = [execute(person, order) for order in orders[:3]]
        elsewhere = execute(other, of_other)
        receive(fresh_world, orders[0], "30")
        after_paying = execute(person, orders[2])
        refund(fresh_world, orders[1], 3)
        after_refund = execute(person, orders[3])

    assert [answer.status_code for answer in first] == [200, 200, 409]
    assert problem(first[2]) == (409, "credit_limit_exceeded")
    assert elsewhere.status_code == 200
    assert after_paying.status_code == 200
    assert after_refund.status_code == 200
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_orders_at_once_do_not_go_round_the_limit(
    fresh_app: Shop, fresh_world: World
) -> None:
    person, product = fresh_world.person(), fresh_world.product(quantity=50, price="10")
    orders = [fresh_world.order(person, [(product, 1)]) for _ in range(16)]
    with (
        shop_settings(fresh_app, credit_limit=Decimal(50)),
        ThreadPoolExecutor(8) as pool,
    ):
        answers = list(pool.map(lambda order: execute(person, order), orders))

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [409] * 11
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_random_histories_of_receipts_and_refunds_add_up(
    fresh_app: Shop, fresh_world: World
) -> None:
    chance = random.Random(17)
    person, product = fresh_world.person(), fresh_world.product(quantity=99, price="10")
    owed: dict[int, Decimal] = {}
    left: dict[int, int] = {}
    orders = {}
    for _ in range(6):
        pieces = chance.randint(1, 6)
        order = fresh_world.executed_order(person, [(product, pieces)])
        orders[order["id"]] = order
        owed[order["id"]], left[order["id"]] = Decimal(10 * pieces), pieces
    for _ in range(60):
        order_id = chance.choice(list(orders))
        if chance.random() < 0.6:
            amount = Decimal(chance.randint(1, 3000)) / 100
            answer = receive(fresh_world, orders[order_id], str(amount))
            fits = 0 < amount <= owed[order_id]
            owed[order_id] -= amount if fits else 0
        else:
            pieces = chance.randint(1, 3)
            answer = refund(fresh_world, orders[order_id], pieces)
            fits = pieces <= left[order_id]
            owed[order_id] = max(
                Decimal(0), owed[order_id] - (10 * pieces if fits else 0)
            )
            left[order_id] -= pieces if fits else 0
        assert (answer.status_code == 200) is fits, answer.text
    assert sorted(due(fresh_world)) == sorted(n for n, rest in owed.items() if rest > 0)
    assert breaches(fresh_app.dispatcher.sessions) == []
