"""Audits as jobs: asked for, done by the worker, looked at."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.audit.errors import AuditNotFound, AuditUnderWay
from shopkeeper.audit.repository import jobs
from shopkeeper.audit.service.audit import Finding, audit
from shopkeeper.audit.service.repairs import repair
from shopkeeper.database.engine import is_away
from shopkeeper.database.pages import Slice
from shopkeeper.database.sessions import deserves_another_try, in_transaction
from shopkeeper.models import Audit, AuditStatus
from shopkeeper.payments.gateways.choice import Gateways
from shopkeeper.utils import clock, cursor

log = structlog.get_logger(__name__)
# Where they wait, and as what.
QUEUE, TASK = jobs.QUEUE, jobs.TASK
LIST = "audits"
# One may end in the very moment in which another is asked for.
MOST_TRIES = 3
# What is under way for longer is lost: its worker has died, and its job with it.
LOST_AFTER = timedelta(hours=6)


@dataclass(frozen=True)
class AuditView:
    """An audit as it is shown."""

    id: int
    status: AuditStatus
    user_id: int | None
    repair: bool
    sound: bool | None
    promises: int
    broken: int
    repairs: Sequence[str]
    checks: Sequence[dict[str, Any]]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def queue_audit(session: Session, user_id: int | None, *, with_repair: bool) -> int:
    """Have the books looked at; the one that is under way does, if nothing is mended.

    Raises:
        AuditUnderWay: If something is to be mended, and another looks at the books.
    """
    for _ in range(MOST_TRIES):
        made = jobs.add(session, user_id, clock.now(), with_repair=with_repair)
        if made is not None:
            return made
        under_way = jobs.find_under_way(session)
        if under_way is None:
            continue  # It has just ended.
        mends = under_way.with_repair and under_way.status is AuditStatus.QUEUED
        if with_repair and not mends:
            break
        return under_way.id
    raise AuditUnderWay("Try again when it has ended.")


def queue_when_due(session: Session, hours: int) -> None:
    """Have the books looked at if nobody has for so many hours; never, if for none."""
    now = clock.now()
    jobs.give_up(session, now - LOST_AFTER, now)
    last = jobs.find_last_moment(session)
    if hours and (last is None or last <= now - timedelta(hours=hours)):
        jobs.add(session, None, now, with_repair=False)


def run_audit(
    sessions: sessionmaker[Session], gateways: Gateways, audit_id: int
) -> None:
    """Carry out an audit that is waiting, and keep what it finds.

    Raises:
        DBAPIError: If the database is away; then it is to be done again.
    """
    taken = in_transaction(
        sessions, lambda own: jobs.take_up(own, audit_id, clock.now())
    )
    if taken is None:
        return
    values: dict[str, Any]
    try:
        if taken.with_repair:
            repair(sessions, gateways, audit_id=audit_id, user_id=taken.user_id)
        with sessions() as session:
            values = _verdict(list(audit(session)))
    except Exception as error:  # Logged, and told to whoever has asked for it.
        if isinstance(error, DBAPIError) and is_passing(error):
            raise
        log.exception("audit_failed", audit_id=audit_id)
        values = {"status": AuditStatus.FAILED}
    values["finished_at"] = clock.now()
    in_transaction(sessions, lambda own: jobs.end(own, audit_id, values))


def is_passing(error: DBAPIError) -> bool:
    """Whether the same may go well another time: the database is away, or busy."""
    return is_away(error) or deserves_another_try(error)


def _verdict(findings: Sequence[Finding]) -> dict[str, Any]:
    is_sound = all(finding.is_sound for finding in findings)
    if not is_sound:
        log.error("books_are_wrong", broken=sum(each.broken for each in findings))
    return {
        "status": AuditStatus.SUCCEEDED,
        "is_sound": is_sound,
        "findings": [
            {
                **asdict(finding),
                "breaches": [breach._asdict() for breach in finding.breaches],
            }
            for finding in findings
        ],
    }


def get_audit(session: Session, audit_id: int) -> AuditView:
    """An audit as it is now.

    Raises:
        AuditNotFound: If there is none.
    """
    found = jobs.find(session, audit_id)
    if found is None:
        raise AuditNotFound(f"There is no audit {audit_id}.")
    return _view(found)


def find_outcome(session: Session, audit_id: int) -> AuditView | None:
    """An audit that has ended."""
    found = get_audit(session, audit_id)
    return found if found.finished_at is not None else None


def list_audits(session: Session, limit: int, after: str | None) -> Slice[AuditView]:
    """Audits, the newest first."""
    key = None
    if after is not None:
        created_at, audit_id = cursor.decode(LIST, after, [str, int])
        key = (cursor.moment(created_at), audit_id)
    page = Slice.cut(
        jobs.list_audits(session, limit + 1, key),
        limit,
        lambda row: cursor.encode(LIST, [row.created_at.isoformat(), row.id]),
    )
    return page.turned(_view)


def _view(found: Audit) -> AuditView:
    findings = found.findings or []
    return AuditView(
        id=found.id,
        status=found.status,
        user_id=found.user_id,
        repair=found.with_repair,
        sound=found.is_sound,
        promises=len(findings),
        broken=sum(each["broken"] for each in findings),
        repairs=found.repairs,
        checks=findings,
        created_at=found.created_at,
        started_at=found.started_at,
        finished_at=found.finished_at,
    )
