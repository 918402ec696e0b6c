from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from shopkeeper.models import Role
from shopkeeper.web.schemas.base import Input, Output, Page, PageQuery
from shopkeeper.web.schemas.fields.numbers import Id
from shopkeeper.web.schemas.fields.presence import absent
from shopkeeper.web.schemas.fields.text import (
    Email,
    FullName,
    NewPassword,
    Password,
    clean,
)
from shopkeeper.web.schemas.fields.time import MomentOutput


class UserCreate(Input):
    email: Email
    password: NewPassword
    full_name: FullName


class FirstAdmin(UserCreate):
    """Who is to be the first admin, and the code that the server has printed."""

    code: Password


class Credentials(Input):
    email: Email
    password: Password


class Logout(Input):
    everywhere: bool = False


class UserUpdate(Input):
    """What changes; the current password is needed for email and password."""

    email: Email = absent()
    password: NewPassword = absent()
    full_name: FullName = absent()
    current_password: Password = absent()


class UserDelete(Input):
    password: Password


class RoleUpdate(Input):
    id: Id
    role: Annotated[Role, Field(strict=False)]


class UserChosen(Input):
    id: Id


class PasswordReset(Input):
    token: Password
    password: NewPassword


PersonWords = Annotated[
    str,
    Field(
        min_length=1,
        max_length=120,
        description="Somewhere in name or email, whatever case and accents.",
    ),
    BeforeValidator(clean),
]


class UserQuery(PageQuery):
    """Which accounts."""

    email: Email | None = None
    search: PersonWords | None = None


class OpenLogin(Output):
    """A login of one's own that is good."""

    id: UUID
    created_at: MomentOutput
    last_used_at: MomentOutput
    expires_at: MomentOutput
    current: Annotated[bool, Field(description="Whether this call was made with it.")]


class OpenLogins(Output):
    """All of them; there are never many."""

    items: list[OpenLogin]


class ResetToken(Output):
    user_id: int
    token: Annotated[str, Field(description="For `/users/reset`; shown once.")]
    expires_at: MomentOutput


class Customer(Output):
    """Whoever has placed an order; without name and email once they have left."""

    id: int
    full_name: str | None
    email: str | None


class User(Output):
    id: int
    email: str
    full_name: str
    role: Role
    created_at: MomentOutput
    updated_at: MomentOutput


class UserPage(Page[User]):
    """Accounts."""


class TokenPair(Output):
    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Field(description="Seconds the access token lives.")]
    user: User
