"""Closing the books of the days that are over, and opening them again."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import structlog
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.database.sessions import in_transaction
from shopkeeper.statistics.repository import closing
from shopkeeper.stock.books import look_for_open_writes

log = structlog.get_logger(__name__)

# A clock that is set back a little does not write into a closed day.
MARGIN = timedelta(minutes=1)
# So many days at most are closed in one transaction.
AT_ONCE = timedelta(days=31)


class StoryUnderWayError(Exception):
    """The past is being written (`shopkeeper demo`): nothing of it can be closed."""

    def __init__(self) -> None:
        super().__init__(
            "A demo shop is being filled, and its past is not yet written."
            " Try again when it is."
        )


def close_books(
    sessions: sessionmaker[Session], is_over: Callable[[], bool] = lambda: False
) -> int:
    """Close every day that is over and complete; give how many there were."""
    closed = 0
    while not is_over():
        span = in_transaction(sessions, _close_some)
        if span is None:
            break
        first, last = span
        closed += (last - first).days
        log.info("days_closed", first=str(first), last=str(last - timedelta(days=1)))
    return closed


def rebuild(sessions: sessionmaker[Session]) -> int:
    """Make the roll-ups again from orders and refunds; give how many days they are of.

    Meanwhile statistics are read from the sales themselves: slower, and the same.

    Raises:
        StoryUnderWayError: If a demo shop is being filled.
    """

    def forget(session: Session) -> None:
        if not closing.hold_closing(session):
            raise StoryUnderWayError
        closing.reopen(session)

    in_transaction(sessions, forget)
    return close_books(sessions)


def _close_some(session: Session) -> tuple[date, date] | None:
    span = _due(session)
    if span is None or not closing.hold_closing(session):
        return None
    span = _due(session)  # Another may have been faster.
    if span is not None:
        closing.close_days(session, *span)
    return span


def _due(session: Session) -> tuple[date, date] | None:
    """The first days that can be closed and are not."""
    # In this order: what is complete stays so.
    complete_until = look_for_open_writes(session).complete_until
    first = closing.closed_until(session) or closing.first_day(session)
    limit = _day_of(complete_until - MARGIN)
    if first is None or first >= limit:
        return None
    return first, min(limit, first + AT_ONCE)


def _day_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
