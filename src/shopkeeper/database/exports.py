"""Files that are given out: one at a time for each account."""

from sqlalchemy import text
from sqlalchemy.orm import Session

EXPORT_LOCK = 0x657870  # "exp" in ASCII.


def hold_export(session: Session, user_id: int) -> bool:
    """Whether no other transaction exports for this account; none begins to now."""
    return bool(
        session.scalar(
            text("SELECT pg_try_advisory_xact_lock(:lock, CAST(:id AS integer))"),
            {"lock": EXPORT_LOCK, "id": user_id % 2**31},
        )
    )
