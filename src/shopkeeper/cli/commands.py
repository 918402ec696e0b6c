"""The command line: `shopkeeper --help` tells what there is."""

import os
import sys
from typing import Any

import click
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from shopkeeper import __version__
from shopkeeper.accounts.errors import UserNotFound
from shopkeeper.accounts.repository import find_user_by_email
from shopkeeper.accounts.schemas import UserCreate
from shopkeeper.accounts.service import care as account_care
from shopkeeper.accounts.service import users
from shopkeeper.cli.audit import audit
from shopkeeper.cli.database import shop_sessions
from shopkeeper.cli.exports import export_file
from shopkeeper.cli.files import import_file
from shopkeeper.cli.statistics import statistics
from shopkeeper.database.embedded.errors import EmbeddedServerError
from shopkeeper.database.engine import DatabaseTooOldError, database_urls, make_engine
from shopkeeper.database.migrations import DatabaseTooNewError, MayNotMigrateError
from shopkeeper.database.roles import RuntimeRoleError, statements
from shopkeeper.demo import story as demo_service
from shopkeeper.models import Role
from shopkeeper.processes.currency import CurrencyMismatchError
from shopkeeper.processes.server import (
    EMBEDDED_URL,
    AddressInUseError,
    prepare_database,
)
from shopkeeper.processes.server import serve as run_server
from shopkeeper.processes.worker import run_worker
from shopkeeper.statistics.service.closing import StoryUnderWayError
from shopkeeper.utils.errors import ProblemError, ValidationFailed
from shopkeeper.utils.observability import configure_logging
from shopkeeper.utils.settings import SettingsError, get_settings
from shopkeeper.utils.supervision import SUPERVISOR_PID, end_with_supervisor

# What an operator can mend: told in a sentence, without a traceback.
EXPLAINED = (
    AddressInUseError,
    CurrencyMismatchError,
    DatabaseTooNewError,
    DatabaseTooOldError,
    EmbeddedServerError,
    MayNotMigrateError,
    RuntimeRoleError,
    SettingsError,
    StoryUnderWayError,
)


class ShopGroup(click.Group):
    """A group of commands whose foreseeable failures are sentences."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EXPLAINED as error:
            raise click.ClickException(str(error)) from error
        except ProblemError as error:
            raise click.ClickException(error.detail) from error
        except OSError as error:
            if error.filename is None:
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error
        except OperationalError as error:
            reason = str(error.orig).strip().splitlines()[0]
            raise click.ClickException(f"The database is away: {reason}") from error


@click.group(cls=ShopGroup)
@click.version_option(__version__)
def main() -> None:
    r"""Shopkeeper, the backend of a shop.

    Settings come from the environment and from .env; .env.example explains
    each. Without DATABASE_URL, a PostgreSQL of Shopkeeper's own runs on the
    folder DATA_DIR; a command joins the one that a running server has started.

    \b
    A new shop:
      shopkeeper create-admin --email you@example.com --name "Your Name"
      shopkeeper import products.csv
      shopkeeper serve
    """


@main.command()
@click.option("--host", help="Address to listen on.  [HOST, 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on.  [PORT, 5000]")
@click.option("--workers", type=int, help="Worker processes.  [WORKERS]")
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the API until stopped with Ctrl-C or SIGTERM."""
    given = {"HOST": host, "PORT": port, "WORKERS": workers}
    # By way of the environment, where the worker processes find them too.
    os.environ.update(
        {n: str(value) for n, value in given.items() if value is not None}
    )
    run_server(get_settings())


@main.command()
@click.option("--roles", is_flag=True, help="Print the SQL of the role to run as.")
@click.option(
    "--runtime",
    default="shopkeeper_runtime",
    show_default=True,
    help="With --roles: the name of that role.",
)
def migrate(*, roles: bool, runtime: str) -> None:
    """Bring the database to the schema of this version. `serve` does so too.

    With MIGRATION_DATABASE_URL, that role migrates, and the one of DATABASE_URL is
    given what the shop needs, and no more: neither the schema nor the ledgers are
    its to change. --roles prints the statements, for who gives rights themselves.
    """
    settings = get_settings()
    with database_urls(settings) as urls:
        applied = prepare_database(urls, settings)
        if roles:
            engine = make_engine(urls.owner, settings)
            with engine.connect() as connection:
                for statement in statements(connection, runtime):
                    click.echo(f"{statement};")
            engine.dispose()
            return
    click.echo(f"Applied {', '.join(applied)}." if applied else "Nothing to apply.")


@main.command("create-admin")
@click.option("--email", required=True, help="Of the account.")
@click.option("--name", required=True, help="Full name of the person.")
@click.option("--password-stdin", is_flag=True, help="Read the password from a pipe.")
def create_admin(email: str, name: str, password_stdin: bool) -> None:
    """Make an account with the role admin. There is no default account."""
    password = _ask_password(password_stdin)
    person = _validate(email=email, full_name=name, password=password)
    with shop_sessions() as sessions, sessions.begin() as session:
        user = users.add_user(
            session,
            email=person.email,
            password=person.password,
            full_name=person.full_name,
            role=Role.ADMIN,
        )
    click.echo(f"{user.email} is admin now (user {user.id}).")


@main.command("set-password")
@click.option("--email", required=True, help="Of the account.")
@click.option("--password-stdin", is_flag=True, help="Read the password from a pipe.")
def set_password(email: str, password_stdin: bool) -> None:
    """Give an account another password, and end all its logins."""
    password = _ask_password(password_stdin)
    with shop_sessions() as sessions, sessions.begin() as session:
        user = find_user_by_email(session, email)
        if user is None:
            raise UserNotFound(f"There is no account of {email}.")
        chosen = _validate(
            email=email, full_name=str(user.full_name), password=password
        )
        users.require_good_password(chosen.password, email, chosen.full_name)
        account_care.set_password(session, user, chosen.password)
    click.echo(f"{email} has a new password (user {user.id}); all logins have ended.")


def _ask_password(password_stdin: bool) -> str:
    if password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return str(asked)


def _validate(**fields: str) -> UserCreate:
    try:
        return UserCreate(**fields)
    except ValidationError as error:
        faults = [
            {"parameter": f"--{fault['loc'][0]}", "message": fault["msg"]}
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise ValidationFailed(faults) from None


@main.command()
def worker() -> None:
    """Run a worker that carries out imports. `serve` runs one already."""
    settings = get_settings()
    configure_logging(settings.log_level)
    supervisor = os.environ.get(SUPERVISOR_PID)
    if supervisor is not None:
        end_with_supervisor(int(supervisor))
        run_worker(settings.database_url or os.environ[EMBEDDED_URL], settings)
        return
    with database_urls(settings) as urls:
        prepare_database(urls, settings)
        run_worker(urls.runtime, settings)


main.add_command(audit)
main.add_command(import_file)
main.add_command(export_file)
main.add_command(statistics)


@main.command()
@click.option(
    "--orders",
    type=click.IntRange(1, 100_000),
    default=2000,
    show_default=True,
    help="How many orders.",
)
@click.option("--seed", default=1, show_default=True, help="Same seed, same shop.")
def demo(orders: int, seed: int) -> None:
    """Fill an empty shop with a catalogue, customers and a year of orders."""
    with shop_sessions() as sessions:
        story = demo_service.tell_story(sessions, orders=orders, seed=seed)
        with click.progressbar(story, length=orders, label="A year of orders") as days:
            for _ in days:
                pass
    click.echo(
        "The shop is full. Its customers cannot log in (nobody knows their passwords);"
        " make yourself an account with: shopkeeper create-admin"
    )
