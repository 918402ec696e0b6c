"""Files that are given out."""

from sqlalchemy.orm import Session

from shopkeeper.database import exports
from shopkeeper.web.errors import ExportRunning


def hold_export(session: Session, user_id: int) -> None:
    """Let an account export once at a time; as long as this transaction lasts.

    Raises:
        ExportRunning: If another export of theirs has not ended.
    """
    if not exports.hold_export(session, user_id):
        raise ExportRunning(seconds=5)
