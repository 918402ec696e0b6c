"""What is kept of a request under a key: nothing that tells it, and found again."""

import hashlib

import pytest

from shopkeeper.utils import fingerprint as module
from shopkeeper.utils.fingerprint import Fingerprint

SAID = hashlib.sha256(b'{"password": "correct horse"}').digest()
OTHER = hashlib.sha256(b'{"password": "battery staple"}').digest()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Of which the last is the present one."""
    known = [b"first"]
    monkeypatch.setattr(module, "derive_keys", lambda _: known)
    return known


def test_it_is_found_again_after_the_key_was_changed(keys: list[bytes]) -> None:
    kept = Fingerprint(SAID).kept
    keys.append(b"second")

    assert kept in Fingerprint(SAID).known_as
    assert Fingerprint(SAID).kept != kept
    assert kept not in Fingerprint(OTHER).known_as


def test_it_is_not_known_by_a_key_that_is_not_good_any_more(
    keys: list[bytes],
) -> None:
    kept = Fingerprint(SAID).kept
    keys[:] = [b"second"]

    assert kept not in Fingerprint(SAID).known_as


def test_what_was_kept_before_there_was_a_key_is_found(keys: list[bytes]) -> None:
    assert keys
    assert SAID in Fingerprint(SAID).known_as
    assert Fingerprint(SAID).kept != SAID
