"""Attempts at an import: begun, noted, ended, and taken over from the dead.

Only the attempt that the import's row names may write to it. That row is
written last in the very transaction that writes the catalogue, so that no
import is applied twice, whoever was believed dead.
"""

from sqlalchemy.orm import Session

from shopkeeper.imports.files import Layout, Options
from shopkeeper.imports.repository import jobs
from shopkeeper.imports.repository import queue as import_queue
from shopkeeper.imports.service.jobs import record
from shopkeeper.imports.service.merge import Outcome
from shopkeeper.models import ImportStatus, ProductImport
from shopkeeper.utils import clock
from shopkeeper.utils.errors import ProblemError


class ImportOvertakenError(Exception):
    """The import was cancelled, or another worker has taken it up."""


def record_import(
    session: Session, filename: str, size: int, options: Options
) -> ProductImport:
    """Note an import that the one who notes it carries out."""
    noted = record(session, None, filename, options, ImportStatus.RUNNING)
    noted.attempt, noted.size = 1, size
    noted.started_at = noted.created_at
    session.flush()
    return noted


def take_up(session: Session, import_id: int) -> ProductImport | None:
    """Begin an attempt; None if there is nothing left to do."""
    return jobs.take_up(session, import_id, clock.now())


def note_layout(session: Session, import_id: int, attempt: int, layout: Layout) -> None:
    """Note what was found out of the file.

    Raises:
        ImportOvertakenError: If the attempt no longer counts.
    """
    values: dict[str, object] = {
        "header": layout.header,
        "columns": layout.columns,
        "total_rows": layout.total_rows,
        "reading": {
            "told_header": layout.told_header,
            "encoding": layout.encoding,
            "delimiter": layout.delimiter,
            "decimal_mark": layout.decimal_mark,
            "sheet": layout.sheet,
            "header_row": layout.header_row,
            "notes": layout.notes,
            "format": layout.program,
            "also_read": layout.also_read,
        },
    }
    _update(session, import_id, attempt, values)


def note_progress(
    session: Session, import_id: int, attempt: int, read: int, written: int
) -> None:
    """Note how far an attempt is.

    Raises:
        ImportOvertakenError: If the attempt no longer counts.
    """
    values: dict[str, object] = {"rows_read": read, "rows_written": written}
    _update(session, import_id, attempt, values)


def end_import(
    session: Session, import_id: int, attempt: int, outcome: Outcome
) -> None:
    """End an import with what it has done, in the transaction that has done it.

    Raises:
        ImportOvertakenError: If the attempt no longer counts; nothing may be kept.
    """
    kept = not (outcome.has_failed or outcome.is_dry_run)
    written = outcome.rows - outcome.rejected if kept else 0
    values: dict[str, object] = {
        "status": ImportStatus.FAILED if outcome.has_failed else ImportStatus.SUCCEEDED,
        "finished_at": clock.now(),
        "rows_read": outcome.rows,
        "rows_written": written,
        "created": outcome.created,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
        "rejected": outcome.rejected,
        "categories_created": list(outcome.categories_created),
    }
    _update(session, import_id, attempt, values)
    jobs.drop_parts(session, import_id)


def fail_import(
    session: Session, import_id: int, attempt: int, problem: ProblemError
) -> None:
    """End an import with the problem that keeps it from being done.

    Raises:
        ImportOvertakenError: If the attempt no longer counts.
    """
    failure: dict[str, object] = {
        "code": problem.code,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "members": problem.members,
    }
    values: dict[str, object] = {
        "status": ImportStatus.FAILED,
        "finished_at": clock.now(),
        "rows_written": 0,
        "failure": failure,
    }
    _update(session, import_id, attempt, values)
    jobs.drop_parts(session, import_id)


def return_lost(session: Session) -> None:
    """Give imports that nobody is at, and no job stands for, a job or an end.

    A job may be lost with the database it could not be put back into. What
    was begun on the command line has no file here to begin anew with.
    """
    for import_id in import_queue.find_lost(session):
        if next(jobs.stream_parts(session, import_id), None) is not None:
            found = jobs.find_import(session, import_id)
            import_queue.defer(session, import_id, found.user_id if found else None)
        else:
            jobs.interrupt(session, import_id, clock.now())


def _update(
    session: Session, import_id: int, attempt: int, values: dict[str, object]
) -> None:
    if not jobs.update_attempt(session, import_id, attempt, values):
        raise ImportOvertakenError
