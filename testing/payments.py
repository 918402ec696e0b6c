"""A shop that takes its payments through the test gateway."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from testing.world import Person, gateways_of

from shopkeeper.audit.service.audit import Finding, audit
from shopkeeper.checkout.service.reconciliation import reconcile
from shopkeeper.payments.gateways.choice import Gateways
from shopkeeper.payments.processor import PaymentProcessor
from shopkeeper.utils.settings import Settings, get_settings
from shopkeeper.web.application import Shop


@contextmanager
def shop_settings(app: Shop, **changes: Any) -> Iterator[Settings]:
    """Let the settings be others for a while, and the providers with them."""
    current = get_settings()
    real, provided = dict(current.__dict__), app.dispatcher.provided
    current.__dict__.update(changes)
    sessions = app.dispatcher.sessions
    app.dispatcher.provided = {
        "processor": PaymentProcessor(Gateways(current, sessions), sessions)
    }
    try:
        yield current
    finally:
        current.__dict__.update(real)
        app.dispatcher.provided = provided


def pay(
    person: Person, order: dict[str, Any], token: str | None, key: str | None = None
) -> Any:
    body = {"id": order["id"], "payment": {"method": "test", "token": token}}
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return person.post("/orders/execute", json=body, headers=headers)


def let_time_pass(session: Session) -> None:
    """Make all that is pending due, past its deadline, and decided."""
    session.execute(
        text(
            "UPDATE payments SET look_at = look_at - interval '1 day',"
            " expires_at = expires_at - interval '1 day' WHERE status = 'pending'"
        )
    )
    session.execute(text("UPDATE refunds SET look_at = look_at - interval '1 day'"))
    session.execute(text("UPDATE payments SET check_at = check_at - interval '1 day'"))
    session.commit()


def decide(session: Session) -> None:
    """Let the test gateway decide what it was still undecided of."""
    session.execute(
        text("UPDATE test_gateway_charges SET settles_at = now() - interval '1 s'")
    )
    session.commit()


def look_after(app: Shop) -> int:
    """What the reconciler of a server does every second."""
    return reconcile(app.dispatcher.sessions, gateways_of(app))


def breaches(sessions: sessionmaker[Session]) -> list[Finding]:
    """What an audit finds wrong."""
    with sessions() as session:
        return [finding for finding in audit(session) if not finding.is_sound]
