import threading

import pytest

from shopkeeper.service import passwords
from shopkeeper.utils.settings import Settings, read_settings


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(password_hash_cost=17)
    monkeypatch.setattr(passwords, "get_settings", lambda: settings)


def test_the_default_cost_is_what_owasp_asks_for() -> None:
    assert Settings.model_fields["password_hash_cost"].default == 17


@pytest.mark.usefixtures("production")
def test_a_production_hash_is_scrypt_with_n_of_2_to_the_17() -> None:
    hashed = passwords.hash_password("gusty-lantern-orchid")

    assert hashed.startswith("scrypt:131072:8:1$")
    assert passwords.password_matches(hashed, "gusty-lantern-orchid")
    assert not passwords.password_matches(hashed, "gusty-lantern-orchids")
    assert not passwords.is_outdated(hashed)


def test_a_hash_of_another_cost_is_outdated() -> None:
    assert passwords.is_outdated("scrypt:32768:8:1$salt$hash")


def test_nobody_has_no_password() -> None:
    assert not passwords.password_matches(None, "")


def test_the_dummy_hash_is_as_costly_as_a_real_one() -> None:
    real = passwords.hash_password("gusty-lantern-orchid").split("$")
    dummy = passwords._nobodys().split("$")

    assert dummy[0] == real[0]
    assert len(dummy[2]) == len(real[2])


@pytest.mark.parametrize("password", ["password", "PASSWORD", "123456789", "iloveyou"])
def test_common_passwords_are_known(password: str) -> None:
    assert passwords.is_common(password)


def test_who_gets_no_turn_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "LONGEST_WAIT_SECONDS", 0.01)
    taken = threading.BoundedSemaphore(1)
    taken.acquire()
    monkeypatch.setattr(passwords, "_turns", lambda: taken)

    with pytest.raises(passwords.Busy) as busy, passwords.hashing_turn():
        pass

    assert busy.value.answer_headers() == {"Retry-After": "5"}


def test_who_finds_the_queue_full_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = threading.BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(passwords, "_queue", lambda: full)

    with pytest.raises(passwords.Busy), passwords.hashing_turn():
        pass
