"""Counting failed logins, in rows that every process sees and restarts keep."""

import math
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shopkeeper.models import Login, LoginThrottle
from shopkeeper.service import login_throttling as rules
from shopkeeper.service.errors import LoginThrottled
from shopkeeper.service.login_throttling import Subject
from shopkeeper.utils import clock
from shopkeeper.utils.secret import secret_key


def find_subjects(
    session: Session, user_id: int, email: str, address: str
) -> list[Subject]:
    """The counters this attempt runs against."""
    known = session.scalar(
        select(Login.id)
        .where(
            Login.user_id == user_id, Login.address_digest == address_digest(address)
        )
        .limit(1)
    )
    return rules.subjects(
        secret_key(), email, address, address_is_known=known is not None
    )


def check(session: Session, subjects: Sequence[Subject]) -> None:
    """Refuse the attempt while one of its subjects has to wait.

    A refused attempt counts for nothing, so that trying on does not prolong
    the wait of the one who has the right password.

    Raises:
        LoginThrottled: With the seconds to wait.
    """
    now = clock.now()
    until: datetime | None = session.scalar(
        select(func.max(LoginThrottle.blocked_until)).where(
            LoginThrottle.subject.in_([subject.digest for subject in subjects])
        )
    )
    if until is not None and until > now:
        seconds = math.ceil((until - now).total_seconds())
        raise LoginThrottled(
            f"Too many failed logins; try again in {seconds} s.", seconds=seconds
        )


def count_failure(session: Session, subjects: Sequence[Subject]) -> None:
    """Count one more failure of each subject and set how long it has to wait."""
    for subject in subjects:
        now = clock.now()
        row = session.get(LoginThrottle, subject.digest, with_for_update=True)
        if row is None:
            # Another process may be first; then its row is locked and read.
            session.execute(
                insert(LoginThrottle)
                .values(subject=subject.digest, failures=0, failed_at=now)
                .on_conflict_do_nothing()
            )
            row = session.get_one(LoginThrottle, subject.digest, with_for_update=True)
        row.failures = rules.failures_after(row.failures, row.failed_at, now)
        row.failed_at = now
        row.blocked_until = now + subject.rule.delay(row.failures)
        session.flush()


def forget(session: Session, email: str, address: str) -> None:
    """Forget an account's failures after it was logged in to.

    Those of the address stay: owning one account is no licence to guess others.
    """
    found = rules.subjects(secret_key(), email, address, address_is_known=False)
    session.execute(
        delete(LoginThrottle).where(
            LoginThrottle.subject.in_(
                [subject.digest for subject in found if subject.rule != rules.ADDRESS]
            )
        )
    )


def address_digest(address: str) -> str:
    return rules.digest(secret_key(), "known-address", address)
