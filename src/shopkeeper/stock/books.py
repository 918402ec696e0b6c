"""When the books are complete up to a moment: what carries an earlier time is there.

A sale reads the clock, and is seen only once it is committed. In between, a
question could miss what an equal question would find later. So whoever writes
to the books first takes an advisory lock whose number is the time by the
database's clock, and reads the moment it writes under after that; the lock
falls with its transaction, once that is seen by all. Whoever asks looks which
such locks are held: up to the earliest of them, the books are complete. No
writer ever waits for a reader, nor for another writer.

Imports write under another tag: they may take minutes, and sell nothing.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Batch, Fragment, Result, Statement
from shopkeeper.utils import clock

# The upper 12 bits of a lock's 64; the lower 52 count microseconds since 1970.
SALES, IMPORTS = 0x5B0, 0x5B1
CLOCK_BITS = 52
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOOK_SECONDS = 0.005


def _believed(moment: datetime) -> datetime:
    """A clock that stands still is believed."""
    return clock.standing_at() or moment.astimezone(UTC)


_ANNOUNCE = Statement(
    Fragment(
        """
        SELECT clock_timestamp() AS moment
        FROM (
            SELECT pg_advisory_xact_lock_shared(
                (CAST(:tag AS bigint) << {bits})
                | CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)
            )
            OFFSET 0
        ) AS announced
        """,
        bits=CLOCK_BITS,
    ),
    _believed,
)

# The statement's own time is from before it looks at the locks. What this
# transaction has written it sees.
_LOOK = text(
    Fragment(
        """
        SELECT statement_timestamp(), (
            SELECT min(((CAST(classid AS bigint) << 32) | CAST(objid AS bigint))
                & {clock})
            FROM pg_locks
            WHERE locktype = 'advisory' AND objsubid = 1 AND pid <> pg_backend_pid()
                AND database = (
                    SELECT oid FROM pg_database WHERE datname = current_database()
                )
                AND CAST(classid AS bigint) >> {bits} = ANY (:tags)
        )
        """,
        clock=(1 << CLOCK_BITS) - 1,
        bits=CLOCK_BITS - 32,
    )
)


class Horizon(NamedTuple):
    """The present, and the last moment up to which nothing is still to come."""

    now: datetime
    complete_until: datetime


def write_to_the_books(session: Session, tag: int = SALES) -> datetime:
    """Announce a sale, a refund, or a change of stock or catalogue.

    Returns:
        The moment to write it under.
    """
    return _ANNOUNCE.one(session, tag=tag)


def announce(batch: Batch, tag: int = SALES) -> Result[datetime]:
    """The same, in a batch with other statements."""
    return batch.add(_ANNOUNCE, tag=tag)


def look_for_open_writes(session: Session, tags: tuple[int, ...] = (SALES,)) -> Horizon:
    """Up to when the books are complete."""
    now, open_since = session.execute(_LOOK, {"tags": list(tags)}).one()
    if open_since is None:
        return Horizon(now, now)
    earliest = EPOCH + timedelta(microseconds=open_since)
    return Horizon(now, min(now, earliest - timedelta(microseconds=1)))


def wait_for_open_writes(
    session: Session,
    moment: datetime,
    patience: timedelta,
    tags: tuple[int, ...] = (SALES,),
) -> datetime:
    """Wait until the books are complete up to a moment; at most so long.

    Returns:
        The moment, or an earlier one up to which they are complete by now.
    """
    until = time.monotonic() + patience.total_seconds()
    while True:
        complete_until = look_for_open_writes(session, tags).complete_until
        if complete_until >= moment or time.monotonic() >= until:
            return min(moment, complete_until)
        time.sleep(LOOK_SECONDS)
