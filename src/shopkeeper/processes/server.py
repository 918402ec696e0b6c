"""Serving: the database made ready, then processes under one supervisor.

The process that is started makes the database ready and supervises: the embedded
PostgreSQL if there is one, the server processes (granian), and the worker of jobs. It
looks after payments that were left undecided, and answers no request itself.
"""

import contextlib
import multiprocessing
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

import structlog
from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from shopkeeper.app import create_app
from shopkeeper.checkout.service.reconciliation import reconcile
from shopkeeper.database.embedded.session import own_server, runtime_url
from shopkeeper.database.engine import (
    DatabaseUrls,
    check_server,
    engine_for_a_while,
    make_engine,
)
from shopkeeper.database.migrations import migrate
from shopkeeper.database.roles import grant
from shopkeeper.database.sessions import make_session_factory
from shopkeeper.payments.gateways.choice import Gateways
from shopkeeper.processes.announcements import (
    announce,
    offer_setup,
    warn_of_credit,
    warn_of_rights,
)
from shopkeeper.processes.currency import settle_currency
from shopkeeper.processes.worker import (
    CONNECTIONS,
    FINISH_WITHIN_SECONDS,
    OTHER_CONNECTIONS,
)
from shopkeeper.utils.faults import spare_this_process
from shopkeeper.utils.observability import MULTIPROCESS_FOLDER, configure_logging
from shopkeeper.utils.recurrence import every
from shopkeeper.utils.scratch import scratch_folder, sweep
from shopkeeper.utils.secret import secret_key
from shopkeeper.utils.settings import Settings, get_settings
from shopkeeper.utils.slow_bodies import watch_bodies
from shopkeeper.utils.supervision import SUPERVISOR_PID, end_with_supervisor, kept

log = structlog.get_logger(__name__)

RECONCILE_SECONDS = 1.0
# Connections beside those: the reconciler's, commands, an operator's psql.
SPARE_CONNECTIONS = 20
# Connections that wait to be accepted, and that a worker has accepted at once, most
# of which are idle; and files that it has besides.
BACKLOG = 4096
MOST_CONNECTIONS = 16384
FEWEST_CONNECTIONS = 256
OTHER_FILES = 512
# In which the head of a request has to come, on a connection that is idle too; and
# how large it may be.
HEAD_MILLISECONDS = 15_000
# The application says what is wrong with heads that are smaller, but too large.
LARGEST_HEAD = 128 * 1024
# The worker of jobs, as a process of its own.
WORKER = [sys.executable, "-m", "shopkeeper", "worker"]
# How a server process learns of the database its supervisor runs.
EMBEDDED_URL = "SHOPKEEPER_EMBEDDED_URL"
METRICS_PREFIX = "shopkeeper-metrics-"


class AddressInUseError(Exception):
    """Another program listens on the port."""


def serve(settings: Settings) -> None:
    """Serve until told to stop by SIGTERM or SIGINT.

    Raises:
        AddressInUseError: If the port is taken.
        EmbeddedServerError: If the embedded PostgreSQL cannot run.
        DatabaseTooNewError, DatabaseTooOldError: If the database will not do.
        CurrencyMismatchError: If its books are in another currency.
    """
    configure_logging(settings.log_level)
    # A fork would copy the threads' locks and the lock on DATA_DIR.
    multiprocessing.set_start_method("spawn", force=True)
    # Until the servers run and granian listens for it; then again after them.
    signal.signal(signal.SIGTERM, _leave)
    _check_address_is_free(settings)
    warn_of_credit(settings)
    with _database(settings) as urls, _metrics_folder():
        prepare_database(urls, settings)
        warn_of_rights(urls.runtime, settings)
        secret_key()  # Made here once, before others race for it.
        offer_setup(urls.runtime, settings)
        os.environ[SUPERVISOR_PID] = str(os.getpid())
        spare_this_process()  # Its reconciler comes to points of payments, too.
        with (
            _reconciler(urls.runtime, settings),
            kept(WORKER, FINISH_WITHIN_SECONDS + 5),
        ):
            _run_servers(settings)


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def prepare_database(urls: DatabaseUrls, settings: Settings) -> list[str]:
    """Migrate the database and settle its currency; give the revisions applied.

    Raises:
        DatabaseTooNewError, DatabaseTooOldError: If the database will not do.
        RuntimeRoleError: If the shop's role is not there, or may not migrate.
        CurrencyMismatchError: If its books are in another currency.
    """
    with engine_for_a_while(urls.owner, settings) as engine:
        check_server(engine)
        applied = migrate(engine)
        if urls.owner != urls.runtime:
            grant(engine, urls.runtime)
    with (
        engine_for_a_while(urls.runtime, settings) as engine,
        make_session_factory(engine).begin() as session,
    ):
        settle_currency(session, settings.currency)
    if applied:
        log.info("database_migrated", revisions=applied)
    return applied


