"""Buckets: taken from in one statement, whichever process asks."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from shopkeeper.database.statements import (
    Batch,
    Fragment,
    Result,
    Statement,
    scalar,
)
from shopkeeper.models import RateLimit
from shopkeeper.web.repository.idempotency import GOES_ON, UnverifiedCaller

_TAKE: Statement[datetime] = Statement(
    Fragment(
        """
        INSERT INTO rate_limits AS bucket (subject, full_at)
        SELECT :subject, CAST(:moment AS timestamptz) + CAST(:interval AS interval)
        WHERE {goes_on}
        ON CONFLICT (subject) DO UPDATE
        SET full_at = greatest(bucket.full_at, :moment) + CAST(:interval AS interval)
        WHERE greatest(bucket.full_at, :moment) + CAST(:interval AS interval)
            <= CAST(:moment AS timestamptz) + CAST(:period AS interval)
        RETURNING full_at
        """,
        goes_on=GOES_ON,
    ),
    scalar,
)
_FIND: Statement[datetime] = Statement(
    "SELECT full_at FROM rate_limits WHERE subject = :subject", scalar
)
_GIVE_BACK: Statement[None] = Statement(
    """
    UPDATE rate_limits SET full_at = full_at - CAST(:interval AS interval)
    WHERE subject = :subject
    """
)


def take(  # noqa: PLR0917  # Of whom, how much, and when.
    batch: Batch,
    subject: str,
    moment: datetime,
    interval: timedelta,
    period: timedelta,
    unverified: UnverifiedCaller | None = None,
) -> Result[datetime]:
    """Take one out of a bucket; no row if there is none left.

    Nothing is taken for an unverified whose login has ended, or whose key is answered.

    Args:
        batch: On which it is asked.
        subject: Whose bucket, and of what.
        moment: Now.
        interval: In which one comes back.
        period: In which all do.
        unverified: Who asks, before it is known whether they may.
    """
    unverified = unverified or UnverifiedCaller(0)
    return batch.add(
        _TAKE,
        subject=subject,
        moment=moment,
        interval=interval,
        period=period,
        **unverified._asdict(),
    )


def find(session: Session, subject: str) -> datetime | None:
    """When a bucket will be full again; None if it is not known."""
    return _FIND.one_or_none(session, subject=subject)


def give_back(session: Session, subject: str, interval: timedelta) -> None:
    """Put one back that turned out not to count."""
    _GIVE_BACK.all(session, subject=subject, interval=interval)


def forget_full(session: Session, moment: datetime) -> None:
    """Delete the buckets that are full: none is as good."""
    session.execute(delete(RateLimit).where(RateLimit.full_at <= moment))
