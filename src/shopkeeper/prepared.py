"""Statements that are compiled once, when the process starts, and sent as they are.

Building a statement anew for every request, and finding its compiled form by
comparing all its parts, takes several times as long as PostgreSQL takes to
answer it. What hot paths ask is therefore written once, with parameters by
name, in SQLAlchemy's language or in SQL, and goes through the session's own
connection and transaction. PostgreSQL keeps it prepared.

    _FIND = Prepared(select(User.id).where(User.id == bindparam("user_id")), Found)
    _FIND.one_or_none(session, user_id=7)

Statements that need nothing of each other travel together (`one_trip`); one whose
rows nobody needs waits for the next trip, or for the COMMIT (`send_later`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Generic, TypeVar, cast

import psycopg
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection, Engine, exc
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from shopkeeper.wire import COMMIT, Question, Statement, Wire

Row = TypeVar("Row")
# Ways of asking for a page, by filters, order and size, that are kept compiled.
MOST_PAGES = 512
# In the info of a session that only reads: the engine it takes connections from.
READS_FROM = "reads_from"
# In the info of a session, and of a connection of the pool.
_WIRE_OF_TRANSACTION, _WIRE = "wire_of_transaction", "wire"
_Known = tuple[SessionTransaction | None, Wire]
# Parameters are numbered, as PostgreSQL itself has them.
DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # SQLAlchemy's.


class Prepared(Generic[Row]):
    """A statement, and what each of its rows is made into."""

    def __init__(
        self, statement: ClauseElement, row: Callable[[tuple[Any, ...]], Row]
    ) -> None:
        compiled = cast("SQLCompiler", statement.compile(dialect=DIALECT))
        self.sql = compiled.string
        self.row = row
        self._constants = compiled.params
        self._order = tuple(compiled.positiontup or ())
        self._statement = Statement(self.sql, len(self._order))

    def all(self, session: Session, **values: Any) -> list[Row]:
        trip = Trip()
        sent = trip.send(self, **values)
        trip.take_place(session)
        return sent.all()

    def one_or_none(self, session: Session, **values: Any) -> Row | None:
        """The row, of a statement that has one at most."""
        rows = self.all(session, **values)
        return rows[0] if rows else None

    def one(self, session: Session, **values: Any) -> Row:
        """The row, of a statement that always has one."""
        row = self.one_or_none(session, **values)
        if row is None:
            raise exc.NoResultFound(self.sql)
        return row

    def question(self, values: dict[str, Any]) -> Question:
        known = {**self._constants, **values}
        return self._statement, [known[name] for name in self._order]

    def read(self, wire: Wire, answer: PGresult) -> list[Row]:
        return cast("list[Row]", wire.rows(answer, self.row))


def array(numbers: Iterable[Decimal | int]) -> str:
    """An array of numbers as PostgreSQL reads it, made faster than by psycopg."""
    return f"{{{','.join(map(str, numbers))}}}"


class Sent(Generic[Row]):
    """A statement that goes along on a trip, and its rows once that is over."""

    def __init__(self, statement: Prepared[Row]) -> None:
        self.sql = statement.sql
        self._statement = statement
        self._rows: list[Row] | None = None

    def arrive(self, wire: Wire, answer: PGresult) -> None:
        self._rows = self._statement.read(wire, answer)

    def all(self) -> list[Row]:
        if self._rows is None:
            raise RuntimeError("the trip is not over")
        return self._rows

    def one_or_none(self) -> Row | None:
        rows = self.all()
        return rows[0] if rows else None

    def one(self) -> Row:
        row = self.one_or_none()
        if row is None:
            raise exc.NoResultFound(self.sql)
        return row


class Trip:
    """Statements that go to PostgreSQL together: it runs one after the other.

    None sees another's rows before all have run, and after one that fails none
    is run. Their rows are there once the trip is over.
    """

    def __init__(self) -> None:
        self._questions: list[Question] = []
        self._sent: list[Sent[Any]] = []

    def send(self, statement: Prepared[Row], **values: Any) -> Sent[Row]:
        sent = Sent(statement)
        self._questions.append(statement.question(values))
        self._sent.append(sent)
        return sent

    def take_place(self, session: Session) -> None:
        """Have it all done, in the session's transaction, and wait for the rows.

        Raises:
            DBAPIError: As SQLAlchemy does, if PostgreSQL refuses one of them.
        """
        if not self._questions:
            return
        engine = session.info.get(READS_FROM)
        if engine is not None:
            self._take_place_anywhere(engine)
            return
        wire = _wire_of_transaction(session)
        try:
            answers = wire.ask_all(self._questions, in_transaction=True)
            self._arrive(wire, answers)
        except psycopg.Error as error:
            held = session.connection()
            raise _as_sqlalchemy_says(error, held, self._sql) from error

    def _take_place_anywhere(self, engine: Engine) -> None:
        """Nothing else of the session has to see it: any connection will do."""
        lent = None
        try:
            lent = engine.raw_connection()
            wire = _wire_of(lent)
            self._arrive(wire, wire.ask_all(self._questions))
        except psycopg.Error as error:
            raise _as_sqlalchemy_says(error, lent, self._sql) from error
        finally:
            if lent is not None:
                lent.close()

    def _arrive(self, wire: Wire, answers: Sequence[PGresult]) -> None:
        for sent, answer in zip(self._sent, answers, strict=True):
            sent.arrive(wire, answer)

    @property
    def _sql(self) -> str:
        return "; ".join(sent.sql for sent in self._sent)


# What was asked ahead, taken once the trip is over; with a session for what turns
# out to be asked after all.
Later = Callable[[Session], Row]


def at_once(session: Session, ask: Callable[[Trip], Later[Row]]) -> Row:
    """Ask what may as well be asked ahead, and wait for it."""
    with one_trip(session) as trip:
        later = ask(trip)
    return later(session)


def send_later(session: Session, statement: Prepared[Any], **values: Any) -> None:
    """Let a statement whose rows nobody needs go with what is asked next.

    Whatever is asked of the transaction, by whomever, comes after it; what is
    still to be sent at the end goes with the COMMIT.
    """
    _wire_of_transaction(session).waiting.append(statement.question(values))


def send_waiting(connection: Connection, *, commit: bool = False) -> None:
    """Send what waits in this connection's transaction, before anything else is done.

    Args:
        connection: As SQLAlchemy is about to use it.
        commit: Whether that is the transaction's end: then it is committed with
            the last of what waits.

    Raises:
        DBAPIError: If PostgreSQL refuses one of them.
    """
    wire: Wire | None = connection.info.get(_WIRE)
    if wire is None or not wire.waiting:
        return
    try:
        wire.ask_all([(COMMIT, ())] if commit else [], in_transaction=True)
    except psycopg.Error as error:
        raise _as_sqlalchemy_says(error, connection, "(what has waited)") from error


def forget_waiting(connection: Connection) -> None:
    """Let what waits be undone with the rest of its transaction."""
    wire: Wire | None = connection.info.get(_WIRE)
    if wire is not None:
        wire.waiting.clear()


@contextmanager
def one_trip(session: Session) -> Iterator[Trip]:
    """Send several statements, and wait for PostgreSQL once.

    If they are the first of a transaction, its BEGIN goes with them.

    Raises:
        DBAPIError: As SQLAlchemy does, if PostgreSQL refuses one of them.
    """
    trip = Trip()
    yield trip
    trip.take_place(session)


def _wire_of_transaction(session: Session) -> Wire:
    """The wire that the session's transaction is on; the same until it ends."""
    transaction = session.get_transaction()
    known: _Known | None = session.info.get(_WIRE_OF_TRANSACTION)
    if known is not None and known[0] is transaction:
        return known[1]
    wire = _wire_of(session.connection().connection)
    session.info[_WIRE_OF_TRANSACTION] = session.get_transaction(), wire
    return wire


def _wire_of(connection: PoolProxiedConnection) -> Wire:
    """What SQLAlchemy keeps beside a connection is gone when that is."""
    wire: Wire | None = connection.info.get(_WIRE)
    if wire is None:
        driver = cast("psycopg.Connection[Any]", connection.driver_connection)
        wire = connection.info[_WIRE] = Wire(driver)
    return wire


def _as_sqlalchemy_says(
    error: psycopg.Error, held: Connection | PoolProxiedConnection | None, sql: str
) -> Exception:
    """The error as SQLAlchemy would raise it; a connection that is lost is given up."""
    is_lost = held is None
    if held is not None:
        lent = held.connection if isinstance(held, Connection) else held
        is_lost = cast("psycopg.Connection[Any]", lent.driver_connection).closed
        if is_lost:
            held.invalidate(error)
    return exc.DBAPIError.instance(
        sql,
        None,
        error,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=DIALECT,
    )


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
