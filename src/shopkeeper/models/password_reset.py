from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Moment


class PasswordReset(Base):
    """A one-time token with which somebody may choose a new password.

    Kept is a hash of it only. A person has one at most: a new one replaces it.
    """

    __tablename__ = "password_resets"
    __table_args__ = (
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash_sha256"),
        CheckConstraint("created_at < expires_at", name="expires_after_created"),
    )

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    token_hash: Mapped[bytes]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]


Index("uq_password_resets_token_hash", PasswordReset.token_hash, unique=True)
