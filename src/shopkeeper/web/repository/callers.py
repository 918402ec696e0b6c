"""Who is behind a login that is still good."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, select

from shopkeeper.database.statements import Batch, Result, Statement
from shopkeeper.models import Login, User


class CallerRow(NamedTuple):
    id: int
    role: str


def callers() -> Select[int, str]:
    """User and role behind a login that is still good."""
    return (
        select(User.id, User.role)
        .join(Login, Login.user_id == User.id)
        .where(
            Login.id == bindparam("login_id"),
            Login.revoked_at.is_(None),
            Login.expires_at > bindparam("moment"),
            User.erased_at.is_(None),
        )
    )


_FIND_CALLER = Statement(callers(), CallerRow)


def ask_for_caller(batch: Batch, login_id: UUID, moment: datetime) -> Result[CallerRow]:
    return batch.add(_FIND_CALLER, login_id=login_id, moment=moment)
