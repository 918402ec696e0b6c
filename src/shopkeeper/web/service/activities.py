"""The log of what staff does: who, what, when, from where, and what that has changed.

Every write of somebody who is of the staff is noted, in its own transaction, by the
one place in which operations are run; so is an import when it is applied. What was
refused, and what was only tried, has changed nothing and is not in it.
"""

from sqlalchemy.orm import Session

from shopkeeper.utils import clock
from shopkeeper.web.repository import activities
from shopkeeper.web.repository.activities import Deed

__all__ = ["Deed", "begin", "note"]


def begin(session: Session) -> None:
    """Have every change of this transaction noted from here on, before and after."""
    activities.begin(session)


def note(session: Session, deed: Deed) -> None:
    """Note what this transaction has done since it began."""
    activities.note(session, deed, clock.now())
