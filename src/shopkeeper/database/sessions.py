"""Sessions, and the one place in which a transaction is committed."""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar

import psycopg
from sqlalchemy import Connection, Engine, event, exc, text
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from shopkeeper.database.statements.binding import READS_FROM, set_autocommit

# Transactions that PostgreSQL gave up for the sake of others run again.
MAX_ATTEMPTS = 5
Result = TypeVar("Result")


class SessionFactory(sessionmaker[Session]):
    """Makes sessions, and keeps those whose transaction was committed for the next."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, expire_on_commit=False, autoflush=False)
        self._idle: deque[Session] = deque()

    def take(self) -> Session:
        """A session that nobody else has; it is as new."""
        try:
            return self._idle.pop()
        except IndexError:
            return self()

    def give_back(self, session: Session) -> None:
        """Let the next have a session that is closed."""
        self._idle.append(session)


def make_session_factory(engine: Engine) -> SessionFactory:
    return SessionFactory(engine)


class Readers:
    """Sessions that only read: no statement waits for a BEGIN or a COMMIT.

    Each statement sees what is committed when it begins, as it does in a
    transaction of PostgreSQL's default isolation. Making a session takes as long
    as half a query: those that have done are kept for the next.
    """

    def __init__(self, engine: Engine) -> None:
        self._make = sessionmaker(
            engine, expire_on_commit=False, autoflush=False, info={READS_FROM: engine}
        )
        event.listen(self._make, "after_begin", _begin_reading)
        self._idle: deque[Session] = deque()

    @contextlib.contextmanager
    def __call__(self) -> Iterator[Session]:
        try:
            session = self._idle.pop()
        except IndexError:
            session = self._make()
        try:
            yield session
        finally:
            if session.in_transaction():
                session.close()
        self._idle.append(session)


def _begin_reading(
    _session: Session, _transaction: SessionTransaction, connection: Connection
) -> None:
    set_autocommit(connection.connection.driver_connection, True)


def in_transaction(
    sessions: sessionmaker[Session], work: Callable[[Session], Result]
) -> Result:
    """Do work in a transaction and commit it; whole again if PostgreSQL asks for it.

    Everything that runs here may run several times, and only the last counts.
    """
    attempt = 1
    while True:
        try:
            return _commit(sessions, work)
        except exc.DBAPIError as error:
            if attempt == MAX_ATTEMPTS or not deserves_another_try(error):
                raise
        attempt += 1


def _commit(
    sessions: sessionmaker[Session], work: Callable[[Session], Result]
) -> Result:
    kept = sessions if isinstance(sessions, SessionFactory) else None
    with sessions() if kept is None else kept.take() as session:
        result = work(session)
        session.commit()
    if kept is not None:
        kept.give_back(session)
    return result


def deserves_another_try(error: exc.DBAPIError) -> bool:
    """Whether PostgreSQL asks for the transaction to be run again.

    Serialization failures (40001) and deadlocks (40P01) do (PostgreSQL
    documentation, section 13.5); nothing else does.
    """
    return isinstance(
        error.orig,
        psycopg.errors.SerializationFailure | psycopg.errors.DeadlockDetected,
    )


def ping(session: Session) -> None:
    """Ask the database for nothing, to see that it answers."""
    session.execute(text("SELECT 1"))


def take_as_long_as_needed(session: Session) -> None:
    """Let this transaction's statements, and the pauses between them, be long."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
