from typing import Annotated, Literal

from pydantic import Field

from shopkeeper.models import Role
from shopkeeper.schemas.base import Input, Output, Page
from shopkeeper.schemas.fields.numbers import (
    Id,
)
from shopkeeper.schemas.fields.presence import (
    absent,
)
from shopkeeper.schemas.fields.text import (
    Email,
    FullName,
    NewPassword,
    Password,
)
from shopkeeper.schemas.fields.time import (
    MomentOutput,
)


class UserCreate(Input):
    email: Email
    password: NewPassword
    full_name: FullName


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
