"""An import from beginning to end: read in one process, written from another."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shopkeeper.database.engine import is_away
from shopkeeper.database.sessions import MAX_ATTEMPTS, deserves_another_try
from shopkeeper.imports.files import Options, RowBatch
from shopkeeper.imports.repository import jobs
from shopkeeper.imports.repository import queue as import_queue
from shopkeeper.imports.repository.additions import Ledger
from shopkeeper.imports.service import attempts as import_attempts
from shopkeeper.imports.service import jobs as imports
from shopkeeper.imports.service.attempts import ImportOvertakenError
from shopkeeper.imports.service.jobs import ImportView
from shopkeeper.imports.service.merge import Outcome, import_rows
from shopkeeper.imports.service.progress import Noter, Watcher
from shopkeeper.imports.service.reading import Reader, ReaderStand
from shopkeeper.models import ProductImport
from shopkeeper.utils.errors import InternalError, ProblemError
from shopkeeper.utils.scratch import scratch_folder

log = structlog.get_logger(__name__)

SCRATCH_PREFIX = "shopkeeper-import-"
# An import whose worker dies so often is what kills it.
MOST_ATTEMPTS = 100


def run_queued_import(engine: Engine, stand: ReaderStand, import_id: int) -> None:
    """Carry out an import of the queue, unless it has ended or another is at it."""
    with engine.connect() as connection, Session(connection) as session:
        is_ours = import_queue.hold(session, import_id)
        session.commit()
        if not is_ours:
            return
        try:
            with Session(engine) as own, own.begin():
                found = import_attempts.take_up(own, import_id)
                if found is not None:
                    own.expunge(found)
            if found is not None and found.attempt > MOST_ATTEMPTS:
                log.error("import_given_up", import_id=import_id)
                _fail(engine, found, InternalError())
            elif found is not None:
                with _file_of(engine, import_id) as path:
                    _Attempt(engine, session, stand, found, path).carry_out()
        finally:
            stand.refill()
            with contextlib.suppress(DBAPIError):
                import_queue.release(session, import_id)
                session.commit()


def run_file_import(
    engine: Engine, path: Path, options: Options, watcher: Watcher
) -> ImportView:
    """Carry out the import of a file of this machine; give what became of it.

    Raises:
        ProblemError: If the file cannot be read.
    """
    with Session(engine) as own, own.begin():
        noted = import_attempts.record_import(
            own, path.name, path.stat().st_size, options
        )
        own.expunge(noted)
    stand = ReaderStand()
    try:
        with (
            engine.connect() as connection,
            Session(connection) as session,
            scratch_folder(SCRATCH_PREFIX) as folder,
        ):
            link = folder / "file"
            link.symlink_to(path.resolve())
            import_queue.hold(session, noted.id)
            session.commit()
            _Attempt(engine, session, stand, noted, link, watcher).carry_out()
    except BaseException:
        with Session(engine) as own, own.begin(), contextlib.suppress(ProblemError):
            imports.cancel_import(own, noted.id)
        raise
    finally:
        stand.close()
    with Session(engine) as own:
        imports.find_outcome(own, noted.id)
        return imports.get_import(own, noted.id)


@contextlib.contextmanager
def _file_of(engine: Engine, import_id: int) -> Iterator[Path]:
    """The file of a queued import, on disk; beside it there is room for scratch."""
    with scratch_folder(SCRATCH_PREFIX) as folder:
        path = folder / "file"
        with Session(engine) as session, path.open("wb") as file:
            for data in jobs.stream_parts(session, import_id):
                file.write(data)
        yield path


@dataclass(frozen=True)
class _Attempt:
    """An attempt at an import, with what it takes."""

    engine: Engine
    session: Session
    stand: ReaderStand
    found: ProductImport
    path: Path
    watcher: Watcher | None = None

    def carry_out(self) -> None:
        """Try until the database lets the transaction be."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                self._try()
            except ImportOvertakenError:
                log.info("import_overtaken", import_id=self.found.id)
            except ProblemError as problem:
                _fail(self.engine, self.found, problem)
            except DBAPIError as error:
                # A commit whose answer was lost may have taken place.
                if _has_ended(self.engine, self.found):
                    return
                if not is_away(error):
                    log.exception("import_failed", import_id=self.found.id)
                    _fail(self.engine, self.found, InternalError())
                    return
                if not _may_try_again(error) or attempt == MAX_ATTEMPTS:
                    raise
                continue
            except Exception:  # Logged, and told to whoever imports.
                log.exception("import_failed", import_id=self.found.id)
                _fail(self.engine, self.found, InternalError())
            return

    def _try(self) -> None:
        reader = self.stand.take()
        try:
            connection = self.session.connection().connection.driver_connection
            assert isinstance(connection, psycopg.Connection)  # noqa: S101  # A type.
            with Noter(
                self.engine,
                self.found,
                connection=connection,
                stop_reading=reader.process.kill,
                watcher=self.watcher,
            ) as noter:
                outcome = self._import(reader, noter)
            import_attempts.end_import(
                self.session, self.found.id, self.found.attempt, outcome
            )
            self.session.commit()
            _log_end(self.found.id, outcome)
        finally:
            reader.end()
            with contextlib.suppress(DBAPIError):
                self.session.rollback()

    def _import(self, reader: Reader, noter: Noter) -> Outcome:
        found, options = self.found, Options(**self.found.options)
        layout, batches = reader.read(
            self.path, found.filename, options, lambda rows: noter.progress(rows, 0)
        )
        noter.total = layout.total_rows
        with Session(self.engine) as session, session.begin():
            import_attempts.note_layout(session, found.id, found.attempt, layout)
        rows = chain(batches, self._refilling())
        return import_rows(
            self.session,
            Ledger(found.id, found.user_id),
            layout,
            rows,
            options,
            noter.progress,
        )

    def _refilling(self) -> Iterator[RowBatch]:
        """No rows, but the moment after the last: the next reader may start."""
        self.stand.refill()
        yield from ()


def _log_end(import_id: int, outcome: Outcome) -> None:
    log.info(
        "import_ended",
        import_id=import_id,
        rows=outcome.rows,
        created=outcome.created,
        updated=outcome.updated,
        rejected=outcome.rejected,
    )


def _fail(engine: Engine, found: ProductImport, problem: ProblemError) -> None:
    with (
        contextlib.suppress(ImportOvertakenError),
        Session(engine) as own,
        own.begin(),
    ):
        import_attempts.fail_import(own, found.id, found.attempt, problem)


def _has_ended(engine: Engine, found: ProductImport) -> bool:
    with Session(engine) as own:
        return imports.get_import(own, found.id).finished_at is not None


def _may_try_again(error: DBAPIError) -> bool:
    """As for any transaction; and an import, unlike a client, may wait for a lock."""
    is_waiting = isinstance(error.orig, psycopg.errors.LockNotAvailable)
    return is_waiting or deserves_another_try(error)
