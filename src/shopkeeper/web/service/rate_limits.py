"""Taking from the buckets of what an account or address may do."""

from sqlalchemy.orm import Session

from shopkeeper.database.statements import Batch, Deferred, at_once
from shopkeeper.utils import clock
from shopkeeper.web.errors import RateLimited
from shopkeeper.web.limits import HOUR, Bucket, Limit
from shopkeeper.web.repository import rate_limits
from shopkeeper.web.repository.idempotency import UnverifiedCaller


def take(
    batch: Batch, limit: Limit, subject: str, unverified: UnverifiedCaller | None = None
) -> Deferred[Bucket]:
    """Take one, on a trip that goes anyway; it comes back if the transaction does.

    Raises, later:
        RateLimited: If there is none left.
    """
    now = clock.now()
    result = rate_limits.take(batch, subject, now, limit.interval, HOUR, unverified)

    def taken(session: Session) -> Bucket:
        full_at = result.one_or_none()
        if full_at is None:
            raise refusal(session, limit, subject)
        return Bucket(limit, full_at, now)

    return taken


def spend(session: Session, limit: Limit, subject: str) -> Bucket:
    """Take one at once.

    Raises:
        RateLimited: If there is none left.
    """
    return at_once(session, lambda batch: take(batch, limit, subject))


def require(session: Session, limit: Limit, subject: str) -> None:
    """Insist that there is one left, and leave it there.

    Raises:
        RateLimited: If there is none.
    """
    bucket = Bucket(
        limit, rate_limits.find(session, subject) or clock.now(), clock.now()
    )
    if not bucket.remaining:
        raise _refused(bucket)


def give_back(session: Session, limit: Limit, subject: str) -> None:
    """Put one back that turned out not to count."""
    rate_limits.give_back(session, subject, limit.interval)


def refusal(session: Session, limit: Limit, subject: str) -> RateLimited:
    """What tells that a bucket is empty, and when it will not be."""
    now = clock.now()
    return _refused(Bucket(limit, rate_limits.find(session, subject) or now, now))


def _refused(bucket: Bucket) -> RateLimited:
    limit, seconds = bucket.limit, bucket.seconds_until_one
    return RateLimited(
        f"This shop takes {limit.quota} {limit.name} an hour of each"
        f" {limit.whose.value}; the next in {seconds} s.",
        seconds=seconds,
        limit=bucket,
    )
