"""Categories as the catalogue shows them, and as they are found by what people say."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment, Statement, scalar

# Keys of paths are compared code point by code point: `!` is next after the space.
# What is below a shelf begins with its path and this.
_BELOW = Fragment(
    "({path} >= {of} || ' > ' AND {path} < {of} || ' >!')",
    path=Fragment("lower(below.path)"),
    of=Fragment("lower(categories.path)"),
)
_COLUMNS = Fragment(
    """
    categories.id, categories.name, categories.path, categories.parent_id,
    categories.position, (
        SELECT (
                SELECT count(*) FROM products
                WHERE removed_at IS NULL AND category_id = ANY (shelf.ids)
            ) + (
                SELECT count(*) FROM products
                WHERE removed_at IS NULL AND further_category_ids <> '{}'
                    AND further_category_ids && shelf.ids
                    AND category_id <> ALL (shelf.ids)
            )
        FROM (
            SELECT array_agg(below.id) AS ids FROM categories AS below
            WHERE below.removed_at IS NULL AND (below.id = categories.id OR {below})
        ) AS shelf
    ) AS product_count,
    categories.created_at, categories.updated_at
    """,
    below=_BELOW,
)


class CategoryRow(NamedTuple):
    id: int
    name: str
    path: str
    parent_id: int | None
    position: int
    # With those of all that stands below it, and those that are found in it.
    product_count: int
    created_at: datetime
    updated_at: datetime


class Meant(NamedTuple):
    """A category that words may mean: by its whole path, or by its name alone."""

    id: int
    path: str
    is_whole: bool


_BY_PATH = Fragment(
    """
    SELECT {columns} FROM categories
    WHERE categories.removed_at IS NULL{condition}
    ORDER BY fold_text(categories.path), lower(categories.path)
    LIMIT :limit
    """,
    columns=_COLUMNS,
)
_AFTER = Fragment(
    " AND (fold_text(categories.path), lower(categories.path))"
    " > (fold_text(CAST(:after AS text) COLLATE pg_c_utf8),"
    " lower(CAST(:after AS text) COLLATE pg_c_utf8))"
)
# Each shelf behind the one that it stands below, and beside its like in their order.
_BY_POSITION = Fragment(
    """
    WITH RECURSIVE tree AS (
        SELECT id, ARRAY[CAST(position AS bigint), id] AS place FROM categories
        WHERE parent_id IS NULL AND removed_at IS NULL
        UNION ALL
        SELECT categories.id, tree.place || CAST(position AS bigint) || categories.id
        FROM tree
        JOIN categories ON categories.parent_id = tree.id
        WHERE removed_at IS NULL
    )
    SELECT {columns}, tree.place
    FROM tree JOIN categories ON categories.id = tree.id
    WHERE true{condition}
    ORDER BY tree.place
    LIMIT :limit
    """,
    columns=_COLUMNS,
)
_PARENT = Fragment(" AND categories.parent_id = :parent_id")


def list_categories(
    session: Session, limit: int, after: str | None, parent_id: int | None
) -> list[CategoryRow]:
    """Categories by their paths; at most `limit`, after the one of that path.

    Args:
        session: The transaction.
        limit: How many at most.
        after: The path of the one they come after.
        parent_id: Of those right below this one alone.
    """
    conditions = [] if after is None else [_AFTER]
    if parent_id is not None:
        conditions.append(_PARENT)
    rows = session.execute(
        text(Fragment(_BY_PATH, condition=Fragment.joined("", conditions))),
        {"limit": limit, "after": after, "parent_id": parent_id},
    )
    return [CategoryRow._make(row) for row in rows]


def list_in_order(
    session: Session, limit: int, after: Sequence[int] | None, parent_id: int | None
) -> list[tuple[CategoryRow, Sequence[int]]]:
    """Categories in the order of the tree, each with its place in it."""
    conditions = []
    if after is not None:
        conditions.append(Fragment(" AND tree.place > CAST(:after AS bigint[])"))
    if parent_id is not None:
        conditions.append(_PARENT)
    rows = session.execute(
        text(Fragment(_BY_POSITION, condition=Fragment.joined("", conditions))),
        {"limit": limit, "after": list(after or ()), "parent_id": parent_id},
    )
    return [(CategoryRow._make(row[:-1]), row[-1]) for row in rows]


def find_category(session: Session, category_id: int) -> CategoryRow | None:
    row = session.execute(
        text(
            Fragment(
                "SELECT {columns} FROM categories"
                " WHERE categories.removed_at IS NULL AND categories.id = :id",
                columns=_COLUMNS,
            )
        ),
        {"id": category_id},
    ).one_or_none()
    return CategoryRow._make(row) if row else None


# By the whole path, or by the name that a shelf has alone.
_MEANT = Fragment(
    """
    SELECT id, path, lower(path) = {wanted} AS is_whole
    FROM categories
    WHERE removed_at IS NULL AND (lower(path) = {wanted} OR lower(name) = {wanted})
    ORDER BY id
    """,
    wanted=Fragment("lower(CAST(:words AS text) COLLATE pg_c_utf8)"),
)
_FIND_MEANT = Statement(_MEANT, Meant)


def find_meant(session: Session, words: str) -> Sequence[Meant]:
    """The categories that a path, or a name, may mean."""
    return _FIND_MEANT.all(session, words=words)


_WITH_BELOW: Statement[int] = Statement(
    Fragment(
        """
        SELECT below.id FROM categories
        JOIN categories AS below ON below.removed_at IS NULL
            AND (below.id = categories.id OR {below})
        WHERE categories.id = :id AND categories.removed_at IS NULL
        ORDER BY below.id
        """,
        below=_BELOW,
    ),
    scalar,
)


def list_with_below(session: Session, category_id: int) -> Sequence[int]:
    """The ids of a category and of all that stand below it."""
    return _WITH_BELOW.all(session, id=category_id)
