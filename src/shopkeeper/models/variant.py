from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Id, Moment, Name, Price, Version


class Variant(Base):
    """What can be ordered of a product: with a price, a sku and a stock of its own.

    Every product on sale has at least one. A removed one stays for the books, and
    so do those of a removed product, which are removed with it.
    """

    __tablename__ = "variants"
    __table_args__ = (
        CheckConstraint("char_length(sku) BETWEEN 1 AND 64", name="sku_length"),
        CheckConstraint("price > 0", name="price_positive"),
        CheckConstraint("position >= 1", name="position_from_1"),
        CheckConstraint("version >= 1", name="version_from_1"),
        # So that what names a product and a variant can be held to belong together.
        UniqueConstraint("product_id", "id"),
    )

    id: Mapped[Id]
    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="RESTRICT")
    )
    position: Mapped[int]
    sku: Mapped[Name | None]
    price: Mapped[Price]
    version: Mapped[Version]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    removed_at: Mapped[Moment | None]


FOR_SALE = Variant.removed_at.is_(None)

Index(
    "uq_variants_position",
    Variant.product_id,
    Variant.position,
    unique=True,
    postgresql_where=FOR_SALE,
)
Index(
    "uq_variants_sku", func.lower(Variant.sku), unique=True, postgresql_where=FOR_SALE
)
