"""An import's rows beside the catalogue: staged, and matched with it.

All of it happens in temporary tables of the import's own transaction, a set at
a time. `staged` has the rows as the file's reader gives them, `planned` what
each is about; `import_rejections` looks for what is wrong with them.
"""

from collections.abc import Iterable, Iterator, Sequence

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shopkeeper.models.base import COLLATION

# A large file takes its time, and nobody waits for the transaction but its job.
SETTINGS = """
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL lock_timeout = '60s';
SET LOCAL work_mem = '32MB';
SET LOCAL jit = off;
SET LOCAL plan_cache_mode = force_custom_plan;
-- The end of the process that imports ends its transaction, whatever it is at.
SET LOCAL client_connection_check_interval = '500ms'
"""

STAGED = f"""
CREATE TEMPORARY TABLE staged (
    row integer,
    name text COLLATE {COLLATION},
    sku text COLLATE {COLLATION},
    category text COLLATE {COLLATION},
    quantity integer,
    price numeric,
    cost numeric,
    description text,
    cells text,
    faults jsonb,
    unsaid text[]
) ON COMMIT DROP
"""  # The one name put in is a constant of ours.

# Pieces that an import moves of a product, one after the other with each step.
SHELVED = """
CREATE TEMPORARY TABLE shelved (
    product_id bigint,
    quantity bigint,
    differs boolean,
    is_revalued boolean,
    cost numeric
) ON COMMIT DROP
"""

COPY = """
COPY staged
    (row, name, sku, category, quantity, price, cost, description, cells, faults,
     unsaid)
FROM STDIN (FORMAT csv)
"""


def open_staging(session: Session) -> None:
    """Prepare this transaction for an import."""
    for statement in SETTINGS.split(";"):
        session.execute(text(statement))
    session.execute(text(STAGED))
    session.execute(text(SHELVED))


