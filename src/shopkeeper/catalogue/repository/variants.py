"""Variants: what of a product is ordered, written in one place."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, text, update
from sqlalchemy.orm import Session

from shopkeeper.models import Variant

_ADD = text(
    """
    INSERT INTO variants (id, product_id, position, sku, price, created_at, updated_at)
    OVERRIDING SYSTEM VALUE
    VALUES (:id, :product_id, 1, :sku, :price, :moment, :moment)
    """
)


def draw_id(session: Session) -> int:
    """The id of a variant that is still to be written: its product names it before."""
    drawn = session.scalar(text("SELECT nextval('variants_id_seq')"))
    return int(drawn)


def add_variant(  # noqa: PLR0917  # A row of it.
    session: Session,
    variant_id: int,
    product_id: int,
    sku: str | None,
    price: Decimal,
    moment: datetime,
) -> None:
    """Write down the one variant of a new product."""
    session.execute(
        _ADD,
        {
            "id": variant_id,
            "product_id": product_id,
            "sku": sku,
            "price": price,
            "moment": moment,
        },
    )


def change_variant(session: Session, variant_id: int, **values: Any) -> None:
    """Change a variant of a product that is held; the product follows."""
    session.execute(
        update(Variant)
        .where(Variant.id == variant_id)
        .values(**values, version=Variant.version + 1)
    )


def remove_variants_of(
    session: Session, product_ids: Sequence[int] | Select[Any], moment: datetime
) -> None:
    """Take all variants of products that are held off sale."""
    session.execute(
        update(Variant)
        .where(Variant.product_id.in_(product_ids), Variant.removed_at.is_(None))
        .values(removed_at=moment, updated_at=moment, version=Variant.version + 1)
        .execution_options(synchronize_session=False)
    )
