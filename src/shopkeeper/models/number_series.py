from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Pieces


class NumberSeries(Base):
    """The last number that a series of invoices or credit notes has given out.

    It is taken in the transaction of what bears it, and held until that ends: no
    number is given twice, and none that a refusal or a crash undoes is lost.
    """

    __tablename__ = "number_series"
    __table_args__ = (
        CheckConstraint("last_number >= 1", name="last_number_from_1"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 30", name="name_length"),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    last_number: Mapped[Pieces]
