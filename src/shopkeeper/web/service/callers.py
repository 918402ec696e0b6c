"""Who is calling, asked together with what they ask."""

from uuid import UUID

from sqlalchemy.orm import Session

from shopkeeper.database.statements import Batch, Deferred
from shopkeeper.models import Role
from shopkeeper.utils import clock
from shopkeeper.utils.errors import TokenRevoked
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.repository.callers import ask_for_caller


def identify(batch: Batch, login_id: UUID) -> Deferred[CurrentUser]:
    """Who is behind a login, at this moment.

    Raises, later:
        TokenRevoked: If the login has ended, or the account is closed.
    """
    found = ask_for_caller(batch, login_id, clock.now())

    def caller(_: Session) -> CurrentUser:
        row = found.one_or_none()
        if row is None:
            raise TokenRevoked
        return CurrentUser(row.id, Role(row.role), login_id)

    return caller
