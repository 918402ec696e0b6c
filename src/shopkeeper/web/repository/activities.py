"""What staff does, noted in the transaction that does it."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from shopkeeper.database.statements import Statement, at_commit, scalar

# What the transaction changes from here on is noted as this activity's: by the
# trigger `note_change`, which reads this setting.
_BEGIN = Statement("SELECT set_config('shopkeeper.activity', :activity, true)", scalar)
_NOTE = Statement(
    """
    INSERT INTO activities
        (id, at, user_id, role, operation, entity, entity_id, request_id, client)
    VALUES (
        :id, :at, :user_id, :role, :operation, :entity, :entity_id, :request_id, :client
    )
    RETURNING set_config('shopkeeper.activity', '', true)
    """,
    scalar,
)


class Deed(NamedTuple):
    """What somebody has done, to what, and from where."""

    user_id: int | None
    role: str | None
    operation: str
    entity: str | None
    entity_id: int | None
    request_id: str | None = None
    client: str | None = None


def begin(session: Session, activity_id: UUID) -> None:
    """Let what this transaction changes be noted, from the next statement on."""
    at_commit(session, _BEGIN, activity=str(activity_id))


def end(session: Session) -> None:
    """Let what it changes from here on not be noted."""
    at_commit(session, _BEGIN, activity="")


def note(session: Session, activity_id: UUID, deed: Deed, at: datetime) -> None:
    """Note what was done since it began; with the COMMIT at the latest."""
    at_commit(session, _NOTE, id=activity_id, at=at, **deed._asdict())
