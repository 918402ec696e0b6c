from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Id, Moment


class AuditStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"  # It has looked at everything, whatever it has found.
    FAILED = "failed"


class Audit(Base):
    """A look at all the books, when it was, and what was found.

    `is_sound` says whether every promise is kept; `findings` tells of each how many
    rows were looked at and which break it, `repairs` what was mended before.
    """

    __tablename__ = "audits"
    __table_args__ = (
        CheckConstraint(
            "status IN ('queued', 'running', 'succeeded', 'failed')",
            name="status_known",
        ),
        CheckConstraint(
            "(finished_at IS NOT NULL) = (status IN ('succeeded', 'failed'))",
            name="ended_has_a_time",
        ),
        CheckConstraint(
            "(status = 'succeeded') = (is_sound IS NOT NULL)"
            " AND (status = 'succeeded') = (findings IS NOT NULL)",
            name="verdict_at_the_end",
        ),
    )

    id: Mapped[Id]
    # Nobody, if it was due by the clock.
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT")
    )
    status: Mapped[AuditStatus] = mapped_column(Text)
    with_repair: Mapped[bool]
    is_sound: Mapped[bool | None]
    findings: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    repairs: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    created_at: Mapped[Moment]
    started_at: Mapped[Moment | None]
    finished_at: Mapped[Moment | None]


Index("ix_audits_created_at", Audit.created_at.desc(), Audit.id.desc())
# One at a time: a second would look at the same.
Index(
    "uq_audits_under_way",
    Audit.finished_at.is_(None),
    unique=True,
    postgresql_where=Audit.finished_at.is_(None),
)
