"""What was removed, as it comes back: rows of the catalogue that have `removed_at`."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Statement, array, scalar


class Removed(NamedTuple):
    """A product, removed or not."""

    id: int
    name: str
    category_id: int
    removed_at: datetime | None


_FIND = Statement(
    "SELECT id, name, category_id, removed_at FROM products WHERE id = :id", Removed
)
_HOLD = Statement(
    """
    SELECT id, name, category_id, removed_at FROM products WHERE id = :id
    FOR NO KEY UPDATE
    """,
    Removed,
)
_HOLD_OF: Statement[int] = Statement(
    """
    SELECT id FROM products
    WHERE category_id = ANY (:category_ids) AND removed_at = :moment
    ORDER BY id
    FOR NO KEY UPDATE
    """,
    scalar,
)
_TAKEN_NAMES: Statement[str] = Statement(
    """
    SELECT gone.name FROM products AS gone
    JOIN products AS there ON lower(there.name) = lower(gone.name)
    WHERE gone.id = ANY (:product_ids) AND there.removed_at IS NULL
    ORDER BY gone.id
    LIMIT 1
    """,
    scalar,
)
_TAKEN_SKUS: Statement[str] = Statement(
    """
    SELECT gone.sku FROM variants AS gone
    JOIN variants AS there ON lower(there.sku) = lower(gone.sku)
    WHERE gone.product_id = ANY (:product_ids) AND gone.removed_at = :moment
        AND there.removed_at IS NULL
    ORDER BY gone.id
    LIMIT 1
    """,
    scalar,
)


def find_product(session: Session, product_id: int) -> Removed | None:
    return _FIND.one_or_none(session, id=product_id)


def lock_product(session: Session, product_id: int) -> Removed | None:
    return _HOLD.one_or_none(session, id=product_id)


def lock_products_of(
    session: Session, category_ids: Sequence[int], moment: datetime
) -> list[int]:
    """Hold the products that were removed from categories at a moment; their ids."""
    return _HOLD_OF.all(session, category_ids=array(category_ids), moment=moment)


def find_taken(
    session: Session, product_ids: Sequence[int], moment: datetime
) -> tuple[str | None, str | None]:
    """A name, and a sku, that something on sale has by now, of products to restore."""
    ids = array(product_ids)
    name = _TAKEN_NAMES.one_or_none(session, product_ids=ids)
    return name, _TAKEN_SKUS.one_or_none(session, product_ids=ids, moment=moment)


def restore_products(
    session: Session, product_ids: Sequence[int], removed_at: datetime, now: datetime
) -> None:
    """Put products that are held, and the variants that left with them, on sale."""
    values = {"ids": list(product_ids), "removed_at": removed_at, "now": now}
    session.execute(
        text(
            """
            UPDATE products
            SET removed_at = NULL, updated_at = :now, version = version + 1,
                slug = CASE WHEN EXISTS (
                    SELECT FROM products AS other
                    WHERE other.slug = products.slug AND other.removed_at IS NULL
                ) THEN NULL ELSE slug END
            WHERE id = ANY (:ids)
            """
        ),
        values,
    )
    session.execute(
        text(
            """
            UPDATE variants
            SET removed_at = NULL, updated_at = :now, version = version + 1
            WHERE product_id = ANY (:ids) AND removed_at = :removed_at
            """
        ),
        values,
    )


def restore_categories(
    session: Session, category_ids: Sequence[int], now: datetime
) -> None:
    """Put categories that are held back into the tree."""
    session.execute(
        text(
            """
            UPDATE categories
            SET removed_at = NULL, updated_at = :now, version = version + 1
            WHERE id = ANY (:ids)
            """
        ),
        {"ids": list(category_ids), "now": now},
    )
