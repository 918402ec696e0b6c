"""What has to be done from time to time: deleting what has expired."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from shopkeeper.accounts.throttling import FORGET_AFTER
from shopkeeper.imports.repository import jobs as imports
from shopkeeper.models import (
    GatewayEvent,
    IdempotencyKey,
    Login,
    LoginThrottle,
    PasswordReset,
)
from shopkeeper.orders.repository import orders
from shopkeeper.utils import clock
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.repository import rate_limits

# An ended login tells where an account is known from, and that a token is stale.
KEEP_LOGINS = timedelta(days=30)
# The bad rows of an import; what became of it is kept for good.
KEEP_BAD_ROWS = timedelta(days=30)
# A provider repeats a message for days at most (Stripe: three).
KEEP_EVENTS = timedelta(days=30)


def do_chores(session: Session) -> None:
    """Delete expired keys, old logins, messages, bad rows, failures, full buckets.

    Orders that nobody has touched for long, and nobody has executed, are cancelled.
    """
    now = clock.now()
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.expires_at <= now))
    session.execute(delete(Login).where(Login.expires_at <= now - KEEP_LOGINS))
    session.execute(
        delete(GatewayEvent).where(GatewayEvent.received_at <= now - KEEP_EVENTS)
    )
    imports.forget_faults(session, now - KEEP_BAD_ROWS)
    session.execute(
        delete(LoginThrottle).where(LoginThrottle.failed_at <= now - FORGET_AFTER)
    )
    session.execute(delete(PasswordReset).where(PasswordReset.expires_at <= now))
    rate_limits.forget_full(session, now)
    orders.expire_pending(
        session, now, now - timedelta(days=get_settings().pending_order_days)
    )
