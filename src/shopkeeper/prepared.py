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
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection, Engine, exc
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from shopkeeper.wire import BEGIN, COMMIT, Question, Statement, Wire

Row = TypeVar("Row")
# Ways of asking for a page, by filters, order and size, that are kept compiled.
MOST_PAGES = 512
# In the info of a session that only reads: the engine it takes connections from.
READS_FROM = "reads_from"
# In the info of a session: what goes with its COMMIT.
_PARTING = "parting"
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
        question = self.question(values)
        engine = session.info.get(READS_FROM)
        if engine is not None:
            return self._all_from(engine, question)
        wire = _wire_of_transaction(session)
        try:
            if wire.is_outside_transaction:
                *_, answer = wire.ask_all([(BEGIN, ()), question])
            else:
                answer = wire.ask(*question)
            return self.read(wire, answer)
        except psycopg.Error as error:
            raise _as_sqlalchemy_says(error, session.connection(), self.sql) from error

    def _all_from(self, engine: Engine, question: Question) -> list[Row]:
        """Nothing else of the session has to see it: any connection will do."""
        lent = None
        try:
            lent = engine.raw_connection()
            wire = _wire_of(lent)
            return self.read(wire, wire.ask(*question))
        except psycopg.Error as error:
            raise _as_sqlalchemy_says(error, lent, self.sql) from error
        finally:
            if lent is not None:
                lent.close()

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


class Sent(Generic[Row]):
    """A statement that goes along on a trip, and its rows once that is over."""

    def __init__(self, statement: Prepared[Row]) -> None:
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
            raise exc.NoResultFound(self._statement.sql)
        return row


class Trip:
    """Statements that go to PostgreSQL together: it runs one after the other.

    None sees another's rows before all have run, and after one that fails none
    is run. Their rows are there once the trip is over.
    """

    def __init__(self) -> None:
        self._questions: list[Question] = []
        self._sent: list[Sent[Any]] = []
        self._ends_transaction = False

    def send(self, statement: Prepared[Row], **values: Any) -> Sent[Row]:
        sent = Sent(statement)
        self._questions.append(statement.question(values))
        self._sent.append(sent)
        return sent

    def end_transaction(self) -> None:
        """Commit with the last of them: the session's own commit then sends nothing."""
        self._ends_transaction = True

    def take_place(self, wire: Wire) -> None:
        begins = [(BEGIN, ())] if wire.is_outside_transaction else []
        ends = [(COMMIT, ())] if self._ends_transaction else []
        answers = wire.ask_all([*begins, *self._questions, *ends])
        for sent, answer in zip(self._sent, answers[len(begins) :], strict=False):
            sent.arrive(wire, answer)


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
    trip = Trip()
    yield trip
    wire = _wire_of_transaction(session)
    try:
        trip.take_place(wire)
    except psycopg.Error as error:
        held = session.connection()
        raise _as_sqlalchemy_says(error, held, "(one trip)") from error


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
