"""How far an import is: written down while it runs, and whether it still counts.

An import's own transaction shows nothing before its commit. So progress is
written, and a cancellation noticed, on another connection.
"""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shopkeeper.imports.service import attempts as import_attempts
from shopkeeper.imports.service.attempts import ImportOvertakenError
from shopkeeper.models import ProductImport

log = structlog.get_logger(__name__)

NOTED_EVERY_SECONDS = 0.5

Watcher = Callable[[int, int, int | None], None]


class Noter:
    """A thread that notes the progress of one attempt, and stops what is in vain.

    Args:
        engine: For connections of its own.
        found: The import, as the attempt has taken it up.
        connection: The attempt's, whose statement is cancelled with the import.
        stop_reading: Ends the process that reads.
        watcher: Is told rows read, rows written, and rows in all.
    """

    def __init__(
        self,
        engine: Engine,
        found: ProductImport,
        *,
        connection: psycopg.Connection,
        stop_reading: Callable[[], None],
        watcher: Watcher | None,
    ) -> None:
        self.total: int | None = None
        self.is_overtaken = threading.Event()
        self._engine = engine
        self._found = found
        self._connection = connection
        self._stop_reading = stop_reading
        self._watcher = watcher
        self._read = self._written = 0
        self._done = threading.Event()
        self._thread = threading.Thread(
            target=self._note, name="import-progress", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()
        # Whatever has failed then has failed for this reason.
        if error is not None and self.is_overtaken.is_set():
            raise ImportOvertakenError from error

    def progress(self, read: int, written: int) -> None:
        """Take note, to be written down soon.

        Raises:
            ImportOvertakenError: If the attempt no longer counts.
        """
        if self.is_overtaken.is_set():
            raise ImportOvertakenError
        self._read, self._written = max(self._read, read), written
        if self._watcher is not None:
            self._watcher(self._read, written, self.total)

    def _note(self) -> None:
        found = self._found
        while not self._done.wait(NOTED_EVERY_SECONDS):
            try:
                with Session(self._engine) as session, session.begin():
                    import_attempts.note_progress(
                        session, found.id, found.attempt, self._read, self._written
                    )
            except ImportOvertakenError:
                self.is_overtaken.set()
                self._stop_reading()
                self._connection.cancel_safe()
                return
            except DBAPIError as error:  # The import itself will meet it too.
                log.warning("progress_not_noted", error=type(error).__name__)
