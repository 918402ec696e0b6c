"""Imports as they are asked for: queued with their file, cancelled, looked at."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import IO

from sqlalchemy.orm import Session

from shopkeeper.database.pages import Slice
from shopkeeper.imports.errors import ImportFinished, ImportNotFound, TooManyImports
from shopkeeper.imports.files import Options
from shopkeeper.imports.repository import jobs
from shopkeeper.imports.repository import queue as import_queue
from shopkeeper.imports.repository.jobs import FaultRow
from shopkeeper.models import ImportStatus, ProductImport
from shopkeeper.utils import clock, cursor
from shopkeeper.utils.errors import RecordedProblem
from shopkeeper.utils.settings import get_settings

PART_BYTES = 1024 * 1024
FAULTS_SHOWN = 100
LONGEST_FILENAME = 255
# How much of an import is reading; the rest is writing.
READING_PERCENT = 30

# Whose cursors they are.
LIST = "imports"


@dataclass(frozen=True)
class ImportView:
    """An import as it is shown."""

    id: int
    status: ImportStatus
    filename: str
    dry_run: bool
    mode: str
    rows: int | None
    rows_read: int
    rows_written: int
    percentage: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    categories_created: Sequence[str]
    columns: dict[str, str] | None
    ignored_columns: Sequence[str] | None
    encoding: str | None
    delimiter: str | None
    decimal_mark: str | None
    format: str | None
    sheet: str | None
    header_row: int | None
    notes: Sequence[str]
    errors: Sequence[FaultRow]
    errors_url: str | None
    failure: dict[str, object] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def queue_import(
    session: Session, user_id: int, filename: str, file: IO[bytes], options: Options
) -> ImportView:
    """Keep a file and put its import in the queue, in this transaction.

    Raises:
        TooManyImports: If too many of this account's are waiting already.
    """
    most = get_settings().imports_waiting
    if jobs.count_waiting(session, user_id) >= most:
        raise TooManyImports(f"{most} imports are waiting already.", seconds=10)
    queued = record(session, user_id, filename, options, ImportStatus.QUEUED)
    part = 0
    while data := file.read(PART_BYTES):
        jobs.add_part(session, queued.id, part, data)
        queued.size += len(data)
        part += 1
    session.flush()
    import_queue.defer(session, queued.id, user_id)
    return _view(session, queued)


def record(
    session: Session,
    user_id: int | None,
    filename: str,
    options: Options,
    status: ImportStatus,
) -> ProductImport:
    now = clock.now()
    noted = ProductImport(
        user_id=user_id,
        status=status,
        filename=_shown_name(filename),
        size=0,
        options=asdict(options),
        attempt=0,
        created_at=now,
        started_at=now if status is ImportStatus.RUNNING else None,
    )
    session.add(noted)
    session.flush()
    session.refresh(noted)
    return noted


def _shown_name(filename: str) -> str:
    """A file's name as far as it can be kept and shown."""
    shown = filename.encode("utf-8", "replace").decode()[-LONGEST_FILENAME:]
    return "".join(c if c.isprintable() else "\ufffd" for c in shown)


def get_import(session: Session, import_id: int) -> ImportView:
    """An import as it is now.

    Raises:
        ImportNotFound: If there is none.
    """
    return _view(session, find_job(session, import_id))


def find_outcome(session: Session, import_id: int) -> ImportView | None:
    """An import that has ended.

    Raises:
        RecordedProblem: If its file could not be read, or a fault of ours ended it.
    """
    found = find_job(session, import_id)
    if found.finished_at is None:
        return None
    if found.failure is not None:
        raise RecordedProblem(**found.failure)
    return _view(session, found)


def list_imports(
    session: Session, status: ImportStatus | None, limit: int, after: str | None
) -> Slice[ImportView]:
    """Imports, the newest first."""
    key = None
    if after is not None:
        created_at, import_id = cursor.decode(LIST, after, [str, int])
        key = (cursor.moment(created_at), import_id)
    rows = jobs.list_imports(session, status, limit + 1, key)
    page = Slice.cut(
        rows,
        limit,
        lambda row: cursor.encode(LIST, [row.created_at.isoformat(), row.id]),
    )
    return page.turned(lambda row: _view(session, row, with_faults=False))


def cancel_import(session: Session, import_id: int) -> None:
    """Cancel an import: from the commit on, nothing of it will be written.

    Raises:
        ImportNotFound: If there is none.
        ImportFinished: If it has ended.
    """
    if jobs.cancel(session, import_id, clock.now()):
        jobs.drop_parts(session, import_id)
        return
    found = find_job(session, import_id)
    raise ImportFinished(f"Import {import_id} has {found.status} already.")


def find_job(session: Session, import_id: int) -> ProductImport:
    """The record of an import.

    Raises:
        ImportNotFound: If there is none.
    """
    found = jobs.find_import(session, import_id)
    if found is None:
        raise ImportNotFound(f"There is no import {import_id}.")
    return found


def _view(
    session: Session, found: ProductImport, *, with_faults: bool = True
) -> ImportView:
    faults = (
        jobs.list_faults(session, found.id, FAULTS_SHOWN)
        if with_faults and found.rejected
        else []
    )
    ignored = None
    reading = found.reading or {}
    if found.header is not None and found.columns is not None:
        used = {*found.columns.values(), *reading.get("also_read", [])}
        ignored = [head for head in found.header if head and head not in used]
    return ImportView(
        id=found.id,
        status=found.status,
        filename=found.filename,
        dry_run=found.options["dry_run"],
        mode=found.options["mode"],
        rows=found.total_rows,
        rows_read=found.rows_read,
        rows_written=found.rows_written,
        percentage=_percentage(found),
        created=found.created,
        updated=found.updated,
        unchanged=found.unchanged,
        rejected=found.rejected,
        categories_created=found.categories_created,
        columns=found.columns,
        ignored_columns=ignored,
        encoding=reading.get("encoding"),
        delimiter=reading.get("delimiter"),
        decimal_mark=reading.get("decimal_mark"),
        format=reading.get("format"),
        sheet=reading.get("sheet"),
        header_row=reading.get("header_row"),
        notes=reading.get("notes", []),
        errors=faults,
        errors_url=f"/imports/{found.id}/errors" if found.rejected else None,
        failure=found.failure,
        created_at=found.created_at,
        started_at=found.started_at,
        finished_at=found.finished_at,
    )


def _percentage(found: ProductImport) -> int:
    has_report = found.finished_at is not None and found.failure is None
    if has_report and found.status != ImportStatus.CANCELLED:
        return 100
    if not found.total_rows:
        return 0
    share = (
        READING_PERCENT * found.rows_read + (99 - READING_PERCENT) * found.rows_written
    )
    return share // found.total_rows