def stage(session: Session, batches: Iterable[bytes]) -> None:
    """Copy rows, as CSV, into `staged`."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)  # noqa: S101  # For the type.
    try:
        with connection.cursor().copy(COPY.encode()) as copy:
            for data in batches:
                copy.write(data)
    except psycopg.Error as error:  # As the session would tell it.
        raise OperationalError("COPY staged", None, error) from error
    session.execute(text("ANALYZE staged"))


def count_catalogue(session: Session) -> None:
    """Let the planner know how many products there are, as this transaction sees it.

    It may have looked while a large import was under way, and found none; it
    would then go through the whole catalogue for each row. One column is enough
    to count by, and spares it the costly index expressions. Rows of this
    transaction count too.
    """
    session.execute(text("ANALYZE products (id)"))
    session.execute(text("ANALYZE stock (product_id)"))


def take_turn(session: Session, lock: int) -> None:
    """Wait for the import that is before this one, however long it takes."""
    session.execute(text("SET LOCAL lock_timeout = 0"))
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
    session.execute(text("SET LOCAL lock_timeout = '60s'"))


def share_categories(session: Session) -> None:
    """Keep the categories that rows name from being renamed or removed."""
    session.execute(
        text(
            """
            SELECT count(*) FROM (
                SELECT id FROM categories
                WHERE removed_at IS NULL
                    AND lower(name) IN (SELECT lower(category) FROM staged)
                ORDER BY id
                FOR SHARE
            ) AS held
            """
        )
    )


def lock_matches(session: Session, match_by: str) -> None:
    """Hold the products that rows are about, lowest id first."""
    session.execute(
        text(
            f"""
            SELECT count(*) FROM (
                SELECT products.id FROM products
                WHERE removed_at IS NULL
                    AND lower(products.{_ours(match_by)})
                        IN (SELECT lower({_ours(match_by)}) FROM staged)
                ORDER BY products.id
                FOR NO KEY UPDATE
            ) AS held
            """  # noqa: S608  # A column of ours.
        )
    )


def plan(session: Session, columns: Sequence[str], match_by: str) -> None:
    """Match every row with the catalogue, in `planned`.

    Args:
        session: The import's transaction, its rows staged.
        columns: Which of our columns the file has.
        match_by: `name` or `sku`: what tells the product.
    """
    owner_by = "sku" if match_by == "name" else "name"
    owner_join = (
        f"""LEFT JOIN products AS owner
            ON owner.removed_at IS NULL
                AND lower(owner.{owner_by}) = keyed.{owner_by}_key
        """
        if owner_by in columns
        else ""
    )
    session.execute(
        text(
            f"""
            CREATE TEMPORARY TABLE planned ON COMMIT DROP AS
            WITH keyed AS (
                SELECT
                    row, name, sku, category, quantity, price, cost, description,
                    faults, coalesce(unsaid, '{{}}') AS unsaid,
                    lower(name) AS name_key,
                    lower(sku) AS sku_key,
                    lower(category) AS category_key,
                    {_first_row_with("name", columns)} AS first_name_row,
                    {_first_row_with("sku", columns)} AS first_sku_row
                FROM staged
            )
            SELECT
                keyed.*,
                products.id AS product_id,
                {"owner.id" if owner_join else "NULL::bigint"} AS owner_id,
                categories.id AS category_id,
                stock.quantity AS stock_quantity,
                products.id IS NOT NULL AND ({_differs(columns)}) AS differs,
                products.id IS NOT NULL AND ({_is_revalued(columns)}) AS is_revalued
            FROM keyed
            LEFT JOIN products ON products.removed_at IS NULL
                AND lower(products.{_ours(match_by)}) = keyed.{_ours(match_by)}_key
            LEFT JOIN stock ON stock.product_id = products.id
            {owner_join}
            LEFT JOIN categories ON categories.removed_at IS NULL
                AND lower(categories.name) = keyed.category_key
            """  # noqa: S608  # Columns of ours.
        )
    )
    session.execute(text("CREATE INDEX ON planned (row)"))
    session.execute(text("ANALYZE planned"))


def _ours(column: str) -> str:
    if column not in {"name", "sku"}:
        raise AssertionError(column)
    return column


def _first_row_with(column: str, columns: Sequence[str]) -> str:
    """The first sound row with the same value."""
    if column not in columns:
        return "NULL::integer"
    window = f"PARTITION BY lower({column})"
    return (
        f"CASE WHEN {column} IS NOT NULL"
        f" THEN min(row) FILTER (WHERE faults IS NULL) OVER ({window}) END"
    )


def _differs(columns: Sequence[str]) -> str:
    """Whether a row would change its product, stock left aside.

    An empty cell says nothing of what cannot be empty, and empties the rest.
    """

    def optional(column: str) -> str:
        return (
            f"keyed.{column} IS DISTINCT FROM products.{column}"
            f" AND '{column}' <> ALL (keyed.unsaid)"
        )

    conditions = {
        "name": "keyed.name <> products.name",
        "sku": optional("sku"),
        "category": "keyed.category_key IS NOT NULL"
        " AND categories.id IS DISTINCT FROM products.category_id",
        "price": "keyed.price <> products.price",
        "description": optional("description"),
    }
    said = [f"coalesce({conditions[c]}, false)" for c in columns if c in conditions]
    return " OR ".join(said)


def _is_revalued(columns: Sequence[str]) -> str:
    """Whether a row says another cost, of the decimals that are shown of it."""
    if "cost" not in columns:
        return "false"
    return (
        "keyed.cost IS DISTINCT FROM round(stock.cost, 4)"
        " AND 'cost' <> ALL (keyed.unsaid)"
    )


def count_changes(session: Session) -> int:
    """How many products will get another text, price or category."""
    return session.scalar(text("SELECT count(*) FROM planned WHERE differs")) or 0


def planned_ranges(session: Session, rows: int) -> Iterator[tuple[int, int]]:
    """Ranges of row numbers with about so many planned rows in each."""
    first, last = session.execute(
        text("SELECT coalesce(min(row), 1), coalesce(max(row), 0) FROM planned")
    ).one()
    for start in range(first, last + 1, rows):
        yield start, start + rows - 1