def make_server_app() -> Flask:
    """What granian calls in each server process."""
    end_with_supervisor(int(os.environ[SUPERVISOR_PID]))
    settings = get_settings()
    configure_logging(settings.log_level, for_good=True)
    _allow_many_connections()
    watch_bodies(settings.port, settings.body_least_rate)
    url = settings.database_url or os.environ[EMBEDDED_URL]
    return create_app(make_engine(url, settings))


def _allow_many_connections() -> None:
    """Let idle connections be many, up to what the system allows a process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[DatabaseUrls]:
    given = DatabaseUrls.of_settings(settings)
    if given is not None:
        yield given
        return
    of_server = settings.database_pool_size + settings.public_connections
    of_jobs = CONNECTIONS * settings.imports_at_once + OTHER_CONNECTIONS
    connections = settings.workers * of_server + of_jobs + SPARE_CONNECTIONS
    with own_server(settings.data_dir, max(100, connections)) as url:
        urls = DatabaseUrls(url, runtime_url(settings.data_dir, url))
        os.environ[EMBEDDED_URL] = urls.runtime
        yield urls


@contextlib.contextmanager
def _metrics_folder() -> Iterator[None]:
    """A folder in which the processes' metrics meet, for this run only."""
    sweep(METRICS_PREFIX)
    with scratch_folder(METRICS_PREFIX) as folder:
        os.environ[MULTIPROCESS_FOLDER] = str(folder)
        yield


def _check_address_is_free(settings: Settings) -> None:
    # The processes share the port (SO_REUSEPORT), and would share it with a stranger.
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise AddressInUseError(
            f"Cannot listen on {settings.host}:{settings.port} ({error.strerror})."
            " Stop what listens there, or set PORT (and HOST) to another."
        ) from error


class _ShortMemory(dict[int, float]):
    """When granian has started a process anew: never, as far as it can tell.

    It would give up when a process dies young a second time. Processes may be killed
    in quick succession, and a shop is to stay open. What keeps a server from starting
    at all has been met before there are any.
    """

    def __setitem__(self, number: int, moment: float) -> None:
        """Remember nothing."""


def _run_servers(settings: Settings) -> None:
    granian = Granian(
        "shopkeeper.processes.server:make_server_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        # A stream of HTTP/2 keeps its reader even when its connection is gone.
        http=HTTPModes.http1,
        workers=settings.workers,
        blocking_threads=settings.threads,
        # Idle connections cost a file and little memory; without room for thousands,
        # a thousand of them would be all there is.
        backlog=BACKLOG,
        backpressure=_room_for_connections(),
        http1_settings=HTTP1Settings(
            header_read_timeout=HEAD_MILLISECONDS, max_buffer_size=LARGEST_HEAD
        ),
        factory=True,
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=1.0,
        workers_kill_timeout=10,
        log_level=LogLevels.error,
    )
    granian.respawned_wrks = _ShortMemory()
    granian.on_startup(lambda: announce(settings))
    granian.serve()


def _room_for_connections() -> int:
    """Connections that a worker accepts at once: nearly as many as its files may be."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(FEWEST_CONNECTIONS, min(MOST_CONNECTIONS, hard - OTHER_FILES))


@contextlib.contextmanager
def _reconciler(url: str, settings: Settings) -> Iterator[None]:
    """What was left undecided with a provider is looked after each second."""
    engine = make_engine(url, settings)
    sessions = make_session_factory(engine)
    gateways = Gateways(settings, sessions)
    try:
        with every(
            RECONCILE_SECONDS,
            "reconciler",
            lambda is_over: reconcile(sessions, gateways, is_over),
        ):
            yield
    finally:
        engine.dispose()
