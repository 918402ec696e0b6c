"""The audit: silent on a sound shop, and loud about whatever was tampered with."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from testing.books import close_today
from testing.payments import breaches, pay, shop_settings
from testing.world import World, gateways_of

from shopkeeper.audit.service.audit import audit
from shopkeeper.audit.service.repairs import repair
from shopkeeper.checkout.service.outside_money import GivenBack, note_given_back
from shopkeeper.cli.commands import main
from shopkeeper.database.engine import DatabaseUrls
from shopkeeper.database.sessions import in_transaction
from shopkeeper.models import Payment
from shopkeeper.payments.gateways.port import (
    DisputeOutcome,
    GatewayRefundStatus,
    KnownDispute,
    KnownRefund,
)
from shopkeeper.web.application import Shop

# What stands in the way of tampering is taken out of it first.
TAMPERINGS = {
    "stock_is_the_sum_of_its_movements": "UPDATE stock SET quantity = quantity + 5",
    "movements_follow_each_other": (
        "DELETE FROM stock_movements WHERE reason = 'initial';"
        "UPDATE stock_movements SET balance_after = balance_after + 1"
    ),
    "orders_moved_what_they_sold": (
        "UPDATE order_items SET quantity = quantity + 1 WHERE order_id = 1"
    ),
    "refunds_restocked_what_they_say": "UPDATE refunds SET restocked = NOT restocked",
    "backorders_wait_in_line": "UPDATE order_items SET backordered = 1",
    "value_is_the_sum_of_its_movements": "UPDATE stock SET value = value + 0.01",
    "lines_cost_what_left_the_shelf": (
        "UPDATE order_items SET line_cost = line_cost + 0.01 WHERE order_id = 1"
    ),
    "inventory_value_is_explained": (
        "UPDATE stock_movements SET value_delta = value_delta + 0.01"
        " WHERE reason = 'initial'"
    ),
    "what_is_on_sale_can_be_found": "UPDATE categories SET removed_at = now()",
    "products_show_their_variants": "UPDATE variants SET price = price + 1",
    "variants_are_of_their_options": "UPDATE variants SET value_ids = '{1}'",
    "closed_days_are_what_was_sold": "UPDATE sales_days SET units = units + 1",
    "roll_ups_agree": "UPDATE sales_months SET cost = cost + 0.01",
    "totals_are_the_sum_of_lines": "UPDATE orders SET total = total + 0.01",
    "executed_orders_are_paid_once": (
        "UPDATE payments SET amount = amount + 0.01 WHERE order_id = 1"
    ),
    "refunds_add_up": "UPDATE refund_items SET amount = amount + 0.01",
    "orders_know_their_refunds": (
        "UPDATE order_items SET refunded_quantity = 0 WHERE order_id = 1"
    ),
    "invoices_are_due_until_paid": (
        "UPDATE payments SET received = 1 WHERE due_at IS NOT NULL"
    ),
    "numbers_have_no_gap": "UPDATE number_series SET last_number = last_number + 1",
    "outside_money_is_booked": "UPDATE outside_refunds SET amount = amount + 0.01",
    "the_test_gateway_agrees": ("UPDATE test_gateway_charges SET status = 'cancelled'"),
    "reservations_end_in_time": (
        "UPDATE orders SET status = 'processing' WHERE status = 'pending'"
    ),
    "answers_name_what_exists": (
        """
        UPDATE idempotency_keys
        SET body = convert_to('{"id": 424242}', 'UTF8') WHERE status = 200
        """
    ),
    "activities_name_what_exists": (
        "UPDATE activities SET entity_id = 424242 WHERE entity = 'products'"
    ),
}


@pytest.fixture
def shop(fresh_world: World, fresh_app: Shop) -> World:
    """Orders pending, executed, refunded in part, paid in either way."""
    person, product = fresh_world.person(), fresh_world.product(quantity=20, cost="2.5")
    order = fresh_world.order(person, [(product, 3)])
    person.post(
        "/orders/execute", json={"id": order["id"]}, headers={"Idempotency-Key": "k"}
    )
    lines = [{"product_id": product["id"], "quantity": 1}]
    body = {"id": order["id"], "items": lines}
    assert fresh_world.manager.post("/orders/refund", json=body).status_code == 200
    with shop_settings(fresh_app, payment_gateway="test"):
        other = fresh_world.order(person, [(product, 2)])
        assert pay(person, other, "success").status_code == 200
    _move_money_elsewhere(fresh_app)
    body = {"id": other["id"], "paid_by": "outside", "reference": "re_1"}
    matched = fresh_world.manager.post("/orders/refund", json={**body, "amount": "1.5"})
    assert matched.status_code == 200
    fresh_world.order(person, [(product, 1)])
    close_today(fresh_app.dispatcher.sessions)
    return fresh_world


def _move_money_elsewhere(app: Shop) -> None:
    """Somebody refunds at the provider, and a dispute of the same order is lost."""
    now, charge = datetime.now(UTC), "test_charge"
    found = GivenBack(
        [
            KnownRefund(
                *("re_1", charge, None, Decimal("1.50")),
                *(GatewayRefundStatus.SUCCEEDED, now),
            )
        ],
        [
            KnownDispute(
                "dp_1", charge, Decimal("0.33"), "fraudulent", DisputeOutcome.LOST, now
            )
        ],
    )

    def note(session: Session) -> int:
        paid = select(Payment.id).where(Payment.method == "test")
        return note_given_back(session, session.scalars(paid).one(), found)

    assert in_transaction(app.dispatcher.sessions, note) == 2


def tamper(session: Session, statements: str) -> None:
    session.execute(text("SET session_replication_role = replica"))
    for statement in statements.split(";"):
        session.execute(text(statement.replace(":", "\\:")))
    session.execute(text("SET session_replication_role = origin"))
    session.commit()


def test_a_sound_shop_has_no_breaches(shop: World, fresh_app: Shop) -> None:
    with fresh_app.dispatcher.sessions() as session:
        findings = list(audit(session))

    assert all(finding.is_sound for finding in findings)
    assert all(finding.checked > 0 for finding in findings)
    assert {finding.name for finding in findings} == set(TAMPERINGS)
    assert shop.client.get("/health/ready").status_code == 200


@pytest.mark.parametrize("name", TAMPERINGS)
def test_each_promise_is_missed_when_it_is_broken(
    shop: World, fresh_app: Shop, name: str
) -> None:
    tamper(shop.session, TAMPERINGS[name])

    found = {
        finding.name: finding for finding in breaches(fresh_app.dispatcher.sessions)
    }

    assert name in found
    breach = found[name].breaches[0]
    assert breach.subject
    assert breach.found != breach.expected


def test_a_total_is_of_lines_and_adjustments(shop: World, fresh_app: Shop) -> None:
    discount = """
        INSERT INTO order_adjustments (order_id, order_item_id, kind, label, amount)
        SELECT order_id, id, 'discount', 'Ten percent', -0.5 FROM order_items
        WHERE order_id = (SELECT min(id) FROM orders WHERE status = 'pending')
        LIMIT 1
    """
    tamper(shop.session, discount)
    (finding,) = breaches(fresh_app.dispatcher.sessions)
    assert finding.name == "totals_are_the_sum_of_lines"

    tamper(
        shop.session,
        "UPDATE orders SET total = total - 0.5"
        " WHERE id = (SELECT order_id FROM order_adjustments)",
    )
    assert breaches(fresh_app.dispatcher.sessions) == []


@pytest.mark.parametrize(
    ("tampering", "subject"),
    [
        (
            """
            INSERT INTO test_gateway_charges (key, status, amount, currency, created_at)
            VALUES (uuidv7(), 'captured', 5, 'USD', now())
            """,
            "charge ",
        ),
        (
            """
            INSERT INTO test_gateway_refunds (key, charge_key, amount, created_at)
            SELECT uuidv7(), key, 1, now() FROM test_gateway_charges
            """,
            "refund ",
        ),
        (
            """
            INSERT INTO test_gateway_refunds (key, charge_key, amount, created_at)
            SELECT refunds.key, charge.key, refunds.amount, now()
            FROM refunds, test_gateway_charges AS charge WHERE refunds.id = 1;
            UPDATE refunds SET payment_id = 2, status = 'failed', failure_code = 'x',
                credit_note_number = NULL
            WHERE id = 1
            """,
            "refund 1 of order 1",
        ),
    ],
)
def test_what_only_the_provider_knows_of_is_found(
    shop: World, fresh_app: Shop, tampering: str, subject: str
) -> None:
    tamper(shop.session, tampering)

    found = {
        finding.name: finding for finding in breaches(fresh_app.dispatcher.sessions)
    }

    (breach,) = found["the_test_gateway_agrees"].breaches
    assert breach.subject.startswith(subject)


REPAIRABLE = {
    "UPDATE stock SET quantity = quantity + 5": "Stock said 21 worth 40.0",
    "UPDATE stock SET value = value + 1": "worth 41.0000000000; its movements add up",
    "UPDATE products SET variant_count = 7": "Product 1: shows its 1 variants",
    "UPDATE variants SET sku = 'other'": "Product 1: shows its 1 variants",
    "UPDATE sales_days SET units = units + 1": "Closed days are rolled up again",
    "UPDATE stock SET version = version + 7": "Stock said 16 worth 40.0",
    "UPDATE order_items SET refunded_quantity = 3 WHERE order_id = 1": "1 are refunded",
    "UPDATE orders SET refunded_total = 0, status = 'executed' WHERE id = 1": (
        "Order 1: 4.9900 is refunded"
    ),
    "UPDATE orders SET total = 1 WHERE status = 'pending'": "its total is 4.9900",
}


@pytest.mark.parametrize("tampering", REPAIRABLE)
def test_what_has_one_right_answer_is_mended(
    shop: World, fresh_app: Shop, tampering: str
) -> None:
    tamper(shop.session, tampering)
    assert breaches(fresh_app.dispatcher.sessions)

    sentences = repair(fresh_app.dispatcher.sessions, gateways_of(fresh_app))

    assert any(REPAIRABLE[tampering] in sentence for sentence in sentences)
    assert breaches(fresh_app.dispatcher.sessions) == []
    assert repair(fresh_app.dispatcher.sessions, gateways_of(fresh_app)) == []


def test_a_mended_quantity_is_explained_in_the_ledger(
    shop: World, fresh_app: Shop
) -> None:
    tamper(shop.session, "UPDATE stock SET quantity = 1")
    repair(fresh_app.dispatcher.sessions, gateways_of(fresh_app))

    (last,) = shop.manager.get("/products/1/stock-movements?limit=1").json["items"]

    assert last["reason"] == "correction"
    assert last["delta"] == 0
    assert last["balance_after"] == 16
    assert last["note"] == (
        "Stock said 1 worth 40.0000000000;"
        " its movements add up to 16 worth 40.0000000000."
    )


def test_goods_held_for_nothing_go_back(shop: World, fresh_app: Shop) -> None:
    shop.session.execute(
        text(
            "INSERT INTO stock_movements"
            " (variant_id, delta, reason, order_id, created_at)"
            " SELECT id, -1, 'sale', 3, now() FROM variants"
        )
    )
    shop.session.commit()
    assert [finding.name for finding in breaches(fresh_app.dispatcher.sessions)] == [
        "orders_moved_what_they_sold",
        "lines_cost_what_left_the_shelf",
        "inventory_value_is_explained",
    ]

    repair(fresh_app.dispatcher.sessions, gateways_of(fresh_app))

    assert breaches(fresh_app.dispatcher.sessions) == []


def test_a_broken_history_is_not_mended(shop: World, fresh_app: Shop) -> None:
    tamper(
        shop.session,
        "DELETE FROM stock_movements WHERE sequence = 3;"
        "UPDATE stock SET quantity = quantity + 1",
    )
    before = breaches(fresh_app.dispatcher.sessions)

    repair(fresh_app.dispatcher.sessions, gateways_of(fresh_app))

    assert breaches(fresh_app.dispatcher.sessions) == before


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_the_command_tells_and_exits_accordingly(
    shop: World, fresh_url: str, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setattr("shopkeeper.cli.database.database_urls", FixedUrl(fresh_url))
    sound = CliRunner().invoke(main, ["audit", *arguments])
    tamper(shop.session, "UPDATE stock SET quantity = quantity + 5")

    broken = CliRunner().invoke(main, ["audit", *arguments])
    mended = CliRunner().invoke(main, ["audit", "--repair", *arguments])

    assert (sound.exit_code, broken.exit_code, mended.exit_code) == (0, 1, 0)
    if arguments:
        document: Any = json.loads(broken.stdout)
        assert document["sound"] is False
        first = document["checks"][0]
        assert first["broken"] == 1
        assert first["breaches"][0]["subject"] == "variant 50001"
        assert json.loads(mended.stdout)["repairs"]
    else:
        assert "all kept" in sound.stdout
        assert "variant 50001: quantity 21; expected quantity 16" in broken.stdout
        assert "mended: Variant 50001: Stock said 21" in mended.stdout


class FixedUrl:
    """Stands in for the context that starts or joins a server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, _settings: Any) -> "FixedUrl":
        return self

    def __enter__(self) -> DatabaseUrls:
        return DatabaseUrls(self.url, self.url)

    def __exit__(self, *_raised: object) -> None:
        pass


def test_the_command_asks_the_provider_too(
    shop: World, fresh_app: Shop, fresh_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopkeeper.cli.database.database_urls", FixedUrl(fresh_url))
    asking = ["audit", "--provider", "--json"]
    without = CliRunner().invoke(main, asking)
    alone = CliRunner().invoke(main, ["audit", "--since", "2026-01-01"])
    with shop_settings(fresh_app, payment_gateway="test"):
        sound = CliRunner().invoke(main, asking)
        tamper(shop.session, "UPDATE test_gateway_charges SET amount = amount + 1")
        broken = CliRunner().invoke(main, asking)

    assert (without.exit_code, alone.exit_code) == (2, 2)
    assert (sound.exit_code, broken.exit_code) == (0, 1)
    names = {
        check["name"]: check["broken"] for check in json.loads(broken.stdout)["checks"]
    }
    assert names["provider_charges_agree"] == 1
    assert names["provider_refunds_agree"] == names["provider_disputes_agree"] == 0
