"""Passwords: hashed with scrypt, refused when common, never guessed by time."""

import os
import re
import secrets
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from werkzeug.security import check_password_hash, generate_password_hash

from shopkeeper.utils.errors import ServiceUnavailable
from shopkeeper.utils.lanes import Lane, TwoLanes
from shopkeeper.utils.settings import get_settings

# One hash takes 128 MiB and a core for a third of a second (RFC 7914: N * r *
# 128 bytes), so a crowd at the door hashes in turns and cannot eat the machine.
# The turns of all worker processes together are as many as there are cores.
LONGEST_WAIT_SECONDS = 60.0
# Of zxcvbn's scores, 0 to 4: 2 takes more than a million guesses.
LEAST_SCORE = 2
# Estimating takes longer than the square of the length; so much tells enough.
MOST_ESTIMATED = 32
_WORD = re.compile(r"\w{3,}")


@cache
def _queue() -> TwoLanes:
    settings = get_settings()
    return TwoLanes(
        turns=max(1, (os.cpu_count() or 1) // settings.workers),
        longest={
            Lane.LOGIN: settings.threads // 4,
            Lane.REGISTER: settings.threads // 8,
        },
    )


class Busy(ServiceUnavailable):
    code = "login_busy"
    title = "Too many people are logging in just now."


@contextmanager
def hashing_turn() -> Iterator[None]:
    """Wait for a turn to hash, before a transaction is begun.

    Few threads wait here, so that a crowd at the door keeps nobody inside from
    being served.

    Raises:
        Busy: If too many wait already, or no turn comes within a minute.
    """
    with _turn(Lane.LOGIN):
        yield


@contextmanager
def registration_turn() -> Iterator[None]:
    """The same for whoever opens an account: every second turn at most, if others wait.

    Raises:
        Busy: If too many wait already, or no turn comes within a minute.
    """
    with _turn(Lane.REGISTER):
        yield


@contextmanager
def _turn(lane: Lane) -> Iterator[None]:
    if not _queue().enter(lane, LONGEST_WAIT_SECONDS):
        raise Busy(seconds=5)
    try:
        yield
    finally:
        _queue().leave()


def method() -> str:
    """Werkzeug's name for scrypt with N = 2^cost, r = 8, p = 1.

    OWASP's Password Storage Cheat Sheet asks for N = 2^17 at least.
    """
    return f"scrypt:{2 ** get_settings().password_hash_cost}:8:1"


def hash_password(password: str) -> str:
    return generate_password_hash(_normal(password), method=method())


def password_matches(
    password_hash: str | None, password: str, like: str | None = None
) -> bool:
    """Compare, taking the same time when there is no hash to compare with.

    Args:
        password_hash: Of the account; None if there is none.
        password: As typed.
        like: How another account's was hashed, to take as long as that; today's way
            if it is not told.
    """
    compared = password_hash or nobodys(like or method())
    matches = check_password_hash(compared, _normal(password))
    return matches and password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made at another cost than today's."""
    return not password_hash.startswith(method() + "$")


def is_common(password: str) -> bool:
    """Whether the password is among the 30,000 most used (the list of zxcvbn)."""
    return _normal(password).strip().casefold() in _common_passwords()


def weakness(password: str, own_words: Sequence[str]) -> str | None:
    """Why a password is too easily guessed; None if it is not.

    Args:
        password: As typed.
        own_words: What whoever knows the account would try first.
    """
    from zxcvbn import zxcvbn  # noqa: PLC0415  # Its word lists take 2 MB.

    words = []
    for text in own_words:
        parts = _WORD.findall(text)
        words += [text, text.partition("@")[0], *parts]
        words += [mark.join(parts) for mark in ("", " ", ".", "-", "_")]
    found = zxcvbn(_normal(password)[:MOST_ESTIMATED], user_inputs=words)
    if found["score"] >= LEAST_SCORE:
        return None
    warning = str(found["feedback"]["warning"] or "").rstrip(".")
    return warning or "It is made of what is tried first"


def _normal(password: str) -> str:
    # The same key presses give other code points on other systems; NIST SP
    # 800-63B, section 3.1.1.2, has them normalised before hashing.
    return unicodedata.normalize("NFKC", password)


@cache
def nobodys(way: str) -> str:
    """A hash that no password has, made in one of Werkzeug's ways."""
    return f"{way}${secrets.token_urlsafe(12)}${secrets.token_hex(64)}"


@cache
def _common_passwords() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415  # 2 MB, rarely.

    return frozenset(FREQUENCY_LISTS["passwords"])
