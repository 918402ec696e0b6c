"""An import's rows beside the catalogue: staged, and matched with it.

All of it happens in temporary tables of the import's own transaction, a set at
a time. `staged` has the rows as the file's reader gives them, `planned` what
each is about; `import_rejections` looks for what is wrong with them.
"""

from collections.abc import Iterable

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.imports.columns import (
    BESIDE,
    COLUMN_NAMES,
    COLUMNS,
    ProductColumn,
)
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


def _definition(column: ProductColumn) -> Fragment:
    """Texts are compared as the catalogue compares them."""
    collated = f" COLLATE {COLLATION}" if column.is_text else ""
    return Fragment(f"{column.name} {column.sql_type}{collated}")


STAGED = Fragment(
    """
    CREATE TEMPORARY TABLE staged (
        row integer, {columns}, cells text, faults jsonb, unsaid text[],
        options text, family text
    ) ON COMMIT DROP
    """,
    columns=Fragment.joined(", ", map(_definition, COLUMNS)),
)

# What an import changes in the stock of what was there before.
SHELVED = """
CREATE TEMPORARY TABLE shelved (
    row integer,
    variant_id bigint,
    quantity bigint,
    is_revalued boolean,
    cost numeric
) ON COMMIT DROP
"""

COPY = Fragment(
    "COPY staged (row, {columns}, {beside}) FROM STDIN (FORMAT csv)",
    columns=Fragment.joined(", ", map(Fragment, COLUMN_NAMES)),
    beside=Fragment.joined(", ", map(Fragment, BESIDE)),
)


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
    session.execute(text("ANALYZE variants (id)"))
    session.execute(text("ANALYZE stock (variant_id)"))


def take_turn(session: Session, lock: int) -> None:
    """Wait for the import that is before this one, however long it takes."""
    session.execute(text("SET LOCAL lock_timeout = 0"))
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
    session.execute(text("SET LOCAL lock_timeout = '60s'"))


# The products whose name or sku stands in a row; those of a name get variants more
# where rows are told by their sku.
_MEANT = {
    "name": Fragment("lower(name) IN (SELECT lower(name) FROM staged)"),
    "sku": Fragment(
        """
        id IN (
            SELECT product_id FROM variants
            WHERE removed_at IS NULL AND lower(sku) IN (SELECT lower(sku) FROM staged)
            UNION
            SELECT named.id FROM products AS named
            WHERE named.removed_at IS NULL
                AND lower(named.name) IN (SELECT lower(name) FROM staged)
        )
        """
    ),
}


def lock_matches(session: Session, match_by: str) -> None:
    """Hold the products that rows are about, lowest id first."""
    session.execute(
        text(
            Fragment(
                """
                SELECT count(*) FROM (
                    SELECT id FROM products
                    WHERE removed_at IS NULL AND {meant}
                    ORDER BY id
                    FOR NO KEY UPDATE
                ) AS held
                """,
                meant=_MEANT[match_by],
            )
        )
    )
