"""Helping people with their accounts: what an admin may do for somebody else."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from shopkeeper.accounts import passwords, repository
from shopkeeper.accounts.errors import OwnAccount, ResetTokenInvalid, UserNotFound
from shopkeeper.accounts.service import users
from shopkeeper.models import Role, User
from shopkeeper.utils import clock
from shopkeeper.web.identity import CurrentUser

log = structlog.get_logger(__name__)

RESET_LIFETIME = timedelta(hours=1)
TOKEN_BYTES = 32


@dataclass(frozen=True)
class ResetToken:
    """A token that is shown once, and until when it is good."""

    user_id: int
    token: str
    expires_at: datetime


def make_reset_token(session: Session, caller: CurrentUser, user_id: int) -> ResetToken:
    """A token with which its owner may choose a new password, once, within an hour.

    One made before for the same person is no good any more.

    Raises:
        UserNotFound: If there is no such user.
    """
    user = _lock(session, user_id)
    now = clock.now()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    repository.keep_reset(session, user.id, _hash(token), now, now + RESET_LIFETIME)
    log.info("reset_token_made", user_id=user.id, by=caller.id)
    return ResetToken(user.id, token, now + RESET_LIFETIME)


def reset_password(session: Session, token: str, password: str) -> User:
    """Choose a new password with a token; it is used up, and all logins end.

    Raises:
        ResetTokenInvalid: If it is not known, used, or older than an hour.
        PasswordTooCommon, PasswordTooWeak: If the password is easily guessed; the
            token stays good then.
    """
    user_id = repository.find_reset(session, _hash(token), clock.now())
    user = repository.lock_user(session, user_id) if user_id is not None else None
    if user is None:
        raise ResetTokenInvalid
    users.require_good_password(password, user.email or "", user.full_name or "")
    # By another request, it may be, while this one waited for the account.
    if not repository.use_reset(session, _hash(token)):
        raise ResetTokenInvalid
    set_password(session, user, password)
    return user


def set_password(session: Session, user: User, password: str) -> None:
    """Give an account, which is held, another password; all its logins end."""
    now = clock.now()
    user.password_hash = passwords.hash_password(password)
    user.updated_at = now
    repository.revoke_logins(session, user.id, now)
    session.flush()
    log.info("password_set", user_id=user.id)


def end_logins(session: Session, caller: CurrentUser, user_id: int) -> None:
    """End all logins of a user; of the caller's own all but this one.

    Raises:
        UserNotFound: If there is no such user.
    """
    user = _lock(session, user_id)
    kept = caller.login_id if user.id == caller.id else None
    repository.revoke_logins(session, user.id, clock.now(), but=kept)
    log.info("logins_ended", user_id=user.id, by=caller.id)


def close_account(session: Session, caller: CurrentUser, user_id: int) -> None:
    """Close somebody else's account, as they could themselves.

    Raises:
        OwnAccount: If it is the caller's own, which takes the password to close.
        UserNotFound: If there is no such user.
        LastAdmin: If nobody could administer the shop afterwards.
    """
    if user_id == caller.id:
        raise OwnAccount
    found = repository.find_user(session, user_id)
    if found is None:
        raise _not_found(user_id)
    if found.role == Role.ADMIN:
        users.keep_an_admin(session, user_id)
    user = repository.lock_user_whole(session, user_id)
    if user is None:
        raise _not_found(user_id)
    users.erase(session, user)
    log.info("account_closed", user_id=user_id, by=caller.id)


def _lock(session: Session, user_id: int) -> User:
    user = repository.lock_user(session, user_id)
    if user is None:
        raise _not_found(user_id)
    return user


def _not_found(user_id: int) -> UserNotFound:
    return UserNotFound(f"There is no user {user_id}.")


def _hash(token: str) -> bytes:
    # 256 random bits are not guessed: a plain hash keeps them as well as a slow one.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
