"""Reading and finding accounts and their logins."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, literal, select, tuple_, update
from sqlalchemy.orm import Session

from shopkeeper.database.text import lowered
from shopkeeper.models import Login, Role, User


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
