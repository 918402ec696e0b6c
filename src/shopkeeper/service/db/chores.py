"""What has to be done from time to time: deleting what has expired."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from shopkeeper.models import IdempotencyKey, Login, LoginThrottle
from shopkeeper.service.login_throttling import FORGET_AFTER
from shopkeeper.utils import clock

# An ended login tells where an account is known from, and that a token is stale.
KEEP_LOGINS = timedelta(days=30)


def do_chores(session: Session) -> None:
    """Delete expired idempotency keys, old logins and forgotten failures."""
    now = clock.now()
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.expires_at <= now))
    session.execute(delete(Login).where(Login.expires_at <= now - KEEP_LOGINS))
    session.execute(
        delete(LoginThrottle).where(LoginThrottle.failed_at <= now - FORGET_AFTER)
    )
