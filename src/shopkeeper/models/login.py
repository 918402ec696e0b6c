from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Moment


class Login(Base):
    """One login of a user: the family of all tokens that descend from it.

    `generation` counts the rotations of the refresh token. Only the tokens of
    the current generation refresh; `rotated_at` is when it began.
    """

    __tablename__ = "logins"
    __table_args__ = (
        CheckConstraint("generation >= 1", name="generation_from_1"),
        CheckConstraint("created_at <= rotated_at", name="created_before_rotated"),
        CheckConstraint("rotated_at < expires_at", name="expires_after_rotated"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    generation: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[Moment]
    rotated_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]


Index("ix_logins_user_id", Login.user_id)
Index("ix_logins_expires_at", Login.expires_at)
