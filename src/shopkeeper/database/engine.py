"""The database: which one, and the pool of connections to it."""

import contextlib
import select
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, text
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, PoolResetState

from shopkeeper.database.embedded.session import runtime_url, shared_server
from shopkeeper.database.statements.batches import forget_waiting, send_waiting
from shopkeeper.database.statements.binding import pipeline_kept_for, set_autocommit
from shopkeeper.utils.settings import Settings

# PostgreSQL 18 brings uuidv7(); its collation pg_c_utf8 came with 17.
OLDEST_SERVER = 180000
# A connection that hangs must not hang a client, and a lock that is not had
# within seconds will not be had soon. Both end as 503 with Retry-After.
STATEMENT_SECONDS = 30.0
SESSION_OPTIONS = (
    "-c statement_timeout={milliseconds}"
    " -c lock_timeout=5s"
    " -c idle_in_transaction_session_timeout=60s"
    " -c timezone=UTC"
    " -c plan_cache_mode=force_generic_plan"
)

# A stranger's question takes one core, not all of them.
ONE_PROCESS = " -c max_parallel_workers_per_gather=0"

# Classes of SQLSTATE that say "not now" (PostgreSQL documentation, appendix A):
# connection exception, transaction rollback (after all tries), insufficient
# resources, object in use or not locked in time, operator intervention.
NOT_NOW = {"08", "40", "53", "55", "57"}


class DatabaseTooOldError(Exception):
    """The server is not a PostgreSQL that Shopkeeper runs on."""


def make_engine(url: str | URL, settings: Settings) -> Engine:
    """An engine whose pool waits `database_pool_timeout` seconds at most."""
    options = SESSION_OPTIONS.format(milliseconds=round(STATEMENT_SECONDS * 1000))
    return _make_engine(url, settings, settings.database_pool_size, options)


def make_public_engine(engine: Engine, settings: Settings) -> Engine:
    """Connections to the same database for what anybody may ask.

    They are few, and give up soon: whatever strangers read, the others' connections
    are not theirs to take. They are closed with the engine's.
    """
    milliseconds = round(settings.public_statement_seconds * 1000)
    options = SESSION_OPTIONS.format(milliseconds=milliseconds) + ONE_PROCESS
    public = _make_engine(engine.url, settings, settings.public_connections, options)
    event.listen(engine, "engine_disposed", lambda _: public.dispose())
    return public


def _make_engine(
    url: str | URL, settings: Settings, connections: int, options: str
) -> Engine:
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        # Parameters may be personal, and errors are logged.
        hide_parameters=True,
        pool_timeout=settings.database_pool_timeout,
        # The connection last used is the one most likely to be warm.
        pool_use_lifo=True,
        pool_reset_on_return=None,  # By _reset.
        connect_args={
            "connect_timeout": 3,
            # A network that swallows packets is noticed in seconds.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 15000,
            "options": options,
            "application_name": "shopkeeper",
            "client_encoding": "utf8",
            # psycopg would forget what is prepared, ours too, after each rollback
            # (DEALLOCATE ALL): what is worth preparing is a `Statement`.
            "prepare_threshold": None,
        },
    )
    event.listen(engine, "checkout", _refuse_a_dead_connection)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "reset", _reset)
    event.listen(engine, "before_cursor_execute", _send_waiting)
    event.listen(engine, "commit", _commit_waiting)
    event.listen(engine, "rollback", forget_waiting)
    event.listen(engine, "rollback_savepoint", _forget_waiting)
    return engine


def _refuse_a_dead_connection(
    connection: Any,  # psycopg's, as SQLAlchemy hands it over.
    record: ConnectionPoolEntry,
    _proxy: PoolProxiedConnection,
) -> None:
    """Notice without a round trip that the server has hung up.

    An idle connection has nothing to read unless the server has closed it or
    said why it will; the pool then replaces it before it is used.
    """
    if connection.closed:
        raise exc.DisconnectionError
    pipeline = pipeline_kept_for(record)
    if pipeline is not None:
        has_news = pipeline.has_news()
    else:
        readable = select.poll()
        readable.register(connection.fileno(), select.POLLIN)
        has_news = bool(readable.poll(0))
    if has_news:
        raise exc.DisconnectionError


def _reset(
    connection: Any, _record: ConnectionPoolEntry, _state: PoolResetState
) -> None:
    """Leave no transaction behind; most connections come back without one."""
    if connection.pgconn.transaction_status != TransactionStatus.IDLE:
        connection.rollback()


def _begin(connection: Connection) -> None:
    """Connections come from the pool as whoever had them last has left them."""
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        set_autocommit(connection.connection.driver_connection, False)


def _send_waiting(connection: Connection, *_: Any) -> None:
    send_waiting(connection)


def _commit_waiting(connection: Connection) -> None:
    """SQLAlchemy's own COMMIT finds nothing left to do then."""
    send_waiting(connection, commit=True)


def _forget_waiting(connection: Connection, *_: Any) -> None:
    forget_waiting(connection)


def check_server(engine: Engine) -> None:
    """Insist on a server that has what the schema needs.

    Raises:
        DatabaseTooOldError: If it is older than PostgreSQL 18, or not UTF-8.
    """
    with engine.connect() as connection:
        version = int(connection.scalar(text("SHOW server_version_num")) or 0)
        encoding = connection.scalar(text("SHOW server_encoding"))
    if version < OLDEST_SERVER:
        raise DatabaseTooOldError(
            "Shopkeeper needs PostgreSQL 18 or newer;"
            f" this server is {version // 10000}."
        )
    if encoding != "UTF8":
        raise DatabaseTooOldError(
            f"Shopkeeper needs a database in UTF8; this one is in {encoding}."
        )


@dataclass(frozen=True)
class DatabaseUrls:
    """The shop's database, as its owner reaches it and as the shop does.

    They are the same where there is only one role.
    """

    owner: str
    runtime: str

    @classmethod
    def of_settings(cls, settings: Settings) -> "DatabaseUrls | None":
        """Those of `DATABASE_URL`; None for the embedded server's."""
        runtime = settings.database_url
        if runtime is None:
            return None
        return cls(settings.migration_database_url or runtime, runtime)


@contextlib.contextmanager
def database_urls(settings: Settings) -> Iterator[DatabaseUrls]:
    """How to reach the shop's database, with a server behind it meanwhile."""
    given = DatabaseUrls.of_settings(settings)
    if given is not None:
        yield given
    else:
        with shared_server(settings.data_dir) as url:
            yield DatabaseUrls(url, runtime_url(settings.data_dir, url))


def is_away(error: BaseException) -> bool:
    """Whether the database could not be had, rather than refused something."""
    if isinstance(error, exc.TimeoutError):  # No connection was free.
        return True
    if not isinstance(error, exc.DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    cause = error.orig
    if not isinstance(cause, psycopg.Error):
        return False
    if cause.sqlstate is None:  # Nobody answered, or nothing was asked.
        return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
    return cause.sqlstate[:2] in NOT_NOW


@contextlib.contextmanager
def engine_for_a_while(url: str, settings: Settings) -> Iterator[Engine]:
    """An engine whose connections are closed when it is done with."""
    engine = make_engine(url, settings)
    try:
        yield engine
    finally:
        engine.dispose()
