"""Counting failed logins, in rows that every process sees and restarts keep."""

import math

from sqlalchemy.orm import Session

from shopkeeper.accounts import repository
from shopkeeper.accounts import throttling as rules
from shopkeeper.accounts.errors import LoginThrottled
from shopkeeper.accounts.throttling import Count, Subjects
from shopkeeper.utils import clock
from shopkeeper.utils.secret import secret_key


def name_subjects(session: Session, email: str, address: str) -> Subjects:
    """Whom an attempt on an account counts for.

    The database makes the email lower case: it also decides whose it is.
    """
    account = repository.lower(session, email)
    return rules.name_subjects(secret_key(), account, address)


def check(session: Session, subjects: Subjects) -> None:
    """Refuse the attempt while it has to wait.

    A refused attempt counts for nothing, so that trying on does not prolong
    the wait of the one who has the right password.

    Raises:
        LoginThrottled: With the seconds to wait.
    """
    now = clock.now()
    rows = repository.find_failures(session, list(subjects))
    counts = {row.subject: Count(row.failures, row.failed_at) for row in rows}
    until = rules.blocked_until(subjects, counts, now)
    if until is not None:
        seconds = math.ceil((until - now).total_seconds())
        raise LoginThrottled(
            f"Too many failed logins; try again in {seconds} s.", seconds=seconds
        )


def count_failure(session: Session, subjects: Subjects) -> None:
    """Count one more failure of each subject; old ones are forgotten first."""
    now = clock.now()
    repository.count_failures(session, list(subjects), now, now - rules.FORGET_AFTER)


def forget(session: Session, subjects: Subjects) -> None:
    """Forget an account's failures after it was logged in to.

    Those of the address stay: owning one account is no licence to guess others.
    """
    repository.forget_failures(
        session, sorted([subjects.account, subjects.account_at_address])
    )
