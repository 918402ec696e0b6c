"""Signed tokens (RFC 7519), by Flask-JWT-Extended with nothing left to defaults."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt
from flask import Flask
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    decode_token,
)
from flask_jwt_extended.exceptions import JWTExtendedException

from shopkeeper.utils import clock
from shopkeeper.utils.errors import TokenExpired, TokenInvalid
from shopkeeper.utils.secret import digest, previous_keys, secret_key

ACCESS_LIFETIME = timedelta(minutes=15)
# A console's is in a cookie, and good for its pages alone.
ACCESS, REFRESH, CONSOLE = "access", "refresh", "console"
ISSUER = AUDIENCE = "shopkeeper"
LEEWAY_SECONDS = 5
MOST_TOKENS_KNOWN = 4096
REQUIRED = {"type", "sub", "iat", "nbf", "exp", "jti", "iss", "aud"}


@dataclass(frozen=True)
class Claims:
    """What a token says of itself, once its signature has been checked."""

    kind: str
    user_id: int
    login_id: UUID
    generation: int
    expires_at: int


def configure_tokens(app: Flask) -> None:
    app.config.update(
        JWT_SECRET_KEY=secret_key(),
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_ENCODE_ISSUER=ISSUER,
        JWT_DECODE_ISSUER=ISSUER,
        JWT_ENCODE_AUDIENCE=AUDIENCE,
        JWT_DECODE_AUDIENCE=AUDIENCE,
        # Tokens travel in headers, which no other site can make a browser send.
        JWT_COOKIE_CSRF_PROTECT=False,
        # Machines that share a shop may differ by a few seconds.
        JWT_DECODE_LEEWAY=LEEWAY_SECONDS,
    )
    manager = JWTManager(app)
    present = secret_key()
    keys = {name_of(key): key for key in (*previous_keys(), present)}
    headers = {"kid": name_of(present)}

    @manager.decode_key_loader
    def find_key(told: dict[str, Any], _claims: dict[str, Any]) -> str:
        # Versions before 0.2 named no key.
        return keys.get(str(told.get("kid", headers["kid"])), present)

    @manager.additional_headers_loader
    def name_the_key(_identity: object) -> dict[str, str]:
        return headers


def name_of(key: str) -> str:
    """What a token calls the key that it is signed with (RFC 7515, section 4.1.4)."""
    return digest(b"key id", key)[:16]


def issue_pair(
    user_id: int,
    login_id: UUID,
    generation: int,
    issued_at: datetime,
    refresh_expires_at: datetime,
) -> tuple[str, str]:
    """The access and refresh token of one generation of a login.

    All that is in them is given, so that the same arguments make the same
    tokens: a lost answer can be given again without keeping tokens anywhere.
    """
    common = {
        "iat": issued_at,
        "nbf": issued_at,
        "login": str(login_id),
        "generation": generation,
    }
    access = create_access_token(
        str(user_id),
        additional_claims=common
        | {"jti": f"{login_id}.{generation}.a", "exp": issued_at + ACCESS_LIFETIME},
    )
    refresh = create_refresh_token(
        str(user_id),
        additional_claims=common
        | {"jti": f"{login_id}.{generation}.r", "exp": refresh_expires_at},
    )
    return access, refresh


def issue_console_token(
    user_id: int, login_id: UUID, issued_at: datetime, expires_at: datetime
) -> str:
    """A token that stands for a login in a browser, for as long as it is used."""
    token: str = create_access_token(
        str(user_id),
        additional_claims={
            "type": CONSOLE,
            "iat": issued_at,
            "nbf": issued_at,
            "exp": expires_at,
            "login": str(login_id),
            "generation": 0,
            "jti": f"{login_id}.c.{issued_at.timestamp():.0f}",
        },
    )
    return token


def read_token(encoded: str) -> Claims:
    """Check a token's signature, times, issuer and audience.

    Raises:
        TokenExpired: If it has expired.
        TokenInvalid: If anything else is wrong with it.
    """
    claims = _read(encoded)
    if claims.expires_at + LEEWAY_SECONDS <= clock.machine_seconds():
        raise TokenExpired
    return claims


# A signature that was good once is good; of what is checked, only time passes.
@lru_cache(maxsize=MOST_TOKENS_KNOWN)
def _read(encoded: str) -> Claims:
    try:
        claims = decode_token(encoded)
        # The library takes a token without a type for an access token.
        said = jwt.decode(encoded, options={"verify_signature": False})
        if not said.keys() >= REQUIRED:
            raise TokenInvalid
        return Claims(
            kind=claims["type"],
            user_id=int(claims["sub"]),
            login_id=UUID(claims["login"]),
            generation=int(claims["generation"]),
            expires_at=int(claims["exp"]),
        )
    except jwt.ExpiredSignatureError:
        raise TokenExpired from None
    except (jwt.PyJWTError, JWTExtendedException, KeyError, ValueError, TypeError):
        raise TokenInvalid from None
