"""Reading and finding accounts and their logins."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import case, delete, func, literal, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shopkeeper.database.text import lowered
from shopkeeper.models import (
    Login,
    LoginThrottle,
    Order,
    OrderStatus,
    PasswordReset,
    Role,
    User,
)


def find_user_by_email(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(func.lower(User.email) == lowered(email)))


def find_user(session: Session, user_id: int) -> User | None:
    """An account that has not been erased."""
    return session.scalar(
        select(User).where(User.id == user_id, User.erased_at.is_(None))
    )


def find_hash_method(session: Session, number: int) -> str | None:
    """How the password of some account was hashed, always the same for a number.

    As many numbers lead to each way as accounts have it.
    """
    way = func.split_part(User.password_hash, "$", 1)
    accounts = select(way).where(User.erased_at.is_(None)).order_by(User.id).limit(1)
    last = session.scalar(select(func.max(User.id))) or 0
    return session.scalar(
        accounts.where(User.id >= number % (last + 1))
    ) or session.scalar(accounts)


def lock_user(session: Session, user_id: int) -> User | None:
    """The same, held against changes until the transaction ends."""
    return session.scalar(
        select(User)
        .where(User.id == user_id, User.erased_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def share_user(session: Session, user_id: int) -> bool:
    """Whether the account is there; it cannot be erased until the transaction ends."""
    found = session.scalar(
        select(User.id)
        .where(User.id == user_id, User.erased_at.is_(None))
        .with_for_update(read=True, key_share=True)
    )
    return found is not None


def lock_user_whole(session: Session, user_id: int) -> User | None:
    """The account, held against changes and against new rows that refer to it."""
    return session.scalar(
        select(User)
        .where(User.id == user_id, User.erased_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def list_logins(session: Session, user_id: int, moment: datetime) -> list[Login]:
    """The logins of a user that are good, the one last used first."""
    return list(
        session.scalars(
            select(Login)
            .where(
                Login.user_id == user_id,
                Login.revoked_at.is_(None),
                Login.expires_at > moment,
            )
            .order_by(Login.rotated_at.desc(), Login.id.desc())
        )
    )


def lock_login(session: Session, login_id: UUID) -> Login | None:
    return session.scalar(select(Login).where(Login.id == login_id).with_for_update())


def revoke_logins(
    session: Session, user_id: int, moment: datetime, *, but: UUID | None = None
) -> None:
    """End all logins of a user, except one if it is named."""
    ending = update(Login).where(Login.user_id == user_id, Login.revoked_at.is_(None))
    if but is not None:
        ending = ending.where(Login.id != but)
    session.execute(ending.values(revoked_at=moment))


def revoke_oldest(
    session: Session, user_id: int, moment: datetime, *, keep: int
) -> None:
    """End the logins of a user that were used longest ago, except so many."""
    oldest = (
        select(Login.id)
        .where(
            Login.user_id == user_id,
            Login.revoked_at.is_(None),
            Login.expires_at > moment,
        )
        .order_by(Login.rotated_at.desc(), Login.id.desc())
        .offset(keep)
    )
    session.execute(
        update(Login)
        .where(Login.id.in_(oldest.scalar_subquery()))
        .values(revoked_at=moment)
        .execution_options(synchronize_session=False)
    )


# Those who would be the first admin at once.
FIRST_ADMIN = 0x66697273746164


def hold_first_admin(session: Session) -> None:
    """Let nobody else become the first admin until this transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": FIRST_ADMIN})


def has_admin(session: Session) -> bool:
    admins = select(User.id).where(User.role == Role.ADMIN, User.erased_at.is_(None))
    return session.scalar(admins.limit(1)) is not None


def lock_admins(session: Session) -> list[int]:
    """The ids of all admins, held so that two cannot step down at once."""
    return list(
        session.scalars(
            select(User.id)
            .where(User.role == Role.ADMIN, User.erased_at.is_(None))
            .order_by(User.id)
            .with_for_update()
        )
    )


def list_users(
    session: Session,
    limit: int,
    after: tuple[datetime, int] | None,
    email: str | None = None,
    search: str | None = None,
) -> list[User]:
    """Accounts, the newest first; at most `limit`."""
    query = select(User).where(User.erased_at.is_(None))
    if email is not None:
        query = query.where(func.lower(User.email) == lowered(email))
    if search is not None:
        text = func.fold_text(func.concat_ws(" ", User.full_name, User.email))
        query = query.where(func.strpos(text, func.fold_text(search)) > 0)
    if after is not None:
        query = query.where(
            tuple_(User.created_at, User.id) < tuple_(*map(literal, after))
        )
    return list(
        session.scalars(
            query.order_by(User.created_at.desc(), User.id.desc()).limit(limit)
        )
    )


def end_login(session: Session, login_id: UUID, now: datetime) -> None:
    session.execute(
        update(Login)
        .where(Login.id == login_id, Login.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def cancel_pending_orders(session: Session, user_id: int, now: datetime) -> None:
    """Cancel what an account that is erased has ordered and not paid for."""
    session.execute(
        update(Order)
        .where(Order.user_id == user_id, Order.status == OrderStatus.PENDING)
        .values(
            status=OrderStatus.CANCELLED,
            cancelled_at=now,
            updated_at=now,
            version=Order.version + 1,
        )
    )


def keep_reset(
    session: Session,
    user_id: int,
    token_hash: bytes,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Keep the hash of an account's token for a new password, the last one only."""
    values = {"token_hash": token_hash, "created_at": now, "expires_at": expires_at}
    session.execute(
        insert(PasswordReset)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )


def find_reset(session: Session, token_hash: bytes, now: datetime) -> int | None:
    """Whose token has this hash, if it is still good."""
    return session.scalar(
        select(PasswordReset.user_id).where(
            PasswordReset.token_hash == token_hash, PasswordReset.expires_at > now
        )
    )


def use_reset(session: Session, token_hash: bytes) -> bool:
    """Use a token up; False if it was by another."""
    used = session.scalar(
        delete(PasswordReset)
        .where(PasswordReset.token_hash == token_hash)
        .returning(PasswordReset.user_id)
    )
    return used is not None


def forget_reset(session: Session, user_id: int) -> None:
    session.execute(delete(PasswordReset).where(PasswordReset.user_id == user_id))


class FailureRow(NamedTuple):
    subject: str
    failures: int
    failed_at: datetime


def lower(session: Session, text: str) -> str:
    """A text in lower case, as the database has it."""
    return session.scalar(select(lowered(text))) or ""


def find_failures(session: Session, subjects: Sequence[str]) -> list[FailureRow]:
    """The failed logins that are counted for these subjects."""
    rows = session.execute(
        select(
            LoginThrottle.subject, LoginThrottle.failures, LoginThrottle.failed_at
        ).where(LoginThrottle.subject.in_(subjects))
    )
    return [FailureRow._make(row) for row in rows]


def count_failures(
    session: Session, subjects: Sequence[str], now: datetime, forgotten: datetime
) -> None:
    """Count one more failure of each, and none from before a moment."""
    fresh = insert(LoginThrottle).values(
        [{"subject": name, "failures": 1, "failed_at": now} for name in subjects]
    )
    is_forgotten = LoginThrottle.failed_at < forgotten
    session.execute(
        fresh.on_conflict_do_update(
            index_elements=["subject"],
            set_={
                "failures": case((is_forgotten, 1), else_=LoginThrottle.failures + 1),
                "failed_at": now,
            },
        )
    )


def forget_failures(session: Session, subjects: Sequence[str]) -> None:
    session.execute(delete(LoginThrottle).where(LoginThrottle.subject.in_(subjects)))
