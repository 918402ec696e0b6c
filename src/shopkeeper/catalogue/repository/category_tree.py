"""The tree of categories as it is changed: held, moved, taken away, brought back."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, insert, select, text, update
from sqlalchemy.orm import Session

from shopkeeper.catalogue.repository import variants
from shopkeeper.database.statements import Fragment, Statement, scalar
from shopkeeper.models import Category, Product, Stock, Variant
from shopkeeper.stock.repository.ledger import lock_stock

# An advisory lock of whoever moves, removes or brings back part of the tree.
TREE = 0x5C0 << 52


class Shelf(NamedTuple):
    """A category that is held."""

    id: int
    name: str
    parent_id: int | None
    path: str
    position: int
    removed_at: datetime | None


def lock_tree(session: Session) -> None:
    """Be the only one who changes the form of the tree until the transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": TREE})


_SHELF = (
    Category.id,
    Category.name,
    Category.parent_id,
    Category.path,
    Category.position,
    Category.removed_at,
)


def share_category(session: Session, category_id: int) -> Shelf | None:
    """Keep a category from being renamed, moved or removed meanwhile."""
    row = session.execute(
        select(*_SHELF)
        .where(Category.id == category_id, Category.removed_at.is_(None))
        .with_for_update(read=True)
    ).one_or_none()
    return Shelf._make(row) if row else None


_UNDER = Fragment(
    """
    WITH RECURSIVE under AS (
        SELECT CAST(:id AS bigint) AS id
        UNION ALL
        SELECT categories.id FROM under
        JOIN categories ON categories.parent_id = under.id
    )
    """
)
# A removed one stays below what it stood below, and follows that.
_READ = Statement(
    Fragment(
        """
        {under}
        SELECT id, name, parent_id, path, position, removed_at FROM categories
        WHERE id IN (SELECT id FROM under)
        ORDER BY id
        """,
        under=_UNDER,
    ),
    Shelf,
)
# All in one, lowest id first, as whoever keeps several from being changed does.
_HOLD: Statement[int] = Statement(
    Fragment(
        """
        {under}
        SELECT id FROM categories
        WHERE id IN (SELECT id FROM under) OR (
            CAST(:places AS boolean) AND removed_at IS NULL
            AND parent_id IS NOT DISTINCT FROM CAST(:above AS bigint)
        )
        ORDER BY id
        FOR UPDATE
        """,
        under=_UNDER,
    ),
    scalar,
)


def read_shelf(session: Session, category_id: int) -> Shelf | None:
    """A category as it is; its place is sure while the tree is held."""
    row = session.execute(
        select(*_SHELF).where(Category.id == category_id, Category.removed_at.is_(None))
    ).one_or_none()
    return Shelf._make(row) if row else None


def lock_with_below(
    session: Session, category_id: int, *, beside: tuple[int | None] | None = None
) -> list[Shelf]:
    """Hold a category and all below it, itself first; none if there is no such one.

    What is put below one of them while they are waited for is held as well.

    Args:
        session: The transaction, which holds the tree.
        category_id: Which.
        beside: The parent whose other children are to be placed anew, if some are.
    """
    above = {"places": beside is not None, "above": beside[0] if beside else None}
    known = -1
    while True:
        held = _HOLD.all(session, id=category_id, **above)
        if len(held) == known:
            shelves = _READ.all(session, id=category_id)
            return sorted(shelves, key=lambda shelf: shelf.id != category_id)
        known = len(held)


def lock_beside(session: Session, parent_id: int | None) -> None:
    """Hold what stands below a category, or at the top, to be placed anew."""
    session.execute(
        select(Category.id)
        .where(
            Category.removed_at.is_(None),
            Category.parent_id.is_not_distinct_from(parent_id),
        )
        .order_by(Category.id)
        .with_for_update(key_share=True)
    )


