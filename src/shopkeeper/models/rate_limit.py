from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Moment


class RateLimit(Base):
    """A bucket of what somebody may do, which fills again as time goes by.

    It is told by the moment at which it will be full again (the generic cell rate
    algorithm, ITU-T I.371): taking from it puts that moment off. The table is not
    logged: a crash of PostgreSQL fills all buckets, and each order writes less.
    """

    __tablename__ = "rate_limits"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012  # As SQLAlchemy has it.

    subject: Mapped[str] = mapped_column(primary_key=True)
    full_at: Mapped[Moment]
