"""The categories that an import names: found, held, and made where there are none."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

# What somebody has removed while something was to stand below it: planned anew.
_OVERTAKEN = """
    DO $$
    BEGIN
        IF EXISTS (
            SELECT FROM wanted WHERE NOT EXISTS (
                SELECT FROM categories
                WHERE removed_at IS NULL AND lower(categories.path) = lower(wanted.path)
            )
        ) THEN
            RAISE unique_violation USING MESSAGE = 'a category has gone meanwhile';
        END IF;
    END
    $$
"""


def share_categories(session: Session, default: str | None) -> None:
    """Keep the categories that rows name, or get, from being renamed or removed.

    And those that new ones may come to stand below.
    """
    session.execute(
        text(
            """
            WITH named AS (
                SELECT DISTINCT lower(category) AS key FROM staged
                WHERE category IS NOT NULL
                UNION SELECT lower(CAST(:default AS text) COLLATE pg_c_utf8)
            )
            SELECT count(*) FROM (
                SELECT id FROM categories
                WHERE removed_at IS NULL
                    AND (
                        lower(path) IN (
                            SELECT unnest(category_keys(key)) FROM named
                            WHERE key IS NOT NULL
                        )
                        OR lower(name) IN (SELECT key FROM named)
                    )
                ORDER BY id
                FOR SHARE
            ) AS held
            """
        ),
        {"default": default},
    )


def find_shelves(session: Session) -> None:
    """Let rows that say a category's name alone mean its path, where one has it.

    Where several have it, the row is told so later.
    """
    session.execute(
        text(
            """
            UPDATE matched
            SET category = meant.path, category_key = lower(meant.path)
            FROM (
                SELECT lower(name) AS key, min(path) AS path
                FROM categories
                WHERE removed_at IS NULL AND parent_id IS NOT NULL
                GROUP BY lower(name)
                HAVING count(*) = 1
            ) AS meant
            WHERE meant.key = matched.category_key AND NOT EXISTS (
                SELECT FROM categories
                WHERE removed_at IS NULL AND lower(path) = matched.category_key
            )
            """
        )
    )


def add_categories(session: Session, moment: datetime) -> list[str]:
    """Make the categories that planned rows name, and what they stand below.

    Returns:
        The paths of the new ones, those at the top first.
    """
    session.execute(
        text(
            """
            CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
            SELECT DISTINCT ON (lower(wanted.path))
                wanted.path, wanted.level, wanted.above,
                wanted.names[wanted.level] AS name, row
            FROM (
                SELECT row, names, level,
                    CASE WHEN level > 1 THEN
                        array_to_string(names[1:level - 1], ' > ') COLLATE pg_c_utf8
                    END AS above,
                    array_to_string(names[1:level], ' > ') COLLATE pg_c_utf8 AS path
                FROM (
                    SELECT DISTINCT ON (category_key) row,
                        string_to_array(category, ' > ') AS names
                    FROM planned
                    WHERE category_id IS NULL AND category_key IS NOT NULL
                    ORDER BY category_key, row
                ) AS named
                CROSS JOIN generate_series(1, cardinality(names)) AS level
            ) AS wanted
            WHERE NOT EXISTS (
                SELECT FROM categories
                WHERE removed_at IS NULL AND lower(categories.path) = lower(wanted.path)
            )
            ORDER BY lower(wanted.path), row
            """
        )
    )
    levels = session.scalars(text("SELECT DISTINCT level FROM wanted ORDER BY 1"))
    made: list[str] = []
    for level in levels.all():
        session.execute(
            text(
                """
                SELECT count(*) FROM (
                    SELECT id FROM categories
                    WHERE removed_at IS NULL AND lower(path) IN (
                        SELECT lower(above) FROM wanted WHERE level = :level
                    )
                    ORDER BY id
                    FOR SHARE
                ) AS held
                """
            ),
            {"level": level},
        )
        made += session.scalars(
            text(
                """
                INSERT INTO categories
                    (name, parent_id, parent_path, position, created_at, updated_at)
                SELECT wanted.name COLLATE pg_c_utf8, above.id, above.path,
                    row_number() OVER (PARTITION BY above.id ORDER BY wanted.row) + (
                        SELECT coalesce(max(position), 0) FROM categories AS beside
                        WHERE beside.removed_at IS NULL
                            AND beside.parent_id IS NOT DISTINCT FROM above.id
                    ),
                    :moment, :moment
                FROM wanted
                LEFT JOIN categories AS above ON above.removed_at IS NULL
                    AND lower(above.path) = lower(wanted.above)
                WHERE wanted.level = :level
                    AND (wanted.level = 1 OR above.id IS NOT NULL)
                ORDER BY lower(wanted.path)
                ON CONFLICT (lower(path)) WHERE removed_at IS NULL DO NOTHING
                RETURNING path
                """
            ),
            {"moment": moment, "level": level},
        ).all()
    session.execute(text(_OVERTAKEN))
    session.execute(
        text(
            """
            CREATE TEMPORARY TABLE shelves ON COMMIT DROP AS
            SELECT id, lower(path) AS key FROM categories
            WHERE removed_at IS NULL
                AND lower(path) IN (SELECT category_key FROM planned)
            ORDER BY id
            FOR SHARE
            """
        )
    )
    session.execute(text("ANALYZE shelves"))
    return made
