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
from sqlalchemy.orm import Session
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from shopkeeper.database.statements.wire import COMMIT, Question, Statement, Wire
from shopkeeper.database.statements.wiring import (
    DIALECT,
    READS_FROM,
    as_sqlalchemy_says,
    give_up_if_lost,
    require_transaction,
    wire_if_any,
    wire_of,
    wire_of_transaction,
)

Row = TypeVar("Row")
# Ways of asking for a page, by filters, order and size, that are kept compiled.
MOST_PAGES = 512


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
        known = {**self._constants, **values} if self._constants else values
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
    is run. Their rows are there once the trip is over; if it has failed, `refused`
    is the one that PostgreSQL has refused.
    """

    def __init__(self) -> None:
        self._questions: list[Question] = []
        self._sent: list[Sent[Any]] = []
        self.refused: Sent[Any] | None = None

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
        wire = wire_of_transaction(session)
        try:
            answers = wire.ask_all(self._questions, in_transaction=True)
            self._arrive(wire, answers)
        except psycopg.Error as error:
            if 0 <= wire.done < len(self._sent):
                self.refused = self._sent[wire.done]
            held = session.connection()
            raise as_sqlalchemy_says(error, held, self._sql) from error
        except BaseException:
            give_up_if_lost(session)
            raise

    def _take_place_anywhere(self, engine: Engine) -> None:
        """Nothing else of the session has to see it: any connection will do."""
        lent = None
        try:
            lent = engine.raw_connection()
            wire = wire_of(lent)
            self._arrive(wire, wire.ask_all(self._questions))
        except psycopg.Error as error:
            raise as_sqlalchemy_says(error, lent, self._sql) from error
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
    still to be sent at the end goes with the COMMIT. A savepoint may be rolled
    back to: what is in one is sent at once.

    Raises:
        DBAPIError: If it is in a savepoint, and PostgreSQL refuses it.
    """
    require_transaction(session)
    if session.in_nested_transaction():
        statement.all(session, **values)
    else:
        wire_of_transaction(session).waiting.append(statement.question(values))


def send_waiting(connection: Connection, *, commit: bool = False) -> None:
    """Send what waits in this connection's transaction, before anything else is done.

    Args:
        connection: As SQLAlchemy is about to use it.
        commit: Whether that is the transaction's end: then it is committed with
            the last of what waits.

    Raises:
        DBAPIError: If PostgreSQL refuses one of them.
    """
    wire = wire_if_any(connection)
    if wire is None or not wire.waiting:
        return
    try:
        wire.ask_all([(COMMIT, ())] if commit else [], in_transaction=True)
    except psycopg.Error as error:
        raise as_sqlalchemy_says(error, connection, "(what has waited)") from error


def forget_waiting(connection: Connection) -> None:
    """Let what waits be undone with the rest of its transaction."""
    wire = wire_if_any(connection)
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
