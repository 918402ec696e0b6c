"""What categories were called, up to a moment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from shopkeeper.database.statements import Statement, scalar

# Each path was taken on when the one before it was given up, the first at the start.
_PATHS: Statement[str] = Statement(
    """
    SELECT min(path) FROM (
        SELECT was.name AS path, coalesce(
                lag(valid_until) OVER (
                    PARTITION BY was.category_id ORDER BY valid_until, was.version
                ),
                created_at
            ) AS since
        FROM category_revisions AS was
        JOIN categories ON categories.id = was.category_id
        UNION ALL
        SELECT categories.path, coalesce(
                (
                    SELECT max(valid_until) FROM category_revisions
                    WHERE category_id = categories.id
                ),
                created_at
            )
        FROM categories
    ) AS known
    WHERE since <= :as_of AND (
        lower(path) = lower(CAST(:name AS text) COLLATE pg_c_utf8)
        OR right(lower(path), char_length(CAST(:name AS text)) + 3)
            = ' > ' || lower(CAST(:name AS text) COLLATE pg_c_utf8)
    )
    GROUP BY lower(path)
    ORDER BY lower(path)
    """,
    scalar,
)


def list_paths(session: Session, name: str, as_of: datetime) -> Sequence[str]:
    """The paths of all categories that had a name by a moment, removed ones too."""
    return _PATHS.all(session, name=name, as_of=as_of)
