from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Moment, Pieces, Version


class Stock(Base):
    """How many pieces of a product there are; every product has one such row.

    A table of its own, because it changes with every order: a sale writes a
    narrow row that no index of the catalogue points at, and neither waits for
    a change of the product's text nor makes one wait. `version` counts the
    changes, and is a part of the product's entity tag.
    """

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        CheckConstraint("version >= 1", name="version_from_1"),
    )

    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="RESTRICT"),
        primary_key=True,
        autoincrement=False,
    )
    quantity: Mapped[Pieces]
    version: Mapped[Version]
    updated_at: Mapped[Moment]
