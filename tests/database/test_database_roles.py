"""The role a shop runs as: all that a shop does, and nothing that rewrites history."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql
from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from structlog.testing import capture_logs
from testing.real_server import RealServer, running

from shopkeeper.cli import commands as cli
from shopkeeper.cli.commands import main
from shopkeeper.database.embedded.session import runtime_url, shared_server
from shopkeeper.database.engine import DatabaseUrls, make_engine
from shopkeeper.database.migrations import MayNotMigrateError
from shopkeeper.database.roles import (
    LEDGERS,
    RuntimeRoleError,
    may_rewrite_history,
    rights_of_tables,
)
from shopkeeper.models import Base
from shopkeeper.processes import announcements
from shopkeeper.processes.server import prepare_database
from shopkeeper.utils.settings import get_settings


@pytest.fixture
def shop(fresh_url: str, as_shop: Callable[[str], str]) -> Iterator[Engine]:
    engine = make_engine(as_shop(fresh_url), get_settings())
    yield engine
    engine.dispose()


def refused(connection: Connection, statement: str) -> bool:
    attempt = connection.begin_nested()
    with pytest.raises(ProgrammingError) as error:
        connection.execute(text(statement))
    attempt.rollback()
    return isinstance(error.value.orig, psycopg.errors.InsufficientPrivilege)


@pytest.mark.parametrize("table", sorted(LEDGERS))
def test_history_is_read_and_added_to(shop: Engine, table: str) -> None:
    (*_, last) = Base.metadata.tables[table].columns
    with shop.connect() as connection:
        connection.execute(text(f"SELECT * FROM {table}"))
        for statement in (
            f"UPDATE {table} SET {last.name} = {last.name}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
            f"ALTER TABLE {table} DISABLE TRIGGER USER",
            f"DROP TABLE {table} CASCADE",
        ):
            assert refused(connection, statement), statement


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM orders",
        "DELETE FROM payments",
        "DELETE FROM refunds",
        "TRUNCATE users CASCADE",
        "CREATE TABLE mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "ALTER TABLE orders ADD COLUMN mine int",
        "SET session_replication_role = replica",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
        "UPDATE alembic_version SET version_num = '0001'",
        "CREATE ROLE mine SUPERUSER",
        "DROP FUNCTION apply_stock_movement CASCADE",
    ],
)
def test_neither_the_schema_nor_the_server_is_its(shop: Engine, statement: str) -> None:
    with shop.connect() as connection:
        assert refused(connection, statement)


def test_every_table_has_its_rights() -> None:
    told = dict(rights_of_tables())

    assert told.keys() == Base.metadata.tables.keys() | {"alembic_version"}
    assert all("DELETE" not in told[table] for table in ("orders", "stock", "users"))
    assert all(told[table] == ("SELECT", "INSERT") for table in LEDGERS)


def test_a_role_that_may_not_migrate_says_so(
    fresh_url: str, fresh_engine: Engine, as_shop: Callable[[str], str]
) -> None:
    with fresh_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0017'"))
    url = as_shop(fresh_url)

    with pytest.raises(MayNotMigrateError, match=r"0017.*MIGRATION_DATABASE_URL"):
        prepare_database(DatabaseUrls(url, url), get_settings())


def test_a_missing_role_is_made_with_its_password(
    fresh_url: str, fresh_engine: Engine
) -> None:
    role, password = "shop'\"of: %s 100%", "p'a:ss%20 \"word\\"
    url = make_url(fresh_url).set(username=role, password=password)
    runtime = url.render_as_string(hide_password=False)
    try:
        prepare_database(DatabaseUrls(fresh_url, runtime), get_settings())
        prepare_database(DatabaseUrls(fresh_url, runtime), get_settings())
        engine = make_engine(runtime, get_settings())
        assert not may_rewrite_history(engine)
        engine.dispose()
    finally:
        quoted = sql.Identifier(role).as_string()
        with fresh_engine.begin() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            driver.execute(f"DROP OWNED BY {quoted}; DROP ROLE {quoted}".encode())
    assert may_rewrite_history(fresh_engine)


def test_an_owner_that_may_not_make_it_is_told_how(
    fresh_url: str, as_shop: Callable[[str], str]
) -> None:
    owner = as_shop(fresh_url)
    runtime = make_url(owner).set(username="nobody_yet")

    with pytest.raises(RuntimeRoleError, match='CREATE ROLE "nobody_yet" LOGIN'):
        prepare_database(
            DatabaseUrls(owner, runtime.render_as_string(hide_password=False)),
            get_settings(),
        )


def test_the_command_prints_what_it_needs(
    fresh_url: str, fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = get_settings().model_copy(update={"database_url": fresh_url})
    monkeypatch.setattr(cli, "get_settings", lambda: settings)

    told = CliRunner().invoke(main, ["migrate", "--roles", "--runtime", "till"])

    assert told.exit_code == 0, told.output
    assert told.output.startswith("CREATE ROLE \"till\" LOGIN PASSWORD '…';\n")
    with fresh_engine.connect() as connection:
        for line in told.output.replace("'…'", "'x'").splitlines():
            connection.execute(text(line.removesuffix(";")))
        may = text("SELECT has_table_privilege('till', 'receipts', :right)")
        rights = [
            connection.scalar(may, {"right": right}) for right in ("INSERT", "UPDATE")
        ]
        connection.rollback()
    assert rights == [True, False]


def test_a_server_that_runs_as_the_owner_warns(
    fresh_url: str, as_shop: Callable[[str], str]
) -> None:
    with capture_logs() as logs:
        announcements.warn_of_rights(as_shop(fresh_url), get_settings())
        announcements.warn_of_rights(fresh_url, get_settings())

    assert [entry["event"] for entry in logs] == ["database_role_may_all"]


def test_the_embedded_server_is_run_as_it(tmp_path: Path) -> None:
    with (
        running(RealServer(tmp_path / "data")) as shop,
        shared_server(shop.data_dir) as url,
    ):
        engine = make_engine(url, get_settings())
        with engine.connect() as connection:
            roles = connection.scalars(
                text(
                    "SELECT DISTINCT usename FROM pg_stat_activity"
                    " WHERE backend_type = 'client backend' AND usename IS NOT NULL"
                    " AND pid <> pg_backend_pid()"
                )
            ).all()
        engine.dispose()
        assert set(roles) == {"shopkeeper_runtime"}
        password = (tmp_path / "data" / "postgresql.runtime.password").stat()
        assert password.st_mode & 0o077 == 0
        assert runtime_url(shop.data_dir, url).startswith(
            "postgresql+psycopg://shopkeeper_runtime:"
        )
