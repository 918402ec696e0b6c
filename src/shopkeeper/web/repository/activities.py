"""What staff does, noted in the transaction that does it."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from shopkeeper.database.statements import Statement, at_commit, scalar

# What the transaction changes from here on is noted as this activity's: by the
# trigger `note_change`, which reads this setting.
_BEGIN = Statement(
    "SELECT set_config('shopkeeper.activity', CAST(uuidv7() AS text), true)", scalar
)
_NOTE = Statement(
    """
    INSERT INTO activities
        (id, at, user_id, role, operation, entity, entity_id, request_id, client)
    VALUES (
        CAST(current_setting('shopkeeper.activity') AS uuid),
        :at, :user_id, :role, :operation, :entity, :entity_id, :request_id, :client
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


def begin(session: Session) -> None:
    """Let what this transaction changes be noted, from the next statement on."""
    at_commit(session, _BEGIN)


def note(session: Session, deed: Deed, at: datetime) -> None:
    """Note what was done since it began; with the COMMIT at the latest."""
    at_commit(session, _NOTE, at=at, **deed._asdict())
