"""Logins: begun with a password, carried on by rotation, ended for all processes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.accounts import passwords, repository
from shopkeeper.accounts.errors import (
    InvalidCredentials,
    LoginNotFound,
    RefreshTokenReused,
)
from shopkeeper.accounts.service import login_throttles
from shopkeeper.models import Login, User
from shopkeeper.utils import clock
from shopkeeper.utils.errors import TokenInvalid, TokenRevoked
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.limits import LOGINS
from shopkeeper.web.service import rate_limits

REFRESH_LIFETIME = timedelta(days=30)
# Whoever has stolen a session loses it by then, however often it is carried on.
SESSION_LIFETIME = timedelta(days=90)
# A client whose answer got lost on the way asks again at once.
REUSE_GRACE = timedelta(seconds=10)


@dataclass(frozen=True)
class Grant:
    """What a pair of tokens is made of. The same grant makes the same pair."""

    login_id: UUID
    generation: int
    issued_at: datetime
    refresh_expires_at: datetime
    user: User


def log_in(
    session: Session,
    own_transaction: sessionmaker[Session],
    *,
    email: str,
    password: str,
    address: str,
) -> Grant:
    """Begin a login.

    Args:
        session: The transaction.
        own_transaction: Makes sessions for what outlives a failure: the count
            of failed logins.
        email: Of the account, in any case.
        password: As typed.
        address: Where the request comes from.

    Raises:
        InvalidCredentials: If email or password is wrong; it does not tell which.
        LoginThrottled: If too many logins have failed.
        RateLimited: If too many have been made.
    """
    user = repository.find_user_by_email(session, email)
    user_id, known_hash = (user.id, user.password_hash) if user else (0, None)
    subjects = login_throttles.name_subjects(session, email, address)
    login_throttles.check(session, subjects)
    bucket = LOGINS.of_account(user_id)
    if user is not None:  # Of nobody no more is known than of those with room left.
        rate_limits.require(session, LOGINS, bucket)
    # An unknown account takes as long as one that there is, whenever that was hashed.
    like = None
    if known_hash is None:
        like = repository.find_hash_method(session, int(subjects.account[:12], 16))
    if not passwords.password_matches(known_hash, password, like):
        with own_transaction.begin() as counting:
            login_throttles.count_failure(counting, subjects)
        raise InvalidCredentials
    user = repository.lock_user(session, user_id)
    if user is None or user.password_hash != known_hash:
        raise InvalidCredentials  # Changed while we computed.
    if passwords.is_outdated(user.password_hash or ""):
        user.password_hash = passwords.hash_password(password)
    login_throttles.forget(session, subjects)
    rate_limits.spend(session, LOGINS, bucket)
    repository.revoke_oldest(
        session, user.id, clock.now(), keep=get_settings().logins_kept - 1
    )
    return _begin(session, user)


def refresh(
    session: Session,
    own_transaction: sessionmaker[Session],
    user_id: int,
    login_id: UUID,
    generation: int,
) -> Grant:
    """Carry a login on with a new pair of tokens (RFC 9700, section 4.14.2).

    Raises:
        RefreshTokenReused: If the token was used before, except by a retry
            within ten seconds. Somebody else may have it: the login ends.
        TokenRevoked: If the login has ended.
        TokenInvalid: If it is another user's.
    """
    now = clock.now()
    login = repository.lock_login(session, login_id)
    if login is None or login.revoked_at is not None or login.expires_at <= now:
        raise TokenRevoked
    if login.user_id != user_id:
        raise TokenInvalid
    user = repository.find_user(session, login.user_id)
    if user is None:
        raise TokenRevoked
    if generation == login.generation:
        login.generation += 1
        login.rotated_at = now
        login.expires_at = min(
            now + REFRESH_LIFETIME, login.created_at + SESSION_LIFETIME
        )
        session.flush()
    elif generation != login.generation - 1 or now - login.rotated_at > REUSE_GRACE:
        session.rollback()  # Lets go of the row that the other transaction needs.
        with own_transaction.begin() as revoking:
            end_login(revoking, login_id)
        raise RefreshTokenReused
    return _grant(login, user)


def end_login(session: Session, login_id: UUID) -> None:
    """End one login: its access and refresh tokens die together."""
    repository.end_login(session, login_id, clock.now())


@dataclass(frozen=True)
class OpenLogin:
    """A login that is good, as its owner sees it."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


def list_logins(session: Session, caller: CurrentUser) -> list[OpenLogin]:
    """The caller's logins that are good, the one last carried on first."""
    return [
        OpenLogin(
            login.id,
            login.created_at,
            login.rotated_at,
            login.expires_at,
            login.id == caller.login_id,
        )
        for login in repository.list_logins(session, caller.id, clock.now())
    ]


def end_own_login(session: Session, caller: CurrentUser, login_id: UUID) -> None:
    """End one of the caller's logins.

    Raises:
        LoginNotFound: If it is none of theirs, or has ended.
    """
    login = repository.lock_login(session, login_id)
    if login is None or login.user_id != caller.id or login.revoked_at is not None:
        raise LoginNotFound
    login.revoked_at = clock.now()
    session.flush()


def log_out(session: Session, caller: CurrentUser, *, everywhere: bool) -> None:
    """End this login, or all logins of the user."""
    if everywhere:
        repository.revoke_logins(session, caller.id, clock.now())
    else:
        end_login(session, caller.login_id)


def _begin(session: Session, user: User) -> Grant:
    now = clock.now()
    login = Login(
        user_id=user.id,
        generation=1,
        created_at=now,
        rotated_at=now,
        expires_at=now + REFRESH_LIFETIME,
    )
    session.add(login)
    session.flush()
    return _grant(login, user)


def _grant(login: Login, user: User) -> Grant:
    return Grant(
        login_id=login.id,
        generation=login.generation,
        issued_at=login.rotated_at,
        refresh_expires_at=login.expires_at,
        user=user,
    )
