"""What products, variants and categories were before they changed.

For questions of the past; written by triggers. What it was at a moment is the
revision with the earliest `valid_until` after it, or what it is now if there is none.
"""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Moment, Name, Price, Reference


class ProductRevision(Base):
    """Name, category and presence of a product, until they changed."""

    __tablename__ = "product_revisions"

    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="RESTRICT"),
        primary_key=True,
        autoincrement=False,
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    valid_until: Mapped[Moment]
    name: Mapped[Name]
    category_id: Mapped[Reference]
    removed_at: Mapped[Moment | None]


class VariantRevision(Base):
    """Price and presence of a variant, until they changed."""

    __tablename__ = "variant_revisions"

    variant_id: Mapped[int] = mapped_column(
        ForeignKey("variants.id", ondelete="RESTRICT"),
        primary_key=True,
        autoincrement=False,
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    valid_until: Mapped[Moment]
    price: Mapped[Price]
    removed_at: Mapped[Moment | None]


class CategoryRevision(Base):
    """The name of a category, until it changed."""

    __tablename__ = "category_revisions"

    category_id: Mapped[int] = mapped_column(
        ForeignKey("categories.id", ondelete="RESTRICT"),
        primary_key=True,
        autoincrement=False,
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    valid_until: Mapped[Moment]
    name: Mapped[Name]


Index("ix_product_revisions_valid_until", ProductRevision.valid_until)
Index("ix_variant_revisions_valid_until", VariantRevision.valid_until)
Index("ix_category_revisions_valid_until", CategoryRevision.valid_until)
