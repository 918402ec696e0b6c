"""The command line, as an operator meets it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from testing.command_line import Run

from shopkeeper.cli import commands as cli
from shopkeeper.database import migrations
from shopkeeper.utils.settings import (
    Settings,
    SettingsError,
    get_settings,
    read_settings,
)

VERSIONS = Path(migrations.__file__).parent / "versions"
ALL = sorted(path.name[:4] for path in VERSIONS.glob("0*.py"))


def scalar(engine: Engine, query: str) -> Any:
    with engine.connect() as connection:
        return connection.scalar(text(query))


def test_help_teaches(run: Run) -> None:
    answer = run("--help")

    assert answer.exit_code == 0
    for command in (
        "serve",
        "worker",
        "create-admin",
        "import",
        "export",
        "demo",
        "migrate",
        "audit",
    ):
        assert command in answer.output
    assert "A new shop:" in answer.output


def test_an_admin_is_made_from_a_pipe(run: Run, fresh_engine: Engine) -> None:
    answer = run(
        "create-admin",
        "--email=boss@example.com",
        "--name=The Boss",
        "--password-stdin",
        typed="gusty-lantern-orchid\n",
    )

    assert answer.exit_code == 0, answer.output
    assert "boss@example.com is admin now" in answer.output
    assert scalar(fresh_engine, "SELECT role FROM users") == "admin"


def test_a_password_is_set_and_all_logins_end(run: Run, fresh_engine: Engine) -> None:
    typed = "gusty-lantern-orchid\n"
    run("create-admin", "--email=b@example.com", "--name=B", typed=typed * 2)
    before = scalar(fresh_engine, "SELECT password_hash FROM users")

    def set_password(email: str, password: str) -> Any:
        arguments = ("set-password", f"--email={email}", "--password-stdin")
        return run(*arguments, typed=f"{password}\n")

    done = set_password("B@example.com", "amber-thistle-quarry")
    weak = set_password("b@example.com", "        ")
    nobody = set_password("c@example.com", "amber-thistle-quarry")

    assert done.exit_code == 0, done.output
    assert "all logins have ended" in done.output
    assert scalar(fresh_engine, "SELECT password_hash FROM users") != before
    assert weak.exit_code == 1
    assert "too easily guessed" in weak.output
    assert nobody.exit_code == 1
    assert "no account" in nobody.output


def test_an_admin_is_made_at_the_prompt(run: Run, fresh_engine: Engine) -> None:
    typed = "gusty-lantern-orchid\n" * 2

    answer = run("create-admin", "--email=b@example.com", "--name=B", typed=typed)

    assert answer.exit_code == 0, answer.output
    assert "gusty" not in answer.output
    assert scalar(fresh_engine, "SELECT count(*) FROM users") == 1


@pytest.mark.parametrize(
    ("email", "password", "reason"),
    [
        ("nonsense", "gusty-lantern-orchid", "--email"),
        ("a@example.com", "short", "--password"),
        ("a@example.com", "password1", "common"),
    ],
)
def test_an_admin_is_held_to_the_same_rules(
    run: Run, email: str, password: str, reason: str
) -> None:
    answer = run(
        "create-admin",
        f"--email={email}",
        "--name=A",
        "--password-stdin",
        typed=password + "\n",
    )

    assert answer.exit_code == 1
    assert answer.output.startswith("Error: ")
    assert reason in answer.output


def test_the_demo_fills_an_empty_shop_and_only_that(
    run: Run, fresh_engine: Engine
) -> None:
    first = run("demo", "--orders", "60", "--seed", "3")
    second = run("demo", "--orders", "60")

    assert first.exit_code == 0, first.output
    assert second.exit_code == 1
    assert "only a shop with nothing in it" in second.output
    assert scalar(fresh_engine, "SELECT count(*) FROM orders") == 60
    assert scalar(fresh_engine, "SELECT count(*) FROM refunds") > 0
    days = scalar(
        fresh_engine,
        "SELECT max(executed_at)::date - min(executed_at)::date FROM orders",
    )
    assert 300 < days <= 365
    # All of it is in the past, and in order.
    assert scalar(fresh_engine, "SELECT bool_and(executed_at < now()) FROM orders")


def test_the_demo_does_not_mind_who_takes_the_payments(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(get_settings().__dict__, "payment_gateway", "test")

    told = run("demo", "--orders", "20")

    assert told.exit_code == 0, told.output


def test_the_same_seed_tells_the_same_story(run: Run, fresh_engine: Engine) -> None:
    query = (
        "SELECT string_agg(status || total || country_code, ' ' ORDER BY id)"
        " FROM orders"
    )
    stories = []
    for _ in range(2):
        assert run("demo", "--orders", "40", "--seed", "9").exit_code == 0
        stories.append(scalar(fresh_engine, query))
        with fresh_engine.connect() as connection:
            # What the ledger says can not be deleted, except with all there is.
            connection.execute(text("DROP SCHEMA public, procrastinate CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
            connection.commit()

    assert stories[0] == stories[1]


def test_migrating_a_migrated_database_does_nothing(run: Run) -> None:
    assert "Nothing to apply." in run("migrate").output


def test_migrating_a_new_database_tells_what_was_done(
    run: Run, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as connection:
        connection.execute(
            text("DROP SCHEMA public, procrastinate CASCADE; CREATE SCHEMA public")
        )

    assert f"Applied {', '.join(ALL)}." in run("migrate").output


def test_a_database_that_is_away_is_a_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = read_settings(database_url="postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setattr(cli, "get_settings", lambda: away)

    answer = run("migrate")

    assert answer.exit_code == 1
    assert answer.output.startswith("Error: The database is away:")


def test_a_wrong_setting_is_a_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong() -> Settings:
        raise SettingsError("PORT: too large")

    monkeypatch.setattr(cli, "get_settings", wrong)

    answer = run("serve")

    assert answer.exit_code == 1
    assert answer.output == "Error: PORT: too large\n"


def test_options_of_serve_reach_the_workers(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Settings] = []
    monkeypatch.setattr(cli, "get_settings", read_settings)
    monkeypatch.setattr(cli, "run_server", served.append)
    for name in ("HOST", "PORT", "WORKERS"):
        monkeypatch.setenv(name, "1")  # Put back by monkeypatch afterwards.

    answer = run("serve", "--host", "0.0.0.0", "--port", "8080", "--workers", "3")

    assert answer.exit_code == 0, answer.output
    assert (served[0].host, served[0].port, served[0].workers) == ("0.0.0.0", 8080, 3)
