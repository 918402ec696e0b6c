"""Invoices and credit notes are numbered without a gap, whatever happens meanwhile."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from testing.payments import breaches, pay, shop_settings
from testing.world import World, problem

from shopkeeper.checkout.repository import sales
from shopkeeper.checkout.service import execution
from shopkeeper.utils import clock
from shopkeeper.web.application import Shop

YEAR = datetime.now(UTC).year


def numbers(world: World) -> list[str]:
    rows = world.session.scalars(
        text(
            "SELECT invoice_number FROM orders WHERE invoice_number IS NOT NULL"
            " ORDER BY invoice_number"
        )
    )
    return list(rows)


def series_of(prefix: str, many: int) -> list[str]:
    return [f"{prefix}-{number:06d}" for number in range(1, many + 1)]


def test_an_order_has_its_number_once_it_is_executed(fresh_world: World) -> None:
    person, product = fresh_world.person(), fresh_world.product()
    first, second = [fresh_world.order(person, [(product, 1)]) for _ in range(2)]

    executed = [
        person.post("/orders/execute", json={"id": order["id"]}).json
        for order in (second, first)  # By their ids they would go backwards.
    ]

    assert first["invoice_number"] is None
    assert [order["invoice_number"] for order in executed] == series_of(
        f"INV-{YEAR}", 2
    )
    assert executed[0]["payment"]["reference"] == executed[0]["invoice_number"]
    assert person.get(f"/orders/{second['id']}").json == executed[0]


def test_refusals_and_retries_leave_no_gap(fresh_app: Shop, fresh_world: World) -> None:
    person, product = fresh_world.person(), fresh_world.product(quantity=3)
    orders = [fresh_world.order(person, [(product, 2)]) for _ in range(3)]
    key = {"Idempotency-Key": "one"}

    def execute(order: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        body = {"id": order["id"]}
        return person.post("/orders/execute", json=body, headers=headers or {})

    assert execute(orders[0], key).status_code == 200
    assert execute(orders[0], key).status_code == 200
    for headers in ({}, {"Idempotency-Key": "two"}):
        assert problem(execute(orders[1], headers)) == (409, "insufficient_stock")
        assert problem(execute(orders[0], headers))[0] in {409, 422}
    fresh_world.manager.put(
        "/products/update", json={"id": product["id"], "quantity": 9}
    )
    last = execute(orders[2])

    assert last.json["invoice_number"] == f"INV-{YEAR}-000002"
    assert numbers(fresh_world) == series_of(f"INV-{YEAR}", 2)
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_a_crowd_with_refusals_and_failures_leaves_no_gap(
    fresh_app: Shop, fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [fresh_world.person() for _ in range(4)]
    product = fresh_world.product(quantity=25)
    orders = [
        (person, fresh_world.order(person, [(product, 1)]))
        for person in people
        for _ in range(10)
    ]
    chance = random.Random(18)
    doomed = {order["id"] for _, order in chance.sample(orders, 8)}
    write_sale = sales.write_sale

    def fail_at_times(session: Any, sale: Any, *rest: Any) -> None:
        write_sale(session, sale, *rest)
        if sale.order.id in doomed:
            raise ConnectionError

    monkeypatch.setattr(execution, "write_sale", fail_at_times)
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda one: one[0].post("/orders/execute", json={"id": one[1]["id"]}),
                orders,
            )
        )

    sold = sum(answer.status_code == 200 for answer in answers)
    assert sold == 25
    assert numbers(fresh_world) == series_of(f"INV-{YEAR}", sold)
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_whatever_is_paid_by_has_its_number_when_the_money_is_taken(
    fresh_app: Shop, fresh_world: World
) -> None:
    person, product = fresh_world.person(), fresh_world.product(quantity=9)
    orders = [fresh_world.order(person, [(product, 1)]) for _ in range(3)]
    with shop_settings(fresh_app, payment_gateway="test"):
        assert pay(person, orders[0], "declined").status_code == 402
        card = pay(person, orders[1], "success")
    invoice = person.post("/orders/execute", json={"id": orders[2]["id"]})

    assert card.json["invoice_number"] == f"INV-{YEAR}-000001"
    assert card.json["payment"]["reference"].startswith("test_")
    assert invoice.json["invoice_number"] == f"INV-{YEAR}-000002"


def test_credit_notes_have_a_series_of_their_own(
    fresh_app: Shop, fresh_world: World
) -> None:
    person, product = fresh_world.person(), fresh_world.product(quantity=9)
    orders = [fresh_world.executed_order(person, [(product, 2)]) for _ in range(2)]

    def refund(order: dict[str, Any], quantity: int) -> Any:
        items = [{"product_id": product["id"], "quantity": quantity}]
        body = {"id": order["id"], "items": items}
        return fresh_world.manager.post("/orders/refund", json=body)

    first = refund(orders[1], 1)
    refused = refund(orders[1], 2)
    second = refund(orders[0], 2)

    assert first.json["refunds"][0]["credit_note_number"] == f"CRN-{YEAR}-000001"
    assert problem(refused) == (409, "refund_too_large")
    assert second.json["refunds"][0]["credit_note_number"] == f"CRN-{YEAR}-000002"
    assert second.json["refunds"][0]["reference"] == f"CRN-{YEAR}-000002"
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_a_year_begins_a_series_and_a_setting_names_it(
    fresh_app: Shop, fresh_world: World
) -> None:
    person, product = fresh_world.person(), fresh_world.product(quantity=9)
    moments = [datetime(2031, 12, 31, 23, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)]
    given = []
    fresh_world.session.execute(text("UPDATE logins SET expires_at = '2040-01-01'"))
    fresh_world.session.commit()
    with shop_settings(fresh_app, invoice_series="R{year}/A"):
        for moment in [moments[0], moments[0], moments[1]]:
            with clock.standing_still_at(moment):
                order = fresh_world.executed_order(person, [(product, 1)])
            given.append(order["invoice_number"])
    # Buckets filled in 2032 are not full again in this year.
    fresh_world.session.execute(text("TRUNCATE rate_limits"))
    fresh_world.session.commit()
    with shop_settings(fresh_app, invoice_series="ALL"):
        given.append(
            fresh_world.executed_order(person, [(product, 1)])["invoice_number"]
        )

    assert given == ["R2031/A-000001", "R2031/A-000002", "R2032/A-000001", "ALL-000001"]
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_the_audit_finds_a_gap(fresh_app: Shop, fresh_world: World) -> None:
    person, product = fresh_world.person(), fresh_world.product()
    fresh_world.executed_order(person, [(product, 1)])
    fresh_world.session.execute(text("UPDATE number_series SET last_number = 3"))
    fresh_world.session.commit()

    (finding,) = breaches(fresh_app.dispatcher.sessions)

    assert finding.name == "numbers_have_no_gap"
