"""What helper processes are told of the environment."""

import pytest

from shopkeeper.database.embedded.launch import _environment
from shopkeeper.imports.service.reading import ENVIRONMENT
from shopkeeper.utils.environment import harmless_environment


@pytest.mark.parametrize(
    "name",
    [
        *("JWT_SECRET_KEY", "DATABASE_URL", "STRIPE_API_KEY", "AWS_SECRET_ACCESS_KEY"),
        *("PGPASSWORD", "PGPORT", "METRICS_TOKEN", "LD_PRELOAD", "SOMETHING_NEW"),
    ],
)
def test_no_secret_is_handed_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "hunter2")

    assert "hunter2" not in harmless_environment().values()
    assert "hunter2" not in _environment().values()
    assert ENVIRONMENT.get(name, "") == ""


def test_what_programs_need_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/somewhere")

    assert harmless_environment()["PATH"] == "/somewhere"
    assert _environment()["LC_ALL"] == "C"
