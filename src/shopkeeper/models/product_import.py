from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Id, Moment, Reference


class ImportStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = "('succeeded', 'failed', 'cancelled')"


class ProductImport(Base):
    """A file of products on its way into the catalogue, and what became of it.

    `attempt` counts how often it was taken up. Only the attempt that the row
    names may end it, in the transaction that writes the catalogue: an import
    that was taken from a worker believed dead is never applied twice.
    """

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint(
            "status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')",
            name="status_known",
        ),
        CheckConstraint(
            f"(finished_at IS NOT NULL) = (status IN {ENDED})",
            name="ended_has_a_time",
        ),
        CheckConstraint(
            "status <> 'running' OR started_at IS NOT NULL", name="running_has_a_time"
        ),
        CheckConstraint("size >= 0", name="size_not_negative"),
        CheckConstraint(
            "rows_read >= 0 AND rows_written >= 0 AND total_rows >= 0",
            name="rows_not_negative",
        ),
        CheckConstraint(
            "created >= 0 AND updated >= 0 AND unchanged >= 0 AND rejected >= 0",
            name="counts_not_negative",
        ),
    )

    id: Mapped[Id]
    # Nobody, if it was begun on the command line.
    user_id: Mapped[Reference | None] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT")
    )
    status: Mapped[ImportStatus] = mapped_column(Text)
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    filename: Mapped[str]
    size: Mapped[Reference]
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    header: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    columns: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    # How the file was read: its encoding, delimiter, sheet, and what to know of it.
    reading: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    total_rows: Mapped[int | None]
    rows_read: Mapped[int] = mapped_column(server_default=text("0"))
    rows_written: Mapped[int] = mapped_column(server_default=text("0"))
    created: Mapped[int] = mapped_column(server_default=text("0"))
    updated: Mapped[int] = mapped_column(server_default=text("0"))
    unchanged: Mapped[int] = mapped_column(server_default=text("0"))
    rejected: Mapped[int] = mapped_column(server_default=text("0"))
    categories_created: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'")
    )
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[Moment]
    started_at: Mapped[Moment | None]
    finished_at: Mapped[Moment | None]


Index("ix_imports_created_at", ProductImport.created_at, ProductImport.id)


class ImportPart(Base):
    """A piece of an import's file, until the import has ended."""

    __tablename__ = "import_parts"

    import_id: Mapped[int] = mapped_column(
        ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True
    )
    part: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(BYTEA)


class ImportFault(Base):
    """One thing that is wrong with one row of a file."""

    __tablename__ = "import_errors"

    import_id: Mapped[int] = mapped_column(
        ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True
    )
    row: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    column: Mapped[str | None]
    code: Mapped[str]
    message: Mapped[str]
    value: Mapped[str | None]


class ImportRejectedRow(Base):
    """The cells of a bad row as they stood in the file."""

    __tablename__ = "import_rejected_rows"

    import_id: Mapped[int] = mapped_column(
        ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True
    )
    row: Mapped[int] = mapped_column(primary_key=True)
    cells: Mapped[list[str]] = mapped_column(ARRAY(Text))
