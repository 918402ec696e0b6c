"""Statements that go to PostgreSQL together, or wait for others to go with."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import psycopg
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection, Engine, exc
from sqlalchemy.orm import Session

from shopkeeper.database.statements.binding import (
    READS_FROM,
    as_sqlalchemy_says,
    give_up_if_lost,
    pipeline_if_any,
    pipeline_of,
    pipeline_of_transaction,
    require_transaction,
)
from shopkeeper.database.statements.compiled import Compiled
from shopkeeper.database.statements.pipeline import COMMIT, Execution, Pipeline

Row = TypeVar("Row")


class Result(Generic[Row]):
    """The rows of a statement of a batch, once that has run."""

    def __init__(self, statement: Compiled[Row]) -> None:
        self.sql = statement.sql
        self._statement = statement
        self._rows: list[Row] | None = None

    def arrive(self, pipeline: Pipeline, answer: PGresult) -> None:
        """Take the rows that PostgreSQL has answered with."""
        self._rows = self._statement.read(pipeline, answer)

    def all(self) -> list[Row]:
        """All rows.

        Raises:
            RuntimeError: If the batch has not run yet.
        """
        if self._rows is None:
            raise RuntimeError("the batch has not run")
        return self._rows

    def one_or_none(self) -> Row | None:
        """The row, of a statement that has one at most."""
        rows = self.all()
        return rows[0] if rows else None

    def one(self) -> Row:
        """The row, of a statement that always has one."""
        row = self.one_or_none()
        if row is None:
            raise exc.NoResultFound(self.sql)
        return row


class Batch:
    """Statements that go to PostgreSQL together: it runs one after the other.

    None sees another's rows before all have run, and after one that fails none
    is run. Their rows are there once the batch has run; if it has failed, `refused`
    is the result of the one that PostgreSQL has refused.
    """

    def __init__(self) -> None:
        self._executions: list[Execution] = []
        self._results: list[Result[Any]] = []
        self.refused: Result[Any] | None = None

    def add(self, statement: Compiled[Row], **values: Any) -> Result[Row]:
        """Let a statement go with the others."""
        result = Result(statement)
        self._executions.append(statement.execution(values))
        self._results.append(result)
        return result

    def run(self, session: Session) -> None:
        """Have it all done, in the session's transaction, and wait for the rows.

        Raises:
            DBAPIError: As SQLAlchemy does, if PostgreSQL refuses one of them.
        """
        if not self._executions:
            return
        engine = session.info.get(READS_FROM)
        if engine is not None:
            self._run_anywhere(engine)
            return
        pipeline = pipeline_of_transaction(session)
        try:
            answers = pipeline.run(self._executions, in_transaction=True)
            self._arrive(pipeline, answers)
        except psycopg.Error as error:
            if 0 <= pipeline.done < len(self._results):
                self.refused = self._results[pipeline.done]
            held = session.connection()
            raise as_sqlalchemy_says(error, held, self._sql) from error
        except BaseException:
            give_up_if_lost(session)
            raise

    def _run_anywhere(self, engine: Engine) -> None:
        """Nothing else of the session has to see it: any connection will do."""
        lent = None
        try:
            lent = engine.raw_connection()
            pipeline = pipeline_of(lent)
            self._arrive(pipeline, pipeline.run(self._executions))
        except psycopg.Error as error:
            raise as_sqlalchemy_says(error, lent, self._sql) from error
        finally:
            if lent is not None:
                lent.close()

    def _arrive(self, pipeline: Pipeline, answers: Sequence[PGresult]) -> None:
        for result, answer in zip(self._results, answers, strict=True):
            result.arrive(pipeline, answer)

    @property
    def _sql(self) -> str:
        return "; ".join(result.sql for result in self._results)


# What is made of a batch's rows once it has run; with the session, for what turns
# out to be asked after all.
Deferred = Callable[[Session], Row]


@contextmanager
def batch(session: Session) -> Iterator[Batch]:
    """Send several statements, and wait for PostgreSQL once.

    If they are the first of a transaction, its BEGIN goes with them.

    Raises:
        DBAPIError: As SQLAlchemy does, if PostgreSQL refuses one of them.
    """
    together = Batch()
    yield together
    together.run(session)


def at_once(session: Session, ask: Callable[[Batch], Deferred[Row]]) -> Row:
    """Ask what may as well go with others, and wait for it."""
    with batch(session) as alone:
        deferred = ask(alone)
    return deferred(session)


def at_commit(session: Session, statement: Compiled[Any], **values: Any) -> None:
    """Let a statement whose rows nobody needs go with what is asked next.

    Whatever is asked of the transaction, by whomever, comes after it; what is
    still to be sent at the end goes with the COMMIT. A savepoint may be rolled
    back to: what is in one is sent at once.

    Raises:
        DBAPIError: If it is in a savepoint, and PostgreSQL refuses it.
    """
    require_transaction(session)
    if session.in_nested_transaction():
        alone = Batch()
        alone.add(statement, **values)
        alone.run(session)
    else:
        waiting = pipeline_of_transaction(session).waiting
        waiting.append(statement.execution(values))


def send_waiting(connection: Connection, *, commit: bool = False) -> None:
    """Send what waits in this connection's transaction, before anything else is done.

    Args:
        connection: As SQLAlchemy is about to use it.
        commit: Whether that is the transaction's end: then it is committed with
            the last of what waits.

    Raises:
        DBAPIError: If PostgreSQL refuses one of them.
    """
    pipeline = pipeline_if_any(connection)
    if pipeline is None or not pipeline.waiting:
        return
    try:
        pipeline.run([(COMMIT, ())] if commit else [], in_transaction=True)
    except psycopg.Error as error:
        raise as_sqlalchemy_says(error, connection, "(what has waited)") from error


def forget_waiting(connection: Connection) -> None:
    """Let what waits be undone with the rest of its transaction."""
    pipeline = pipeline_if_any(connection)
    if pipeline is not None:
        pipeline.waiting.clear()
