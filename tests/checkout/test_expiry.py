"""A reservation's deadline against a late success: one or the other, never both."""

import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text
from testing.payments import breaches, pay, shop_settings
from testing.world import World, gateways_of

from shopkeeper.checkout.service.reconciliation import reconcile
from shopkeeper.checkout.service.settlement import settle_payment
from shopkeeper.payments.gateways import test as test_gateway
from shopkeeper.payments.gateways.port import Charge, ChargeStatus
from shopkeeper.web.application import Shop

TIMES = int(os.environ.get("EXPIRY_TIMES", "60"))
SEED = int(os.environ.get("TORTURE_SEED", "20261123"))


def test_expiry_and_late_success_are_never_both(
    fresh_app: Shop, fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_gateway, "SILENT_SECONDS", 0)
    person, product = fresh_world.person(), fresh_world.product(quantity=TIMES)
    with shop_settings(fresh_app, payment_gateway="test"):
        orders = [fresh_world.order(person, [(product, 1)]) for _ in range(TIMES)]
        for order in orders:
            assert pay(person, order, "timeout_then_success").status_code == 503
        _race(fresh_app, fresh_world, random.Random(SEED))
    outcomes = _outcomes(fresh_world)
    executed, pending = (
        outcomes[("executed", "captured")],
        outcomes[("pending", "open")],
    )

    assert breaches(fresh_app.dispatcher.sessions) == []
    assert executed + pending == TIMES
    assert fresh_world.stock(product) == TIMES - executed
    if TIMES >= 50:  # Both have happened, or it was no race.
        assert executed
        assert pending


def _race(app: Shop, world: World, chance: random.Random) -> None:
    """Every charge is decided, due and overdue at about the same moment."""
    world.session.execute(text("SELECT setseed(:seed)"), {"seed": chance.random()})
    moment = "clock_timestamp() + random() * interval '1.5 s'"
    world.session.execute(
        text(f"UPDATE test_gateway_charges SET settles_at = {moment}")
    )
    world.session.execute(
        text(
            f"UPDATE payments SET expires_at = {moment}, look_at = clock_timestamp()"
            " WHERE status = 'pending'"
        )
    )
    world.session.commit()
    monitors: list[Callable[[], Any]] = [lambda: _reconcile(app)] * 3
    monitors += [lambda: _report(app, chance)] * 3
    with ThreadPoolExecutor(len(monitors)) as pool:
        for done in [pool.submit(monitor) for monitor in monitors]:
            done.result()


def _is_over(app: Shop) -> bool:
    with app.dispatcher.sessions() as session:
        pending = "SELECT count(*) FROM payments WHERE status = 'pending'"
        return not session.scalar(text(pending))


def _reconcile(app: Shop) -> None:
    """A reconciler that does not wait between its looks."""
    while not _is_over(app):
        with app.dispatcher.sessions.begin() as session:
            session.execute(
                text(
                    "UPDATE payments SET look_at = clock_timestamp()"
                    " WHERE id IN (SELECT id FROM payments WHERE status = 'pending'"
                    " ORDER BY random() LIMIT 20 FOR UPDATE SKIP LOCKED)"
                )
            )
        reconcile(app.dispatcher.sessions, gateways_of(app))


def _report(app: Shop, chance: random.Random) -> None:
    """Requests that hear of a success late: what they were told, they note."""
    gateway = gateways_of(app).gateway(gateways_of(app).default)
    assert gateway is not None
    while not _is_over(app):
        with app.dispatcher.sessions() as session:
            found = session.execute(
                text("SELECT id, reference FROM payments WHERE status = 'pending'")
            ).all()
        for payment in chance.sample(found, k=min(20, len(found))):
            if gateway.look_up(payment.reference).status is ChargeStatus.CAPTURED:
                with app.dispatcher.sessions.begin() as session:
                    settle_payment(session, payment.id, Charge(ChargeStatus.CAPTURED))


def _outcomes(world: World) -> dict[tuple[str, str], int]:
    rows = world.session.execute(
        text(
            """
            SELECT orders.status, CASE charge.status
                WHEN 'captured' THEN 'captured' ELSE 'open' END AS charge, count(*)
            FROM orders
            JOIN payments ON payments.order_id = orders.id
            JOIN test_gateway_charges AS charge ON charge.key = payments.key
            GROUP BY 1, 2
            """
        )
    )
    found = {(row[0], row[1]): int(row[2]) for row in rows}
    assert set(found) <= {("executed", "captured"), ("pending", "open")}
    return {("executed", "captured"): 0, ("pending", "open"): 0} | found
