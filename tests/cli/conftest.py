import pytest
from click.testing import CliRunner, Result
from testing.command_line import Run

from shopkeeper.cli import commands as cli
from shopkeeper.cli import database as cli_database
from shopkeeper.utils.settings import read_settings


@pytest.fixture
def run(fresh_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command against a fresh database."""
    settings = read_settings(database_url=fresh_url)
    for module in (cli, cli_database):
        monkeypatch.setattr(module, "get_settings", lambda: settings)
    runner = CliRunner()

    def invoke(*arguments: str, typed: str | None = None) -> Result:
        return runner.invoke(cli.main, list(arguments), input=typed)

    return invoke
