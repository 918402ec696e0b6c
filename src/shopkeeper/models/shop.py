from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base


class Shop(Base):
    """The one row that says in which currency this database keeps its books."""

    __tablename__ = "shop"
    __table_args__ = (
        CheckConstraint("single", name="single"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso_4217"),
    )

    single: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    currency: Mapped[str]
