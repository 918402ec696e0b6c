"""The worker of jobs: imports as they come, and what is due from time to time.

Several imports at once, but of one account one at a time: a file that takes minutes
to read holds up its owner's next, and nobody else's. Periodic jobs have a queue of
their own, so that no import holds them up; however many shops run on a database, each
is done once when it is due.
"""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable

import structlog
from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shopkeeper.audit.service import jobs as audits
from shopkeeper.database.engine import make_engine
from shopkeeper.database.queue import SCHEMA
from shopkeeper.database.sessions import make_session_factory
from shopkeeper.imports.repository import queue as import_queue
from shopkeeper.imports.service import attempts as import_attempts
from shopkeeper.imports.service.reading import ReaderStand
from shopkeeper.imports.service.run import SCRATCH_PREFIX, run_queued_import
from shopkeeper.payments.gateways.choice import Gateways
from shopkeeper.processes.chores import PERIODIC, schedule_chores
from shopkeeper.utils import clock
from shopkeeper.utils.scratch import sweep
from shopkeeper.utils.settings import Settings, get_settings

log = structlog.get_logger(__name__)

LOOK_FOR_ORPHANS_SECONDS = 1.0
LOOK_FOR_JOBS_SECONDS = 2.0
# An import that is not done by then is taken up by the next worker.
FINISH_WITHIN_SECONDS = 5.0
# Of an import: its own, the one that notes its progress, and moments of others.
CONNECTIONS = 4
# Beside those of imports: of a periodic job, and of the queues themselves.
OTHER_CONNECTIONS = 6


def run_worker(url: str, settings: Settings) -> None:
    """Work until told to stop by SIGTERM or SIGINT.

    An import that is under way then is given a moment to end. If it does not,
    its transaction ends with this process, and another worker begins it anew.
    """
    sweep(SCRATCH_PREFIX)
    at_once = settings.imports_at_once
    room = {"database_pool_size": CONNECTIONS * at_once + 1}
    engine = make_engine(url, settings.model_copy(update=room))
    stand = ReaderStand()
    try:
        asyncio.run(_work(engine, stand, at_once))
    finally:
        stand.close()
        engine.dispose()


async def _work(engine: Engine, stand: ReaderStand, at_once: int) -> None:
    is_over = threading.Event()
    app = _make_app(engine, stand, is_over.is_set)
    async with app.open_async():
        working = asyncio.gather(
            _take_jobs(app, import_queue.QUEUE, at_once),
            _take_jobs(app, PERIODIC, 1),
            _take_jobs(app, audits.QUEUE, 1),
        )
        returning = asyncio.create_task(_return_work(app, engine))
        # A thread that imports cannot be stopped, but its process can be ended.
        patience = threading.Timer(FINISH_WITHIN_SECONDS, os._exit, (0,))
        patience.daemon = True
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _leave, working, patience, is_over)
        log.info("worker_waiting", queue=import_queue.QUEUE)
        with contextlib.suppress(asyncio.CancelledError):
            await working
        returning.cancel()
        patience.cancel()
    log.info("worker_stopped")


async def _take_jobs(app: App, queue: str, at_once: int) -> None:
    await app.run_worker_async(
        queues=[queue],
        concurrency=at_once,
        name=f"shopkeeper-{os.getpid()}-{queue}",
        fetch_job_polling_interval=LOOK_FOR_JOBS_SECONDS,
        delete_jobs="always",
        install_signal_handlers=False,
    )


def _leave(
    working: "asyncio.Future[tuple[None, None, None]]",
    patience: threading.Timer,
    is_over: threading.Event,
) -> None:
    if not is_over.is_set():  # Or it was asked already.
        is_over.set()
        patience.start()
        working.cancel()


def _make_app(engine: Engine, stand: ReaderStand, is_over: Callable[[], bool]) -> App:
    # Not as a URL: libpq and SQLAlchemy write a space in a path differently.
    _, parameters = engine.dialect.create_connect_args(engine.url)
    parameters.pop("context", None)  # SQLAlchemy's own adapters.
    connector = PsycopgConnector(
        conninfo=make_conninfo(**parameters),
        kwargs={
            "options": f"-c search_path={SCHEMA} -c timezone=UTC",
            "application_name": "shopkeeper-worker",
        },
        min_size=1,
        max_size=OTHER_CONNECTIONS - 1,
    )
    app = App(connector=connector)

    # The database may be away for a while; then the import is not to blame.
    again = RetryStrategy(max_attempts=100, wait=2, retry_exceptions={DBAPIError})

    @app.task(name=import_queue.TASK, queue=import_queue.QUEUE, retry=again)
    def import_products(import_id: int) -> None:
        run_queued_import(engine, stand, import_id)

    sessions = make_session_factory(engine)

    @app.task(name=audits.TASK, queue=audits.QUEUE, retry=again)
    def audit_books(audit_id: int) -> None:
        audits.run_audit(sessions, Gateways(get_settings(), sessions), audit_id)

    schedule_chores(app, sessions, is_over)
    return app


async def _return_work(app: App, engine: Engine) -> None:
    """Put back into the queue what a dead worker has left, or nobody has.

    A periodic job that a dead worker was at is taken out: it is due again soon.
    """
    while True:
        await asyncio.sleep(LOOK_FOR_ORPHANS_SECONDS)
        try:
            for job in await app.job_manager.get_stalled_jobs(queue=PERIODIC):
                await app.job_manager.finish_job_by_id_async(
                    job.id or 0, Status.FAILED, delete_job=True
                )
            for job in await app.job_manager.get_stalled_jobs(queue=audits.QUEUE):
                await app.job_manager.retry_job_by_id_async(
                    job.id or 0, retry_at=clock.now()
                )
            for job_id in await asyncio.to_thread(_find_orphans, engine):
                log.info("job_returned", job_id=job_id)
                await app.job_manager.retry_job_by_id_async(
                    job_id, retry_at=clock.now()
                )
        except (DBAPIError, ConnectorException) as error:
            log.warning("orphans_not_found", error=type(error).__name__)


def _find_orphans(engine: Engine) -> list[int]:
    with Session(engine) as session, session.begin():
        import_attempts.return_lost(session)
        return import_queue.find_orphans(session)
