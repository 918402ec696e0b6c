from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Moment


class IdempotencyKey(Base):
    """The answer to a write, kept in the transaction of its effect.

    The row is written twice: with the request it stands for, and with the
    answer. Both happen in one transaction, unless somebody outside is asked in
    between: then others may see it without an answer, and what it was for
    (a payment, a refund) bears the same key.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        CheckConstraint("char_length(key) BETWEEN 1 AND 255", name="key_length"),
        CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint_sha256"),
        CheckConstraint("status BETWEEN 200 AND 499", name="status_not_5xx"),
    )

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    # The operation's name.
    operation: Mapped[str]
    # The table of what the answer's `id` names, so that the audit can look for it.
    entity: Mapped[str | None]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    body: Mapped[bytes | None]
    expires_at: Mapped[Moment]
    # Until then the answer may still be replaced by a better one.
    settles_at: Mapped[Moment | None]


Index("ix_idempotency_keys_expires_at", IdempotencyKey.expires_at)
