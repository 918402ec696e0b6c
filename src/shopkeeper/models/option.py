from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Id, Name

MOST_OPTIONS = 5


class ProductOption(Base):
    """In what the variants of a product differ, such as size or colour."""

    __tablename__ = "product_options"
    __table_args__ = (
        UniqueConstraint("product_id", "position", deferrable=True),
        CheckConstraint(f"position BETWEEN 1 AND {MOST_OPTIONS}", name="few"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 64", name="name_length"),
    )

    id: Mapped[Id]
    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="RESTRICT")
    )
    position: Mapped[int]
    name: Mapped[Name]


class OptionValue(Base):
    """What an option can be, in their order: S, M, L."""

    __tablename__ = "option_values"
    __table_args__ = (
        UniqueConstraint("option_id", "position", deferrable=True),
        CheckConstraint("position >= 1", name="position_from_1"),
        CheckConstraint("char_length(value) BETWEEN 1 AND 255", name="value_length"),
    )

    id: Mapped[Id]
    option_id: Mapped[int] = mapped_column(
        ForeignKey("product_options.id", ondelete="RESTRICT")
    )
    position: Mapped[int]
    value: Mapped[Name]


Index(
    "uq_product_options_name",
    ProductOption.product_id,
    func.lower(ProductOption.name),
    unique=True,
)
Index(
    "uq_option_values_value",
    OptionValue.option_id,
    func.lower(OptionValue.value),
    unique=True,
)
