import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shopkeeper.utils import secret
from shopkeeper.utils.settings import read_settings


def test_the_key_of_the_settings_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(jwt_secret_key="k" * 40)
    monkeypatch.setattr(secret, "get_settings", lambda: settings)

    assert secret.secret_key.__wrapped__() == "k" * 40


def test_without_one_a_key_is_made_once_and_kept_privately(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JWT_SECRET_KEY")
    settings = read_settings(data_dir=tmp_path / "data")
    monkeypatch.setattr(secret, "get_settings", lambda: settings)

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: secret.secret_key.__wrapped__(), range(8)))

    assert len(keys) == 1
    assert len(keys.pop()) >= 43
    kept = tmp_path / "data" / "jwt_secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert list(kept.parent.iterdir()) == [kept]
