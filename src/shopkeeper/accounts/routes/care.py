from sqlalchemy.orm import Session

from shopkeeper import models
from shopkeeper.accounts.errors import (
    LastAdmin,
    OwnAccount,
    PasswordTooCommon,
    PasswordTooWeak,
    ResetTokenInvalid,
    UserNotFound,
)
from shopkeeper.accounts.passwords import Busy, registration_turn
from shopkeeper.accounts.schemas import PasswordReset, ResetToken, User, UserChosen
from shopkeeper.accounts.service import care
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.limits import RESETS
from shopkeeper.web.operation import Access, Api

api = Api("account_care", "/users", tag="Accounts")


@api.operation(
    "POST",
    "/reset-token",
    access=Access.ADMIN,
    status=201,
    errors=[UserNotFound],
    about=models.User,
)
def make_reset_token(
    session: Session, caller: CurrentUser, body: UserChosen
) -> ResetToken:
    """Make a one-time token with which a person may choose a new password.

    It is good for an hour, is shown here only, and replaces one made before.
    """
    made = care.make_reset_token(session, caller, body.id)
    return ResetToken.model_validate(made)


@api.operation(
    "POST",
    "/reset",
    access=Access.OPEN,
    errors=[ResetTokenInvalid, PasswordTooCommon, PasswordTooWeak, Busy],
    turn=registration_turn,
    limit=RESETS,
)
def reset_password(session: Session, body: PasswordReset) -> User:
    """Choose a new password with a token of `/users/reset-token`. All logins end.

    Takes the one-time token that an admin has made, once and within its hour; all
    logins of the account end.
    """
    user = care.reset_password(session, body.token, body.password)
    return User.model_validate(user)


@api.operation(
    "POST",
    "/end-logins",
    access=Access.ADMIN,
    status=204,
    errors=[UserNotFound],
    about=models.User,
)
def end_logins(session: Session, caller: CurrentUser, body: UserChosen) -> None:
    """End all logins of a user; of one's own, all but this one."""
    care.end_logins(session, caller, body.id)


@api.operation(
    "POST",
    "/close",
    access=Access.ADMIN,
    status=204,
    errors=[UserNotFound, OwnAccount, LastAdmin],
    about=models.User,
)
def close_account(session: Session, caller: CurrentUser, body: UserChosen) -> None:
    """Close somebody's account. What is personal is erased, orders stay."""
    care.close_account(session, caller, body.id)
