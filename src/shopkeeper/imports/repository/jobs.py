"""Imports as they are looked at: their state, their faults, their files."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from shopkeeper.models import (
    ImportFault,
    ImportPart,
    ImportRejectedRow,
    ImportStatus,
    Product,
    ProductImport,
    User,
    Variant,
)

UNFINISHED = (ImportStatus.QUEUED, ImportStatus.RUNNING)


class FaultRow(NamedTuple):
    row: int
    column: str | None
    code: str
    message: str
    value: str | None


def find_import(session: Session, import_id: int) -> ProductImport | None:
    return session.get(ProductImport, import_id, populate_existing=True)


def list_imports(
    session: Session,
    status: ImportStatus | None,
    limit: int,
    after: tuple[datetime, int] | None,
) -> list[ProductImport]:
    """Imports, the newest first."""
    query = select(ProductImport).order_by(
        ProductImport.created_at.desc(), ProductImport.id.desc()
    )
    if status is not None:
        query = query.where(ProductImport.status == status)
    if after is not None:
        query = query.where(
            tuple_(ProductImport.created_at, ProductImport.id) < tuple_(*after)
        )
    return list(session.scalars(query.limit(limit)))


def count_waiting(session: Session, user_id: int) -> int:
    """How many imports of a user have not ended; others of theirs wait meanwhile."""
    session.execute(
        select(User.id).where(User.id == user_id).with_for_update(key_share=True)
    )
    return (
        session.scalar(
            select(func.count())
            .select_from(ProductImport)
            .where(
                ProductImport.user_id == user_id, ProductImport.status.in_(UNFINISHED)
            )
        )
        or 0
    )


_FAULT = (
    ImportFault.row,
    ImportFault.column,
    ImportFault.code,
    ImportFault.message,
    ImportFault.value,
)


def list_faults(session: Session, import_id: int, limit: int) -> list[FaultRow]:
    """The first faults of an import, by row."""
    rows = session.execute(
        select(*_FAULT)
        .where(ImportFault.import_id == import_id)
        .order_by(ImportFault.row, ImportFault.place)
        .limit(limit)
    )
    return [FaultRow(*row) for row in rows]


class RejectedRow(NamedTuple):
    row: int
    cells: list[str]
    # Whether it is about a product that is there.
    is_known: bool


def list_rejected_rows(
    session: Session,
    import_id: int,
    key: tuple[str, int],
    limit: int,
    after: int,
) -> list[RejectedRow]:
    """Bad rows of an import as they stood in the file, behind a row; at most `limit`.

    Args:
        session: To read in.
        import_id: The import.
        key: `name` or `sku`, by which its rows are told, and the cell that has it,
            from 1.
        limit: How many at most.
        after: The row they come behind.
    """
    match_by, place = key
    owner = Product if match_by == "name" else Variant
    name = Product.name if match_by == "name" else Variant.sku
    known = (
        select(owner.id)
        .where(
            owner.removed_at.is_(None),
            func.lower(name) == func.lower(func.btrim(ImportRejectedRow.cells[place])),
        )
        .exists()
    )
    rows = session.execute(
        select(ImportRejectedRow.row, ImportRejectedRow.cells, known)
        .where(ImportRejectedRow.import_id == import_id, ImportRejectedRow.row > after)
        .order_by(ImportRejectedRow.row)
        .limit(limit)
    )
    return [RejectedRow(*row) for row in rows]


def list_faults_of(
    session: Session, import_id: int, rows: Sequence[int]
) -> list[FaultRow]:
    """All faults of certain rows, by row."""
    found = session.execute(
        select(*_FAULT)
        .where(ImportFault.import_id == import_id, ImportFault.row.in_(rows))
        .order_by(ImportFault.row, ImportFault.place)
    )
    return [FaultRow(*row) for row in found]


def stream_parts(session: Session, import_id: int) -> Iterator[bytes]:
    """The file of an import, a piece at a time."""
    part = 0
    while True:
        data = session.scalar(
            select(ImportPart.data).where(
                ImportPart.import_id == import_id, ImportPart.part == part
            )
        )
        if data is None:
            return
        yield data
        part += 1


def drop_parts(session: Session, import_id: int) -> None:
    """Forget the file: the import has ended."""
    session.execute(delete(ImportPart).where(ImportPart.import_id == import_id))


def take_up(session: Session, import_id: int, moment: datetime) -> ProductImport | None:
    """Begin an attempt at an import that has not ended; None if it has."""
    return session.scalar(
        update(ProductImport)
        .where(ProductImport.id == import_id, ProductImport.status.in_(UNFINISHED))
        .values(
            status=ImportStatus.RUNNING,
            attempt=ProductImport.attempt + 1,
            started_at=func.coalesce(ProductImport.started_at, moment),
            rows_read=0,
            rows_written=0,
        )
        .returning(ProductImport)
    )


def update_attempt(
    session: Session, import_id: int, attempt: int, values: dict[str, object]
) -> bool:
    """Write what an attempt has to say, as long as it is the one that counts."""
    updated = session.scalar(
        update(ProductImport)
        .where(
            ProductImport.id == import_id,
            ProductImport.attempt == attempt,
            ProductImport.status == ImportStatus.RUNNING,
        )
        .values(**values)
        .returning(ProductImport.id)
    )
    return updated is not None


def cancel(session: Session, import_id: int, moment: datetime) -> bool:
    """Cancel an import that has not ended."""
    cancelled = session.scalar(
        update(ProductImport)
        .where(ProductImport.id == import_id, ProductImport.status.in_(UNFINISHED))
        .values(status=ImportStatus.CANCELLED, finished_at=moment)
        .returning(ProductImport.id)
    )
    return cancelled is not None


def interrupt(session: Session, import_id: int, moment: datetime) -> None:
    """End an import that nobody can go on with."""
    session.execute(
        update(ProductImport)
        .where(ProductImport.id == import_id, ProductImport.status.in_(UNFINISHED))
        .values(status=ImportStatus.CANCELLED, finished_at=moment)
    )


def forget_faults(session: Session, ended_before: datetime) -> None:
    """Delete the bad rows of imports that ended long ago."""
    old = select(ProductImport.id).where(ProductImport.finished_at < ended_before)
    for table in (ImportFault, ImportRejectedRow):
        session.execute(delete(table).where(table.import_id.in_(old)))


def add_part(session: Session, import_id: int, part: int, data: bytes) -> None:
    """Keep a part of an import's file."""
    values = {"import_id": import_id, "part": part, "data": data}
    session.execute(insert(ImportPart).values(values))
