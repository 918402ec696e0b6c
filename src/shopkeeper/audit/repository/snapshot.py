"""Running the checks of an audit, all on one picture of the database."""

from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.audit.repository.catalogue import CATALOGUE
from shopkeeper.audit.repository.check import Check
from shopkeeper.audit.repository.money import MONEY
from shopkeeper.audit.repository.pledges import PLEDGES
from shopkeeper.audit.repository.rollups import ROLLUPS
from shopkeeper.audit.repository.stock import STOCK
from shopkeeper.audit.repository.value import VALUE
from shopkeeper.database.statements import Fragment

# Of the rows that break a promise, so many are told; all are counted.
MOST_BREACHES = 100
CHECKS = [*STOCK, *VALUE, *MONEY, *CATALOGUE, *PLEDGES, *ROLLUPS]


class Breach(NamedTuple):
    subject: str
    found: str
    expected: str


def take_picture(session: Session) -> None:
    """Let this transaction see one state of the database, however long it takes."""
    session.connection(
        execution_options={
            "isolation_level": "REPEATABLE READ",
            "postgresql_readonly": True,
        }
    )
    for setting in (
        "statement_timeout = 0",
        "idle_in_transaction_session_timeout = 0",
        "work_mem = '64MB'",
        "jit = off",
        "plan_cache_mode = force_custom_plan",
    ):
        session.execute(text(f"SET LOCAL {setting}"))


def count_rows(session: Session, check: Check) -> int:
    """How many rows a check looks at."""
    return session.scalar(text(check.counts)) or 0


def find_breaches(session: Session, check: Check) -> tuple[int, list[Breach]]:
    """How many rows break a promise, and the first of them."""
    rows = session.execute(
        text(
            Fragment(
                """
                SELECT subject, found, expected, count(*) OVER () AS breaches
                FROM ({breaches}) AS broken
                LIMIT {most}
                """,
                breaches=Fragment(check.breaches),
                most=MOST_BREACHES,
            )
        )
    ).all()
    breaches = [Breach(row.subject, row.found, row.expected) for row in rows]
    return (int(rows[0].breaches) if rows else 0), breaches
