from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from shopkeeper.app import create_app
from shopkeeper.utils.errors import TokenExpired, TokenInvalid
from shopkeeper.utils.secret import secret_key
from shopkeeper.utils.settings import get_settings
from shopkeeper.utils.tokens import (
    ACCESS,
    REFRESH,
    _read,
    issue_pair,
    name_of,
    read_token,
)
from shopkeeper.web.application import Shop

LOGIN = UUID(int=7)


def issue(issued_at: datetime) -> tuple[str, str]:
    return issue_pair(3, LOGIN, 2, issued_at, issued_at + timedelta(days=30))


@pytest.fixture(autouse=True)
def _in_the_app(shared_app: Shop) -> Iterator[None]:
    with shared_app.app_context():
        yield


def test_the_same_grant_makes_the_same_pair() -> None:
    moment = datetime.now(UTC)

    assert issue(moment) == issue(moment)


def test_a_token_says_whose_login_it_is_of() -> None:
    access, refresh = issue(datetime.now(UTC))

    assert (read_token(access).kind, read_token(refresh).kind) == (ACCESS, REFRESH)
    assert read_token(access).login_id == LOGIN
    assert read_token(refresh).generation == 2


def test_an_access_token_lives_fifteen_minutes() -> None:
    access, refresh = issue(datetime.now(UTC) - timedelta(minutes=16))

    with pytest.raises(TokenExpired):
        read_token(access)
    assert read_token(refresh).user_id == 3


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_that_was_touched_is_none(part: int) -> None:
    parts = issue(datetime.now(UTC))[0].split(".")
    parts[part] = parts[part][:-4] + "AAAA"

    with pytest.raises(TokenInvalid):
        read_token(".".join(parts))


@pytest.mark.parametrize("claim", ["type", "iat", "nbf", "jti", "sub", "exp"])
def test_a_token_that_leaves_something_out_is_no_good(claim: str) -> None:
    access, _ = issue(datetime.now(UTC))
    said = jwt.decode(access, options={"verify_signature": False})
    said.pop(claim)

    with pytest.raises(TokenInvalid):
        read_token(jwt.encode(said, secret_key(), algorithm="HS256"))


def signed_with(key: str, kid: str | None) -> str:
    said = jwt.decode(issue(datetime.now(UTC))[0], options={"verify_signature": False})
    return jwt.encode(said, key, "HS256", {"kid": kid} if kid else {})


def test_a_key_that_was_used_before_is_still_good(shared_engine: Engine) -> None:
    old = "an older key of at least thirty-two bytes"
    with settings_of(jwt_previous_secret_keys=(SecretStr(old),)):
        app = create_app(shared_engine)
        with app.app_context():
            _read.cache_clear()
            by_old = read_token(signed_with(old, name_of(old)))
            by_present = read_token(signed_with(secret_key(), None))
            for bad in (signed_with("x" * 40, name_of(old)), signed_with(old, None)):
                with pytest.raises(TokenInvalid):
                    read_token(bad)
    assert by_old.user_id == by_present.user_id == 3
    assert jwt.get_unverified_header(issue(datetime.now(UTC))[0])["kid"]


@contextmanager
def settings_of(**changes: Any) -> Iterator[None]:
    current = get_settings()
    real = dict(current.__dict__)
    current.__dict__.update(changes)
    try:
        yield
    finally:
        current.__dict__.update(real)
