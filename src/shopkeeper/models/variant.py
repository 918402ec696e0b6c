from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Id, Moment, Name, Price, Version

# Of a product.
MOST_VARIANTS = 2000


class Variant(Base):
    """What can be ordered of a product: with a price, a sku and a stock of its own.

    Every product on sale has at least one. A removed one stays for the books, and
    so do those of a removed product, which are removed with it.

    `value_ids` says what it is of each of its product's options, in their order; a
    trigger holds it to that. No two variants on sale are the same, so that a product
    without options has one.
    """

    __tablename__ = "variants"
    __table_args__ = (
        CheckConstraint("char_length(sku) BETWEEN 1 AND 64", name="sku_length"),
        CheckConstraint("price > 0", name="price_positive"),
        CheckConstraint("compare_at_price > 0", name="compare_at_price_positive"),
        CheckConstraint(
            "barcode ~ '^([0-9]{8}|[0-9]{12,14})$'", name="barcode_is_a_gtin"
        ),
        CheckConstraint("weight_grams >= 0", name="weight_not_negative"),
        CheckConstraint(
            "length_mm > 0 AND width_mm > 0 AND height_mm > 0",
            name="measures_positive",
        ),
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
    # What it cost before, or is said to be worth: shown struck through.
    compare_at_price: Mapped[Price | None]
    barcode: Mapped[str | None]
    weight_grams: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    length_mm: Mapped[int | None]
    width_mm: Mapped[int | None]
    height_mm: Mapped[int | None]
    value_ids: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), server_default=text("'{}'")
    )
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
    "uq_variants_value_ids",
    Variant.product_id,
    Variant.value_ids,
    unique=True,
    postgresql_where=FOR_SALE,
)
Index(
    "uq_variants_sku", func.lower(Variant.sku), unique=True, postgresql_where=FOR_SALE
)
