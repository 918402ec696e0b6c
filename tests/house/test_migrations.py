"""The schema: made up, down and up again, and exactly what the models say."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, make_url, text
from sqlalchemy.orm import Session

from shopkeeper.database import migrations
from shopkeeper.database.engine import DatabaseTooOldError, check_server, make_engine
from shopkeeper.database.migrations import DatabaseTooNewError, alembic_config, migrate
from shopkeeper.models import Base
from shopkeeper.processes.currency import CurrencyMismatchError, settle_currency
from shopkeeper.utils.settings import get_settings

VERSIONS = Path(migrations.__file__).parent / "versions"
ALL = [f"{number:04}" for number in range(1, len(list(VERSIONS.glob("0*.py"))) + 1)]


def test_models_and_migrations_do_not_drift(fresh_engine: Engine) -> None:
    with fresh_engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )

        assert compare_metadata(context, Base.metadata) == []


def test_every_constraint_of_the_models_is_in_the_database(
    fresh_engine: Engine,
) -> None:
    with fresh_engine.connect() as connection:
        present = {
            row.conname: row.definition
            for row in connection.execute(
                text(
                    "SELECT conname, pg_get_constraintdef(oid) AS definition"
                    " FROM pg_constraint WHERE contype <> 'n'"
                )
            )
        }
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            assert constraint.name in present, (table.name, constraint)


def test_up_down_and_up_again(fresh_engine: Engine) -> None:
    with fresh_engine.connect() as connection:
        command.downgrade(alembic_config(connection), "base")
        connection.commit()
        assert inspect(connection).get_table_names() == ["alembic_version"]

    assert migrate(fresh_engine) == ALL
    assert migrate(fresh_engine) == []


def test_several_processes_may_migrate_at_once(fresh_engine: Engine) -> None:
    with fresh_engine.connect() as connection:
        command.downgrade(alembic_config(connection), "base")
        connection.commit()

    with ThreadPoolExecutor(6) as pool:
        applied = list(pool.map(lambda _: migrate(fresh_engine), range(6)))

    assert sorted(applied) == [[]] * 5 + [ALL]


def test_a_newer_database_is_refused(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(DatabaseTooNewError, match="schema 9999"):
        migrate(fresh_engine)


def test_migrating_waits_for_a_lock_and_no_longer_than_that(
    fresh_engine: Engine,
) -> None:
    with fresh_engine.connect() as connection:
        command.downgrade(alembic_config(connection), "0002")
        connection.commit()
    migrate(fresh_engine)

    with fresh_engine.connect() as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "5s"


def test_the_currency_of_the_books_stays(fresh_engine: Engine) -> None:
    with Session(fresh_engine) as session:
        settle_currency(session, "USD")

        with pytest.raises(CurrencyMismatchError, match="in USD, but CURRENCY is EUR"):
            settle_currency(session, "EUR")


def test_an_old_server_is_refused(
    fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopkeeper.database.engine.OLDEST_SERVER", 990000)

    with pytest.raises(DatabaseTooOldError, match="this server is 18"):
        check_server(fresh_engine)


def test_a_database_in_another_encoding_is_refused(fresh_url: str) -> None:
    url = make_url(fresh_url)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(
            "CREATE DATABASE ascii_shop TEMPLATE template0 ENCODING SQL_ASCII"
            " LOCALE_PROVIDER libc LOCALE 'C'"
        )
    engine = make_engine(
        url.set(database="ascii_shop").render_as_string(hide_password=False),
        get_settings(),
    )

    with pytest.raises(DatabaseTooOldError, match="SQL_ASCII"):
        check_server(engine)

    engine.dispose()


def test_names_of_paths_become_a_tree(fresh_engine: Engine) -> None:
    names = [
        *("Men > Shoes", "Men>Shoes", "Women", "women > Hats > Caps", "Pens"),
        *(" > ".join("abcdefghijk"), "Ink >", "Ink"),
    ]
    with fresh_engine.connect() as connection:
        command.downgrade(alembic_config(connection), "0032")
        for name in names:
            connection.execute(
                text(
                    "INSERT INTO categories (name, created_at, updated_at)"
                    " VALUES (:name, now(), now())"
                ),
                {"name": name},
            )
        connection.commit()

    migrate(fresh_engine)

    with fresh_engine.connect() as connection:
        rows = connection.execute(
            text("SELECT path, position FROM categories ORDER BY lower(path)")
        )
        assert {row.path: row.position for row in rows} == {
            "a › b › c › d › e › f › g › h › i › j › k": 1,  # It is.
            "Ink": 2,
            "Ink ›": 3,  # So that it is no path.
            "Men": 4,
            "Men > Shoes": 1,
            "Men›Shoes": 5,
            "Pens": 6,
            "Women": 7,
            "Women > Hats": 1,
            "Women > Hats > Caps": 1,
        }
        with pytest.raises(Exception, match="categories stand below others"):
            command.downgrade(alembic_config(connection), "0032")
