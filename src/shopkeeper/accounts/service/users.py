"""Accounts: opened, changed, closed, given a role."""

from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.accounts import passwords, repository
from shopkeeper.accounts.errors import (
    EmailTaken,
    LastAdmin,
    PasswordTooCommon,
    PasswordTooWeak,
    UserNotFound,
    WrongPassword,
)
from shopkeeper.accounts.service import login_throttles
from shopkeeper.database.integrity import violations
from shopkeeper.database.pages import Slice
from shopkeeper.models import Role, User
from shopkeeper.utils import clock, cursor
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.service import idempotency

log = structlog.get_logger(__name__)

# Whose cursors they are.
LIST = "users"


def add_user(
    session: Session,
    *,
    email: str,
    password: str,
    full_name: str,
    role: Role = Role.CUSTOMER,
) -> User:
    """Open an account.

    Raises:
        PasswordTooCommon: If the password is among the most used.
        PasswordTooWeak: If it is easily guessed by whoever knows the account.
        EmailTaken: If the email has an account, in whatever case.
    """
    require_good_password(password, email, full_name)
    # Told before the costly hash; the unique index decides all the same.
    if repository.find_user_by_email(session, email) is not None:
        raise _email_taken(email)
    password_hash = passwords.hash_password(password)
    now = clock.now()
    user = User(
        email=email,
        full_name=full_name,
        password_hash=password_hash,
        role=role,
        created_at=now,
        updated_at=now,
    )
    session.add(user)
    with violations(uq_users_email=_email_taken(email)):
        session.flush()
    return user


def get_user(session: Session, user_id: int) -> User:
    user = repository.find_user(session, user_id)
    if user is None:
        raise UserNotFound(f"There is no user {user_id}.")
    return user


def update_user(
    session: Session,
    own_transaction: sessionmaker[Session],
    caller: CurrentUser,
    changes: Mapping[str, Any],
    address: str,
) -> User:
    """Change one's own account; a new email or password ends all other logins.

    Args:
        session: The transaction.
        own_transaction: Makes sessions for what outlives a failure: the count
            of wrong passwords.
        caller: Whose account it is.
        changes: Any of `email`, `password`, `full_name`; for the first two
            also `current_password`.
        address: Where the request comes from.

    Raises:
        LoginThrottled: If too many wrong passwords were given.
        WrongPassword: If the current password is needed and wrong or missing.
        PasswordTooCommon, PasswordTooWeak: If the new password is easily guessed.
        EmailTaken: If the new email has an account.
    """
    user = _lock_self(session, caller)
    if "password" in changes:
        email = changes.get("email", user.email) or ""
        name = changes.get("full_name", user.full_name) or ""
        require_good_password(changes["password"], email, name)
    if changes.keys() & {"email", "password"}:
        _verify(
            session, own_transaction, user, changes.get("current_password"), address
        )
    for field in changes.keys() & {"email", "full_name"}:
        setattr(user, field, changes[field])
    if "password" in changes:
        user.password_hash = passwords.hash_password(changes["password"])
    if changes.keys() & {"email", "password"}:
        repository.revoke_logins(session, user.id, clock.now(), but=caller.login_id)
    if session.is_modified(user):
        user.updated_at = clock.now()
    with violations(uq_users_email=_email_taken(changes.get("email", ""))):
        session.flush()
    return user


def delete_user(
    session: Session,
    own_transaction: sessionmaker[Session],
    caller: CurrentUser,
    password: str,
    address: str,
) -> None:
    """Close one's own account: erase what is personal, keep what the books need.

    Pending orders are cancelled. Executed orders stay, of nobody known.

    Raises:
        LoginThrottled: If too many wrong passwords were given.
        WrongPassword: If the password is wrong.
        LastAdmin: If nobody could administer the shop afterwards.
    """
    if caller.role is Role.ADMIN:
        keep_an_admin(session, caller.id)
    user = repository.lock_user_whole(session, caller.id)
    if user is None:
        raise UserNotFound
    _verify(session, own_transaction, user, password, address)
    erase(session, user)


def erase(session: Session, user: User) -> None:
    """Erase what is personal of an account that is held whole."""
    now = clock.now()
    repository.cancel_pending_orders(session, user.id, now)
    idempotency.forget_answers(session, user.id)
    repository.revoke_logins(session, user.id, now)
    repository.forget_reset(session, user.id)
    user.email = user.full_name = user.password_hash = None
    user.role = Role.CUSTOMER
    user.erased_at = user.updated_at = now
    session.flush()


def list_users(
    session: Session,
    limit: int,
    after: str | None,
    *,
    email: str | None = None,
    search: str | None = None,
) -> Slice[User]:
    """Accounts, the newest first.

    Args:
        session: The transaction.
        limit: How many at most.
        after: The cursor of the page before.
        email: Of the one account with this email, in any case.
        search: Only accounts with this somewhere in name or email.
    """
    key = None
    if after is not None:
        created_at, user_id = cursor.decode(LIST, after, [str, int])
        key = (cursor.moment(created_at), user_id)
    rows = repository.list_users(session, limit + 1, key, email, search)
    return Slice.cut(
        rows,
        limit,
        lambda user: cursor.encode(LIST, [user.created_at.isoformat(), user.id]),
    )


def set_role(session: Session, caller: CurrentUser, user_id: int, role: Role) -> User:
    """Give a user a role.

    Raises:
        UserNotFound: If there is no such user.
        LastAdmin: If the shop would have no admin left.
    """
    if role is not Role.ADMIN:
        keep_an_admin(session, user_id)
    user = repository.lock_user(session, user_id)
    if user is None:
        raise UserNotFound(f"There is no user {user_id}.")
    if user.role != role:
        log.info(
            "role_set", user_id=user.id, before=user.role, after=role, by=caller.id
        )
        user.role = role
        user.updated_at = clock.now()
    session.flush()
    return user


def _verify(
    session: Session,
    own_transaction: sessionmaker[Session],
    user: User,
    current: str | None,
    address: str,
) -> None:
    """Check a current password, as guarded against guessing as a login is."""
    subjects = login_throttles.name_subjects(session, user.email or "", address)
    login_throttles.check(session, subjects)
    if current is not None and passwords.password_matches(user.password_hash, current):
        return
    if current is not None:
        with own_transaction.begin() as counting:
            login_throttles.count_failure(counting, subjects)
    raise WrongPassword


def _lock_self(session: Session, caller: CurrentUser) -> User:
    user = repository.lock_user(session, caller.id)
    if user is None:
        raise UserNotFound
    return user


def keep_an_admin(session: Session, leaving: int) -> None:
    """Insist that somebody else can administer the shop.

    Raises:
        LastAdmin: If nobody could.
    """
    if repository.lock_admins(session) == [leaving]:
        raise LastAdmin


def require_good_password(password: str, email: str, full_name: str) -> None:
    """Insist that a password is not easily guessed by whoever knows the account.

    Raises:
        PasswordTooCommon: If it is among the most used.
        PasswordTooWeak: If it is easily guessed otherwise.
    """
    if passwords.is_common(password):
        message = "is among the most common passwords; choose another"
        raise PasswordTooCommon([{"pointer": "/password", "message": message}])
    own_words = (email, full_name, get_settings().shop_name, "Shopkeeper")
    why = passwords.weakness(password, own_words)
    if why is not None:
        message = f"is too easily guessed; choose a longer one. {why}."
        raise PasswordTooWeak([{"pointer": "/password", "message": message}])


def _email_taken(email: str) -> EmailTaken:
    return EmailTaken(errors=[{"pointer": "/email", "message": f"{email} is taken"}])
