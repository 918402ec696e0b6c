"""What has to be done from time to time, and when: deleting, closing the books."""

from collections.abc import Callable
from datetime import timedelta

from procrastinate import App
from sqlalchemy import delete
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.accounts.throttling import FORGET_AFTER
from shopkeeper.audit.service import jobs as audits
from shopkeeper.database.sessions import in_transaction
from shopkeeper.imports.repository import jobs as imports
from shopkeeper.models import (
    GatewayEvent,
    IdempotencyKey,
    Login,
    LoginThrottle,
    PasswordReset,
)
from shopkeeper.orders.repository import orders
from shopkeeper.statistics.service.closing import close_books
from shopkeeper.utils import clock
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.repository import rate_limits

# An ended login tells where an account is known from, and that a token is stale.
KEEP_LOGINS = timedelta(days=30)
# The bad rows of an import; what became of it is kept for good.
KEEP_BAD_ROWS = timedelta(days=30)
# A provider repeats a message for days at most (Stripe: three).
KEEP_EVENTS = timedelta(days=30)
# The queue of what is due by the clock.
PERIODIC = "periodic"
EVERY_MINUTE, EVERY_TEN_MINUTES = "* * * * *", "*/10 * * * *"


def schedule_chores(
    app: App, sessions: sessionmaker[Session], is_over: Callable[[], bool]
) -> None:
    """Have everything done when it is due, each once, whoever runs a worker.

    What did not end is done again when it is due again; one waiting is enough.

    Args:
        app: The worker's.
        sessions: On the shop's database.
        is_over: Whether the worker is to stop.
    """

    @app.periodic(cron=EVERY_TEN_MINUTES)
    @app.task(name="do_chores", queue=PERIODIC, queueing_lock="do_chores")
    def chores(timestamp: int) -> None:  # noqa: ARG001  # When it was due.
        in_transaction(sessions, do_chores)

    @app.periodic(cron=EVERY_TEN_MINUTES)
    @app.task(name="check_books", queue=PERIODIC, queueing_lock="check_books")
    def checking(timestamp: int) -> None:  # noqa: ARG001  # When it was due.
        hours = get_settings().audit_hours
        in_transaction(sessions, lambda own: audits.queue_when_due(own, hours))

    @app.periodic(cron=EVERY_MINUTE)
    @app.task(name="close_books", queue=PERIODIC, queueing_lock="close_books")
    def closing(timestamp: int) -> None:  # noqa: ARG001  # When it was due.
        close_books(sessions, is_over)


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
