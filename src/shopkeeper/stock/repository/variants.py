"""Variants as stock knows them: who they are, and how many pieces there are."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment, Statement
from shopkeeper.models import Stock
from shopkeeper.models.location import MAIN
from shopkeeper.stock.repository.ledger import lock_stock


class KeptVariant(NamedTuple):
    """A variant that there is or was."""

    id: int
    sku: str | None
    title: str
    product_name: str


_VARIANTS = Statement(
    """
    SELECT variants.id, variants.sku, (
            SELECT coalesce(string_agg(value.value, ' / ' ORDER BY used.place), '')
            FROM unnest(variants.value_ids) WITH ORDINALITY AS used (value_id, place)
            JOIN option_values AS value ON value.id = used.value_id
        ) AS title, products.name AS product_name
    FROM variants JOIN products ON products.id = variants.product_id
    WHERE variants.product_id = :product_id
    ORDER BY variants.position, variants.id
    """,
    KeptVariant,
)


def list_variants(session: Session, product_id: int) -> Sequence[KeptVariant]:
    """All variants that a product, removed or not, has or had."""
    return _VARIANTS.all(session, product_id=product_id)


def has_stock(session: Session, variant_id: int) -> bool:
    """Whether there ever was such a variant, removed or not."""
    found = session.scalar(
        select(Stock.variant_id).where(Stock.variant_id == variant_id).limit(1)
    )
    return found is not None


class HeldVariant(NamedTuple):
    """A variant on sale whose stock is held, with what it was known to have then."""

    id: int
    sku: str | None
    product_id: int
    name: str
    quantity: int
    quantity_then: int
    # Pieces that are sold, and are not there yet.
    waiting: int


_HOLD = text(
    Fragment(
        """
        SELECT variants.id, variants.sku, variants.product_id, products.name,
            stock.quantity,
            coalesce((
                SELECT balance_after FROM stock_movements AS before
                WHERE before.variant_id = variants.id AND before.location_id = {main}
                    AND before.created_at <= :moment
                ORDER BY before.sequence DESC LIMIT 1
            ), 0) AS quantity_then,
            stock.waiting
        FROM variants
        JOIN products ON products.id = variants.product_id
        JOIN stock ON stock.variant_id = variants.id AND stock.location_id = {main}
        WHERE variants.id = ANY (CAST(:ids AS bigint[])) AND variants.removed_at IS NULL
        ORDER BY variants.id
        """,
        main=MAIN,
    )
)
_NAMED = text(
    """
    SELECT named.place, variants.id
    FROM unnest(CAST(:ids AS bigint[]), CAST(:skus AS text[]))
        WITH ORDINALITY AS named (id, sku, place)
    JOIN variants ON variants.removed_at IS NULL AND (
        variants.id = named.id
        OR lower(variants.sku) = lower(named.sku COLLATE pg_c_utf8)
    )
    """
)


def find_named(
    session: Session, names: Sequence[tuple[int | None, str | None]]
) -> dict[int, int]:
    """The variants on sale that are named by id or sku: their ids, by place."""
    found = session.execute(
        _NAMED,
        {"ids": [name for name, _ in names], "skus": [sku for _, sku in names]},
    )
    return {place - 1: variant_id for place, variant_id in found}


def hold_variants(
    session: Session, variant_ids: Sequence[int], moment: datetime
) -> dict[int, HeldVariant]:
    """Hold the stock of variants, lowest id first, and read it when it is held.

    Args:
        session: The transaction.
        variant_ids: Which.
        moment: Of which `quantity_then` is to be known.
    """
    lock_stock(session, variant_ids)
    rows = session.execute(_HOLD, {"ids": list(variant_ids), "moment": moment})
    return {row.id: HeldVariant._make(row) for row in rows}
