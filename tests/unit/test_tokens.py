from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest

from shopkeeper.app import Shop
from shopkeeper.utils.errors import TokenExpired, TokenInvalid
from shopkeeper.utils.secret import secret_key
from shopkeeper.utils.tokens import ACCESS, REFRESH, issue_pair, read_token

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
