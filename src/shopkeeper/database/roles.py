"""Who may do what in the database: its owner migrates, the shop only runs.

The role that the shop runs as can neither change the schema nor rewrite
history: ledgers can only be read and added to, what is kept for good cannot be
deleted. The triggers refuse the same; whoever got as far as to send SQL of
their own could take those away, if the role were the owner's.
"""

from collections.abc import Iterator

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, make_url, text

from shopkeeper.database.migrations import LOCK
from shopkeeper.models import Base
from shopkeeper.models.closed_sales import ROLLUPS

# Of the queue of imports.
QUEUE_SCHEMA = "procrastinate"
ADD = ("SELECT", "INSERT")
CHANGE = (*ADD, "UPDATE")
ALL_ROWS = (*CHANGE, "DELETE")
# Never changed: what has happened.
LEDGERS = frozenset(
    {
        *("stock_movements", "receipts", "refund_items"),
        *("product_revisions", "variant_revisions", "category_revisions"),
        *("activities", "activity_changes"),
    }
)
# Lines of pending orders, what expires, and what is only passing through.
DELETABLE = frozenset(
    {
        *("order_items", "order_adjustments", "backorders", "former_slugs"),
        *("idempotency_keys", "logins", "login_throttles"),
        *("password_resets", "rate_limits", "gateway_events"),
        *("import_parts", "import_errors", "import_rejected_rows"),
    }
)
# Imports have their tables analysed.
ANALYSED = frozenset({"products", "variants", "stock"})


class RuntimeRoleError(Exception):
    """The role the shop is to run as is not there, or may not do what is needed."""


def grant(engine: Engine, url: str) -> None:
    """Let the role of a URL do what the shop does, and no more; make it if need be.

    Args:
        engine: As the owner.
        url: Of the role that the shop runs as.

    Raises:
        RuntimeRoleError: If it is not there, and the owner may not make it.
    """
    runtime = make_url(url)
    role = str(runtime.username)
    with engine.begin() as connection:
        # Of several that start at once, one grants.
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        if not _exists(connection, role):
            _make(connection, role, runtime.password)
        if not _wanted() <= _granted(connection, role) or _has_more(connection, role):
            _give(connection, role)


def _has_more(connection: Connection, role: str) -> bool:
    """Whether a role may do more with our tables than the shop does."""
    ours = {table for table, _ in rights_of_tables()}
    more = _granted(connection, role) - _wanted()
    return any(table in ours for table, _ in more)


def _give(connection: Connection, role: str) -> None:
    try:
        for statement in grants(connection, role):
            _say(connection, statement)
    except psycopg.errors.InsufficientPrivilege as error:
        raise RuntimeRoleError(
            f"The owner may not give {role} its rights ({error.diag.message_primary})."
            " `shopkeeper migrate --roles` prints the statements."
        ) from None


def may_rewrite_history(engine: Engine) -> bool:
    """Whether a role may do to the ledgers what the shop never does."""
    with engine.connect() as connection:
        return bool(
            connection.scalar(
                text("SELECT has_table_privilege('stock_movements', 'DELETE')")
            )
        )


def statements(connection: Connection, role: str) -> list[str]:
    """What an owner has to say, to somebody who says it themselves."""
    quoted = _quote(role)
    made = f"CREATE ROLE {quoted} LOGIN PASSWORD '…'"
    return [made, *grants(connection, role)]


def grants(connection: Connection, role: str) -> list[str]:
    """The statements that give a role its rights, and take others away."""
    quoted = _quote(role)
    name = connection.scalar(text("SELECT current_database()"))
    database = _quote(str(name))
    # Of the schema `public` only what is ours: others may have tables there.
    ours = ", ".join(table for table, _ in rights_of_tables())
    sequences = ", ".join(_sequences(connection))
    told = [
        f"REVOKE ALL ON {ours} FROM {quoted}",
        f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {quoted}",
        f"GRANT USAGE ON SCHEMA public, {QUEUE_SCHEMA} TO {quoted}",
        f"GRANT USAGE ON SEQUENCE {sequences} TO {quoted}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {QUEUE_SCHEMA} TO {quoted}",
    ]
    in_queue = f"ALL TABLES IN SCHEMA {QUEUE_SCHEMA}"
    told.append(f"GRANT {', '.join(ALL_ROWS)} ON {in_queue} TO {quoted}")
    by_rights: dict[tuple[str, ...], list[str]] = {}
    for table, rights in rights_of_tables():
        by_rights.setdefault(rights, []).append(table)
    for rights, tables in sorted(by_rights.items()):
        told.append(f"GRANT {', '.join(rights)} ON {', '.join(tables)} TO {quoted}")
    return told


def _sequences(connection: Connection) -> list[str]:
    """The sequences that number the rows of our tables."""
    rows = connection.scalars(
        text(
            """
            SELECT DISTINCT sequence.relname
            FROM pg_class AS sequence
            JOIN pg_depend AS kept ON kept.objid = sequence.oid
                AND kept.classid = CAST('pg_class' AS regclass)
                AND kept.refclassid = CAST('pg_class' AS regclass)
                AND kept.deptype IN ('a', 'i')
            JOIN pg_class AS owner ON owner.oid = kept.refobjid
            WHERE sequence.relkind = 'S'
                AND owner.relnamespace = CAST('public' AS regnamespace)
                AND owner.relname = ANY (:tables)
            ORDER BY 1
            """
        ),
        {"tables": sorted(Base.metadata.tables)},
    )
    return [_quote(name) for name in rows]


def rights_of_tables() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each table with what the shop may do with its rows."""
    yield "alembic_version", ("SELECT",)
    for table in sorted(Base.metadata.tables):
        rights: tuple[str, ...] = CHANGE
        if table in LEDGERS:
            rights = ADD
        elif table in DELETABLE:
            rights = ALL_ROWS
        elif table in ROLLUPS:  # Derived: made again from what is kept.
            rights = (*ADD, "UPDATE", "TRUNCATE")
        elif table in ANALYSED:
            rights = (*CHANGE, "MAINTAIN")
        yield table, rights


def _wanted() -> set[tuple[str, str]]:
    return {(table, right) for table, rights in rights_of_tables() for right in rights}


def _granted(connection: Connection, role: str) -> set[tuple[str, str]]:
    rows = connection.execute(
        text(
            """
            SELECT pg_class.relname, granted.privilege_type
            FROM pg_class
            CROSS JOIN LATERAL aclexplode(relacl) AS granted
            WHERE relnamespace = CAST('public' AS regnamespace) AND relkind = 'r'
                AND grantee = (SELECT oid FROM pg_roles WHERE rolname = :role)
            """
        ),
        {"role": role},
    )
    return {(table, right) for table, right in rows}


def _exists(connection: Connection, role: str) -> bool:
    found = connection.scalar(
        text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}
    )
    return found is not None


def _make(connection: Connection, role: str, password: str | None) -> None:
    quoted = _quote(role)
    secret = sql.Literal(password).as_string()
    try:
        _say(connection, f"CREATE ROLE {quoted} LOGIN PASSWORD {secret}")
    except psycopg.errors.InsufficientPrivilege:
        raise RuntimeRoleError(
            f"There is no role {role} in the database, and the owner may not make it."
            f" As somebody who may: CREATE ROLE {quoted} LOGIN PASSWORD '…'"
        ) from None


def _say(connection: Connection, statement: str) -> None:
    """Whatever the names in it are: nothing in it stands for a value."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101  # A type.
    driver.execute(statement.encode())


def _quote(name: str) -> str:
    return sql.Identifier(name).as_string()