def add_category(
    session: Session, name: str, parent: Shelf | None, moment: datetime
) -> int:
    """Write a category down, behind those that stand beside it."""
    parent_id = parent.id if parent is not None else None
    behind = (
        select(func.coalesce(func.max(Category.position), 0) + 1)
        .where(
            Category.removed_at.is_(None),
            Category.parent_id.is_not_distinct_from(parent_id),
        )
        .scalar_subquery()
    )
    return session.scalars(
        insert(Category)
        .values(
            name=name,
            parent_id=parent_id,
            parent_path=parent.path if parent is not None else None,
            position=behind,
            created_at=moment,
            updated_at=moment,
        )
        .returning(Category.id)
    ).one()


def move_category(  # noqa: PLR0917  # What, whereto, and when.
    session: Session,
    shelf: Shelf,
    name: str,
    parent: Shelf | None,
    below: Sequence[int],
    moment: datetime,
) -> None:
    """Give a category that is held another name or place, and those below its path."""
    parent_path = parent.path if parent is not None else None
    path = name if parent_path is None else f"{parent_path} > {name}"
    written = {"version": Category.version + 1, "updated_at": moment}
    session.execute(
        update(Category)
        .where(Category.id == shelf.id)
        .values(
            name=name,
            parent_id=parent.id if parent is not None else None,
            parent_path=parent_path,
            **written,
        )
        .execution_options(synchronize_session=False)
    )
    if below:
        rest = func.substr(Category.parent_path, len(shelf.path) + 1)
        session.execute(
            update(Category)
            .where(Category.id.in_(below))
            .values(parent_path=func.concat(path, rest), **written)
            .execution_options(synchronize_session=False)
        )


_PLACE = text(
    """
    UPDATE categories SET position = placed.place
    FROM (
        SELECT id, row_number() OVER (
            ORDER BY
                CASE WHEN id = :id THEN :place ELSE others.place
                    + CASE WHEN others.place >= :place THEN 1 ELSE 0 END END
        ) AS place
        FROM (
            SELECT id, row_number() OVER (ORDER BY id = :id, position, id) AS place
            FROM categories
            WHERE removed_at IS NULL AND parent_id IS NOT DISTINCT FROM :parent_id
        ) AS others
    ) AS placed
    WHERE placed.id = categories.id AND placed.place <> categories.position
    """
)


def place_category(
    session: Session, category_id: int, parent_id: int | None, place: int
) -> None:
    """Let a category stand at a place among those beside it, from 1 on."""
    session.execute(_PLACE, {"id": category_id, "place": place, "parent_id": parent_id})


def lock_products_of(session: Session, category_ids: Sequence[int]) -> None:
    """Hold the products of categories, then their stock, in key order as everywhere."""
    session.execute(
        select(Product.id)
        .where(*_products_of(category_ids))
        .order_by(Product.id)
        .with_for_update(key_share=True)
    )
    lock_stock(
        session,
        select(Variant.id)
        .join(Product, Product.id == Variant.product_id)
        .where(*_products_of(category_ids), Variant.removed_at.is_(None)),
    )


def count_products_of(
    session: Session, category_ids: Sequence[int]
) -> tuple[int, int, int]:
    """How many products stand in categories, of how many variants and pieces."""
    row = session.execute(
        select(
            func.count(Product.id.distinct()),
            func.count(Variant.id.distinct()),
            func.coalesce(func.sum(Stock.quantity), 0),
        )
        .select_from(Product)
        .join(Variant, Variant.product_id == Product.id)
        .join(Stock, Stock.variant_id == Variant.id)
        .where(*_products_of(category_ids), Variant.removed_at.is_(None))
    ).one()
    return row[0], row[1], int(row[2])


def remove_categories(
    session: Session, category_ids: Sequence[int], moment: datetime
) -> None:
    """Take categories that are held, and their products, out of the catalogue."""
    of_them = select(Product.id).where(*_products_of(category_ids))
    variants.remove_variants_of(session, of_them, moment)
    session.execute(
        update(Product)
        .where(*_products_of(category_ids))
        .values(removed_at=moment, updated_at=moment, version=Product.version + 1)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Category)
        .where(Category.id.in_(category_ids))
        .values(removed_at=moment, updated_at=moment, version=Category.version + 1)
        .execution_options(synchronize_session=False)
    )


def _products_of(category_ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return Product.category_id.in_(category_ids), Product.removed_at.is_(None)
