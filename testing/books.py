"""Closing days in tests, whose days are not over by any clock."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.database.sessions import in_transaction
from shopkeeper.statistics.repository import closing

DAY = timedelta(days=1)


def close_until(sessions: sessionmaker[Session], last: date) -> None:
    """Close every day before one, as if it had come."""

    def close(session: Session) -> None:
        assert closing.hold_closing(session)
        first = closing.closed_until(session) or closing.first_day(session)
        if first is not None and first < last:
            closing.close_days(session, first, last)

    in_transaction(sessions, close)


def close_today(sessions: sessionmaker[Session]) -> None:
    close_until(sessions, datetime.now(UTC).date() + DAY)
