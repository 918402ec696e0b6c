"""Under which account the embedded PostgreSQL runs, told without being root."""

import os
from pathlib import Path

import pytest

from shopkeeper.database.embedded import account
from shopkeeper.database.embedded.account import Account
from shopkeeper.database.embedded.errors import EmbeddedServerError


def test_an_ordinary_user_runs_it_as_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert account.choose_account(tmp_path) is None


def test_root_keeps_to_the_owner_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    if os.getuid() != 0:
        chosen = account.choose_account(tmp_path)
        assert chosen == Account(os.getuid(), tmp_path.stat().st_gid)
        return
    os.chown(tmp_path, 12345, 12346)

    assert account.choose_account(tmp_path) == Account(12345, 12346)


def test_root_finds_an_account_or_says_that_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    missing = tmp_path / "missing"
    monkeypatch.setattr(account, "ACCOUNTS_FOR_ROOT", ("no-such-account", "nobody"))
    found = account.choose_account(missing)
    monkeypatch.setattr(account, "ACCOUNTS_FOR_ROOT", ("no-such-account",))

    assert found is not None
    assert found.uid > 0
    with pytest.raises(EmbeddedServerError, match="does not run as root"):
        account.choose_account(missing)


@pytest.mark.parametrize(
    ("mode", "owner", "group", "reachable"),
    [
        (0o700, True, False, True),
        (0o070, False, True, False),
        (0o710, False, True, True),
        (0o711, False, False, True),
        (0o770, False, False, False),
    ],
)
def test_closed_folders_are_noticed(
    tmp_path: Path, mode: int, owner: bool, group: bool, reachable: bool
) -> None:
    status = tmp_path.stat()
    someone = Account(
        status.st_uid if owner else 54321, status.st_gid if group else 54321
    )
    (tmp_path / "inner").mkdir()
    tmp_path.chmod(mode)
    above = account.can_reach(someone, tmp_path)
    try:
        inside = account.can_reach(someone, tmp_path / "inner" / "file")
    finally:
        tmp_path.chmod(0o700)

    assert inside is (above and reachable if mode != 0o070 else False)
