"""The queue of imports.

An import is put into it in the transaction that keeps its file. Those of one
account share a lock: they run one at a time, in the order they came.
"""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database import queue
from shopkeeper.database.queue import SCHEMA
from shopkeeper.database.statements import Fragment

QUEUE = "imports"
TASK = "import_products"
# Held by the session that imports, so that its death is known at once.
WORK_LOCK = 0x77726B  # "wrk" in ASCII.
# A job that was just taken up may not have its lock yet.
GRACE = timedelta(seconds=3)


def defer(session: Session, import_id: int, user_id: int | None) -> None:
    """Put an import into its owner's lane when this transaction commits."""
    queue.defer(session, TASK, QUEUE, f"{QUEUE} of {user_id}", import_id=import_id)


def hold(session: Session, import_id: int) -> bool:
    """Say that this session works at an import; False if another does."""
    return bool(
        session.scalar(
            text("SELECT pg_try_advisory_lock(:lock, CAST(:id AS integer))"),
            {"lock": WORK_LOCK, "id": import_id % 2**31},
        )
    )


def release(session: Session, import_id: int) -> None:
    session.execute(
        text("SELECT pg_advisory_unlock(:lock, CAST(:id AS integer))"),
        {"lock": WORK_LOCK, "id": import_id % 2**31},
    )


def find_lost(session: Session) -> list[int]:
    """The imports that have not ended, have no job, and that nobody is at."""
    lost = session.scalars(
        text(
            Fragment(
                """
            WITH waiting AS MATERIALIZED (
                SELECT id FROM imports
                WHERE status IN ('queued', 'running')
                    AND created_at < now() - CAST(:grace AS interval)
                    AND NOT EXISTS (
                        SELECT FROM {schema}.procrastinate_jobs AS jobs
                        WHERE jobs.status IN ('todo', 'doing')
                            AND jobs.task_name = :task
                            AND CAST(jobs.args ->> 'import_id' AS bigint) = imports.id
                    )
            )
            SELECT id FROM waiting
            WHERE pg_try_advisory_xact_lock(:lock, CAST(id % 2147483648 AS integer))
            """,
                schema=SCHEMA,
            )
        ),
        {"task": TASK, "grace": GRACE, "lock": WORK_LOCK},
    )
    return list(lost)


def find_orphans(session: Session) -> list[int]:
    """The jobs whose worker has died at an import: nobody holds its lock."""
    jobs = session.scalars(
        text(
            Fragment(
                """
            WITH taken AS MATERIALIZED (
                SELECT jobs.id, CAST(jobs.args ->> 'import_id' AS bigint) AS import_id
                FROM {schema}.procrastinate_jobs AS jobs
                WHERE jobs.status = 'doing' AND jobs.task_name = :task
                    AND NOT EXISTS (
                        SELECT FROM {schema}.procrastinate_events AS events
                        WHERE events.job_id = jobs.id
                            AND events.type = 'started'
                            AND events.at > now() - CAST(:grace AS interval)
                    )
            )
            SELECT id FROM taken
            WHERE pg_try_advisory_xact_lock(
                :lock, CAST(import_id % 2147483648 AS integer)
            )
            """,
                schema=SCHEMA,
            )
        ),
        {"task": TASK, "grace": GRACE, "lock": WORK_LOCK},
    )
    return list(jobs)
