from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Moment


class LoginThrottle(Base):
    """Failed logins in a row, by account, by address, or by both together.

    `subject` is a keyed hash, so that the table holds no personal data.
    """

    __tablename__ = "login_throttles"
    __table_args__ = (CheckConstraint("failures >= 0", name="failures_not_negative"),)

    subject: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[Moment]


Index("ix_login_throttles_failed_at", LoginThrottle.failed_at)
