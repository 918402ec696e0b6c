"""Audits as they are asked for: one under way at most, and what the others found."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shopkeeper.database import queue
from shopkeeper.models import Audit, AuditStatus

QUEUE = TASK = "audits"


def add(
    session: Session, user_id: int | None, moment: datetime, *, with_repair: bool
) -> int | None:
    """Note an audit that is to be done, and have it done; None if one is under way."""
    audit_id = session.scalar(
        insert(Audit)
        .values(
            user_id=user_id,
            status=AuditStatus.QUEUED,
            with_repair=with_repair,
            created_at=moment,
        )
        .on_conflict_do_nothing()
        .returning(Audit.id)
    )
    if audit_id is not None:
        queue.defer(session, TASK, QUEUE, QUEUE, audit_id=audit_id)
    return audit_id


def find_under_way(session: Session) -> Audit | None:
    return session.scalar(select(Audit).where(Audit.finished_at.is_(None)))


def find(session: Session, audit_id: int) -> Audit | None:
    return session.get(Audit, audit_id, populate_existing=True)


def find_last_moment(session: Session) -> datetime | None:
    """When an audit was last asked for."""
    return session.scalar(
        select(Audit.created_at).order_by(Audit.created_at.desc()).limit(1)
    )


def list_audits(
    session: Session, limit: int, after: tuple[datetime, int] | None
) -> Sequence[Audit]:
    """Audits, the newest first; at most `limit`."""
    query = select(Audit)
    if after is not None:
        query = query.where(
            tuple_(Audit.created_at, Audit.id) < tuple_(*map(literal, after))
        )
    return session.scalars(
        query.order_by(Audit.created_at.desc(), Audit.id.desc()).limit(limit)
    ).all()


def take_up(session: Session, audit_id: int, moment: datetime) -> Audit | None:
    """Begin an audit, or begin it anew; None if it has ended."""
    return session.scalar(
        update(Audit)
        .where(Audit.id == audit_id, Audit.finished_at.is_(None))
        .values(status=AuditStatus.RUNNING, started_at=moment)
        .returning(Audit)
    )


def add_repairs(session: Session, audit_id: int, sentences: Sequence[str]) -> None:
    """Keep what was mended, in the transaction that mends it."""
    session.execute(
        update(Audit)
        .where(Audit.id == audit_id)
        .values(repairs=Audit.repairs + list(sentences))
    )


def end(session: Session, audit_id: int, values: dict[str, Any]) -> None:
    """End an audit, unless it has ended."""
    session.execute(
        update(Audit)
        .where(Audit.id == audit_id, Audit.finished_at.is_(None))
        .values(**values)
    )


def give_up(session: Session, before: datetime, moment: datetime) -> None:
    """End audits begun before a moment: whatever was at them is gone."""
    session.execute(
        update(Audit)
        .where(
            Audit.finished_at.is_(None),
            func.coalesce(Audit.started_at, Audit.created_at) < before,
        )
        .values(status=AuditStatus.FAILED, finished_at=moment)
    )
