"""Buckets: taken from in one statement, whichever process asks."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from shopkeeper.database.statements.prepared import Prepared, Sent, Trip
from shopkeeper.models import RateLimit
from shopkeeper.web.repository.idempotency import GOES_ON, Asker

_TAKE: Prepared[tuple[datetime]] = Prepared(
    text(
        f"""
        INSERT INTO rate_limits AS bucket (subject, full_at)
        SELECT :subject, CAST(:moment AS timestamptz) + CAST(:interval AS interval)
        WHERE {GOES_ON}
        ON CONFLICT (subject) DO UPDATE
        SET full_at = greatest(bucket.full_at, :moment) + CAST(:interval AS interval)
        WHERE greatest(bucket.full_at, :moment) + CAST(:interval AS interval)
            <= CAST(:moment AS timestamptz) + CAST(:period AS interval)
        RETURNING full_at
        """  # noqa: S608  # A condition of ours.
    ),
    tuple,
)
_FIND: Prepared[tuple[datetime]] = Prepared(
    text("SELECT full_at FROM rate_limits WHERE subject = :subject"), tuple
)
_GIVE_BACK: Prepared[Any] = Prepared(
    text(
        """
        UPDATE rate_limits SET full_at = full_at - CAST(:interval AS interval)
        WHERE subject = :subject
        """
    ),
    tuple,
)


def take(  # noqa: PLR0917  # Of whom, how much, and when.
    trip: Trip,
    subject: str,
    moment: datetime,
    interval: timedelta,
    period: timedelta,
    asker: Asker | None = None,
) -> Sent[tuple[datetime]]:
    """Take one out of a bucket; no row if there is none left.

    Nothing is taken for an asker whose login has ended, or whose key is answered.

    Args:
        trip: On which it is asked.
        subject: Whose bucket, and of what.
        moment: Now.
        interval: In which one comes back.
        period: In which all do.
        asker: Who asks, before it is known whether they may.
    """
    asker = asker or Asker(0)
    return trip.send(
        _TAKE,
        subject=subject,
        moment=moment,
        interval=interval,
        period=period,
        **asker._asdict(),
    )


def find(session: Session, subject: str) -> datetime | None:
    """When a bucket will be full again; None if it is not known."""
    found = _FIND.one_or_none(session, subject=subject)
    return found[0] if found else None


def give_back(session: Session, subject: str, interval: timedelta) -> None:
    """Put one back that turned out not to count."""
    _GIVE_BACK.all(session, subject=subject, interval=interval)


def forget_full(session: Session, moment: datetime) -> None:
    """Delete the buckets that are full: none is as good."""
    session.execute(delete(RateLimit).where(RateLimit.full_at <= moment))
