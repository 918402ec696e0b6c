"""The one clock: every "now" of the shop is read here, aware and in UTC."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_standing_still_at: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The present moment in UTC, with PostgreSQL's resolution of microseconds."""
    return _standing_still_at.get() or datetime.now(UTC)


def standing_at() -> datetime | None:
    """The moment at which the clock of this thread stands; None while it goes."""
    return _standing_still_at.get()


def machine_seconds() -> float:
    """Seconds since 1970 by the machine's own clock, wherever this thread's stands.

    Tokens expire by it, as they do for the library that issues them.
    """
    return datetime.now(UTC).timestamp()


@contextmanager
def standing_still_at(moment: datetime) -> Iterator[None]:
    """Let the clock of this thread show `moment`, to tell a story of the past.

    Raises:
        ValueError: If `moment` has no offset from UTC.
    """
    if moment.tzinfo is None:
        raise ValueError("the clock needs a moment with an offset from UTC")
    token = _standing_still_at.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _standing_still_at.reset(token)
