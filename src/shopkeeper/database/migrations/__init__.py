"""Bringing a database to the schema of this code, and no further."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

# Any number, as long as nobody else locks it: "shopkeep" in ASCII.
LOCK = 0x73686F706B656570


class MayNotMigrateError(Exception):
    """The database is not at the schema of this code, and the role may not see to it."""


class DatabaseTooNewError(Exception):
    """The database was migrated by a newer Shopkeeper than this one."""


def migrate(engine: Engine) -> list[str]:
    """Apply the migrations that are missing; several processes may try at once.

    Returns:
        The revisions applied, oldest first.

    Raises:
        DatabaseTooNewError: If the database knows a revision this code does not.
        MayNotMigrateError: If the role may not.
    """
    with engine.connect() as connection:
        # Held by the session, not by a transaction: it outlives each migration.
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        try:
            return _upgrade(connection)
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
            connection.execute(text("RESET lock_timeout"))
            connection.commit()


def _upgrade(connection: Connection) -> list[str]:
    config = alembic_config(connection)
    scripts = ScriptDirectory.from_config(config)
    known = [script.revision for script in reversed(list(scripts.walk_revisions()))]
    current = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    if current is not None and current not in known:
        raise DatabaseTooNewError(
            f"The database is at schema {current}, which this Shopkeeper does not know"
            f" (its newest is {known[-1]}). Run the newer version that made it."
        )
    if current == known[-1]:
        return []
    try:
        command.upgrade(config, "head")
    except ProgrammingError as error:
        if not isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise
        raise MayNotMigrateError(
            f"The database is at schema {current or 'none'}, this Shopkeeper needs"
            f" {known[-1]}, and the role of DATABASE_URL may not change it. Run"
            " `shopkeeper migrate` with MIGRATION_DATABASE_URL, as the owner."
        ) from None
    connection.commit()
    return known[known.index(current) + 1 :] if current else known


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
