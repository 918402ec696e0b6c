"""The log of what staff does: who, what, when, from where, and what that has changed.

Every write of somebody who is of the staff is noted, in its own transaction, by the
one place in which operations are run; so is an import when it is applied. What was
refused, and what was only tried, has changed nothing and is not in it. What asks a
payment provider is noted when it is begun; what its outcome changes belongs to it.
"""

from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from shopkeeper.utils import clock
from shopkeeper.web.repository import activities
from shopkeeper.web.repository.activities import Deed

__all__ = ["Deed", "begin", "end", "go_on", "note"]


def begin(session: Session) -> UUID:
    """Have every change of this transaction noted from here on, before and after.

    Returns:
        By what it is noted.
    """
    activity_id = uuid4()
    activities.begin(session, activity_id)
    return activity_id


def go_on(session: Session, activity_id: UUID) -> None:
    """Have changes noted as of an activity that another transaction has noted."""
    activities.begin(session, activity_id)


def end(session: Session) -> None:
    """Have no change noted from here on."""
    activities.end(session)


def note(session: Session, activity_id: UUID, deed: Deed) -> None:
    """Note what this transaction has done since it began."""
    activities.note(session, activity_id, deed, clock.now())
