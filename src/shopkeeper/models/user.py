from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, func
from sqlalchemy.orm import Mapped

from shopkeeper.models.base import Base, Id, Moment, Name


class Role(StrEnum):
    CUSTOMER = "customer"
    MANAGER = "manager"
    ADMIN = "admin"


class User(Base):
    """A person with an account. Erasing one keeps the row for the orders' sake."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('customer', 'manager', 'admin')", name="role_known"),
        CheckConstraint(
            "char_length(full_name) BETWEEN 1 AND 120", name="full_name_length"
        ),
        CheckConstraint("char_length(email) BETWEEN 3 AND 254", name="email_length"),
        # Erased means that nothing personal is left.
        CheckConstraint(
            "(erased_at IS NULL) = (email IS NOT NULL)"
            " AND (erased_at IS NULL) = (full_name IS NOT NULL)"
            " AND (erased_at IS NULL) = (password_hash IS NOT NULL)",
            name="erased_has_no_personal_data",
        ),
        CheckConstraint("created_at <= updated_at", name="created_first"),
    )

    id: Mapped[Id]
    email: Mapped[Name | None]
    full_name: Mapped[str | None]
    password_hash: Mapped[str | None]
    role: Mapped[str]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    erased_at: Mapped[Moment | None]


Index("uq_users_email", func.lower(User.email), unique=True)
Index("ix_users_created_at", User.created_at.desc(), User.id.desc())
