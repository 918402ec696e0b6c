"""Closing the books at a moment: what carries an earlier time is all there.

A sale or refund reads the clock, and is seen only once it is committed. In
between, a question could miss what an equal question would find later. So
whoever writes to the books holds a lock in common from before the clock is
read until the commit, and whoever asks passes once through the same lock
alone: all that was being written before has then been committed, and what
comes after carries a later time.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

# Any number, as long as nobody else locks it: "books" in ASCII.
LOCK = 0x626F6F6B73


def write_to_the_books(session: Session) -> None:
    """Announce a sale or refund, before its time is read from the clock."""
    session.execute(select(func.pg_advisory_xact_lock_shared(LOCK)))


def wait_for_open_writes(session: Session) -> None:
    """Wait until all that is being written to the books has been committed."""
    session.execute(select(func.pg_advisory_lock(LOCK)))
    session.execute(select(func.pg_advisory_unlock(LOCK)))
