"""Which pipeline a session's statements go through, and what SQLAlchemy is told."""

from typing import Any, cast

import psycopg
from sqlalchemy import Connection, exc
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from shopkeeper.database.statements.pipeline import Pipeline

# In the info of a session that only reads: the engine it takes connections from.
READS_FROM = "reads_from"
# In the info of a session, and of a connection of the pool.
_PIPELINE_OF_TRANSACTION, _PIPELINE = "pipeline_of_transaction", "pipeline"
_Known = tuple[SessionTransaction | None, Pipeline]
# Parameters are numbered, as PostgreSQL itself has them.
DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # SQLAlchemy's.


def pipeline_if_any(connection: Connection) -> Pipeline | None:
    """None as well if the connection is lost: then all that was known of it is."""
    return None if connection.invalidated else connection.info.get(_PIPELINE)


def pipeline_of_transaction(session: Session) -> Pipeline:
    """The pipeline that the session's transaction is on; the same until it ends."""
    known: _Known | None = session.info.get(_PIPELINE_OF_TRANSACTION)
    if known is not None and known[0] is _innermost(session):
        return known[1]
    pipeline = pipeline_of(session.connection().connection)
    session.info[_PIPELINE_OF_TRANSACTION] = _innermost(session), pipeline
    return pipeline


def _innermost(session: Session) -> SessionTransaction | None:
    """The savepoint that the session is in, or else its transaction."""
    return session.get_nested_transaction() or session.get_transaction()


def pipeline_of(connection: PoolProxiedConnection) -> Pipeline:
    """What SQLAlchemy keeps beside a connection is gone when that is."""
    pipeline: Pipeline | None = connection.info.get(_PIPELINE)
    if pipeline is None:
        driver = cast("psycopg.Connection[Any]", connection.driver_connection)
        pipeline = connection.info[_PIPELINE] = Pipeline(driver)
    return pipeline


def pipeline_kept_for(record: ConnectionPoolEntry) -> Pipeline | None:
    """The pipeline of a connection of the pool, if it has had one already."""
    return record.info.get(_PIPELINE)


def give_up_if_lost(session: Session) -> None:
    """Let SQLAlchemy know of a connection that is closed by now."""
    held = session.connection()
    if not held.invalidated and _is_closed(held.connection):
        held.invalidate()


def _is_closed(lent: PoolProxiedConnection) -> bool:
    return cast("psycopg.Connection[Any]", lent.driver_connection).closed


def as_sqlalchemy_says(
    error: psycopg.Error, held: Connection | PoolProxiedConnection | None, sql: str
) -> Exception:
    """The error as SQLAlchemy would raise it; a connection that is lost is given up."""
    is_lost = held is None
    if held is not None:
        lent = held.connection if isinstance(held, Connection) else held
        is_lost = _is_closed(lent)
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
