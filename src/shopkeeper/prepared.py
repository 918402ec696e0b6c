"""Statements that are compiled once, when the process starts, and sent as they are.

Building a statement anew for every request, and finding its compiled form by
comparing all its parts, takes several times as long as PostgreSQL takes to
answer it. What hot paths ask is therefore written once, with parameters by
name, in SQLAlchemy's language or in SQL, and goes through the session's own
connection and transaction. PostgreSQL keeps it prepared.

    _FIND = Prepared(select(User.id).where(User.id == bindparam("user_id")), Found)
    _FIND.one_or_none(session, user_id=7)
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, cast

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, exc
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql import ClauseElement

Row = TypeVar("Row")
# Ways of asking for a page, by filters, order and size, that are kept compiled.
MOST_PAGES = 512
# In the info of a session that only reads: the engine it takes connections from.
READS_FROM = "reads_from"
# In the info of a session: what goes with its COMMIT.
_PARTING = "parting"
_KNOWN = "connection_of_transaction"
_Driver = psycopg.Connection[tuple[Any, ...]]
_Known = tuple[SessionTransaction | None, _Driver]
DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy's.


class Prepared(Generic[Row]):
    """A statement, and what each of its rows is made into."""

    def __init__(
        self, statement: ClauseElement, row: Callable[[tuple[Any, ...]], Row]
    ) -> None:
        compiled = statement.compile(dialect=DIALECT)
        self.sql = compiled.string
        self.constants = {
            name: value for name, value in compiled.params.items() if value is not None
        }
        self.row = row

    def all(self, session: Session, **values: Any) -> list[Row]:
        with _cursor(session, self.sql) as cursor:
            rows = self.send(cursor, values).fetchall()
        return [self.row(row) for row in rows]

    def one_or_none(self, session: Session, **values: Any) -> Row | None:
        """The first row, of a statement that has one at most."""
        with _cursor(session, self.sql) as cursor:
            row = self.send(cursor, values).fetchone()
        return self.row(row) if row is not None else None

    def one(self, session: Session, **values: Any) -> Row:
        """The row, of a statement that always has one."""
        row = self.one_or_none(session, **values)
        if row is None:
            raise exc.NoResultFound(self.sql)
        return row

    def send(
        self, cursor: psycopg.Cursor[tuple[Any, ...]], values: dict[str, Any]
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        return cursor.execute(self.sql, {**self.constants, **values}, prepare=True)


class Trip:
    """Statements that go to PostgreSQL together: it runs one after the other.

    None sees another's rows before all have run, and after one that fails none
    is run. Their rows are there once the trip is over.
    """

    def __init__(self, connection: _Driver) -> None:
        self._connection = connection

    def send(self, statement: Prepared[Row], **values: Any) -> "Sent[Row]":
        return Sent(statement, statement.send(self._connection.cursor(), values))

    def end_transaction(self) -> None:
        """Commit with the last of them: the session's own commit then sends nothing."""
        self._connection.execute("COMMIT")


class Sent(Generic[Row]):
    """A statement that was sent, and its rows."""

    def __init__(
        self, statement: Prepared[Row], cursor: psycopg.Cursor[tuple[Any, ...]]
    ) -> None:
        self._statement = statement
        self._cursor = cursor

    def all(self) -> list[Row]:
        return [self._statement.row(row) for row in self._cursor.fetchall()]

    def one_or_none(self) -> Row | None:
        row = self._cursor.fetchone()
        return self._statement.row(row) if row is not None else None

    def one(self) -> Row:
        row = self.one_or_none()
        if row is None:
            raise exc.NoResultFound(self._statement.sql)
        return row


def send_at_last(session: Session, statement: Prepared[Any], **values: Any) -> None:
    """Let a statement that has no rows be the transaction's last.

    It is sent with the COMMIT, by whoever commits.
    """
    session.info[_PARTING] = statement, values


def take_parting(session: Session) -> tuple[Prepared[Any], dict[str, Any]] | None:
    """What is to be sent with the COMMIT, for whoever sends it now."""
    parting: tuple[Prepared[Any], dict[str, Any]] | None
    parting = session.info.pop(_PARTING, None)
    return parting


@contextmanager
def one_trip(session: Session) -> Iterator[Trip]:
    """Send several statements, and wait for PostgreSQL once.

    If they are the first of a transaction, its BEGIN goes with them.

    Raises:
        DBAPIError: As SQLAlchemy does, if PostgreSQL refuses one of them.
    """
    connection = _connection(session)
    begins = connection.pgconn.transaction_status == TransactionStatus.IDLE
    with _as_sqlalchemy_raises(session):
        if begins:  # By ourselves: psycopg would wait for it.
            set_autocommit(connection, True)
        with connection.pipeline():
            if begins:
                connection.execute("BEGIN")
            yield Trip(connection)


@contextmanager
def _cursor(session: Session, sql: str) -> Iterator["psycopg.Cursor[tuple[Any, ...]]"]:
    engine = session.info.get(READS_FROM)
    if engine is None:
        connection = _connection(session)
        with _as_sqlalchemy_raises(session, sql):
            yield connection.cursor()
        return
    # Nothing else of this session has to see it: any connection will do.
    with _as_sqlalchemy_raises(None, sql):
        lent = engine.raw_connection()
    try:
        with _as_sqlalchemy_raises(lent, sql):
            set_autocommit(lent.driver_connection, True)
            yield lent.driver_connection.cursor()
    finally:
        lent.close()


def _connection(session: Session) -> _Driver:
    """The connection that the session's transaction is in; the same until it ends."""
    transaction = session.get_transaction()
    known: _Known | None = session.info.get(_KNOWN)
    if known is not None and known[0] is transaction:
        return known[1]
    found = cast(
        "_Driver",
        session.connection().connection.driver_connection,
    )
    session.info[_KNOWN] = session.get_transaction(), found
    return found


@contextmanager
def _as_sqlalchemy_raises(
    owner: Session | PoolProxiedConnection | None, sql: str | None = None
) -> Iterator[None]:
    """Raise what SQLAlchemy would, and give up a connection that is closed."""
    try:
        yield
    except psycopg.Error as error:
        is_lost = owner is None
        if owner is not None:
            held = owner.connection() if isinstance(owner, Session) else owner
            driver = held.connection if isinstance(held, Connection) else held
            is_lost = cast("_Driver", driver.driver_connection).closed
            if is_lost:
                held.invalidate(error)
        raise exc.DBAPIError.instance(
            sql,
            None,
            error,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=is_lost,
            dialect=DIALECT,
        ) from error


def require_transaction(session: Session) -> None:
    """Insist that what this session locks or sets stays so for its next statement.

    Raises:
        RuntimeError: If it only reads: each of its statements stands alone.
    """
    if READS_FROM in session.info:
        raise RuntimeError("this operation needs transaction=True")


def set_autocommit(connection: Any, wanted: bool) -> None:
    """Let psycopg begin a transaction before a statement, or not."""
    if connection.autocommit is not wanted:
        connection.autocommit = wanted
