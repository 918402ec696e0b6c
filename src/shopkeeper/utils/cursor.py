"""Opaque cursors for keyset pagination: the sort key of the last row seen.

They are signed: what comes back is what a list has given, and the next page of
another list is not asked for with it. So nothing in them can be out of bounds.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.signer import SigningAlgorithm

from shopkeeper.utils.errors import ValidationFailed
from shopkeeper.utils.secret import derive_keys, keyed_hash


def encode(of: str, values: list[Any]) -> str:
    """Pack JSON values into the URL-safe alphabet, signed.

    Args:
        of: The list that goes on from there.
        values: Its sort key.
    """
    packed = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
    return _signer(of).sign(base64_encode(packed)).decode()


def decode(of: str, cursor: str, kinds: list[type]) -> list[Any]:
    """Unpack what `encode` has packed for the same list.

    Raises:
        ValidationFailed: If the cursor is not one that this list has given.
    """
    try:
        values = json.loads(base64_decode(_signer(of).unsign(cursor)))
    except (BadSignature, ValueError):
        raise refused() from None
    # A version before this one may have signed something else.
    if not isinstance(values, list) or [type(value) for value in values] != kinds:
        raise refused()
    return values


def moment(text: str) -> datetime:
    """Read back a moment that was put into a cursor in ISO format."""
    return datetime.fromisoformat(text).astimezone(UTC)


def decimal(text: str) -> Decimal:
    """Read back an amount."""
    return Decimal(text)


def refused() -> ValidationFailed:
    message = "this is not a cursor that this list, sorted like this, has given"
    return ValidationFailed([{"parameter": "cursor", "message": message}])


class _HmacSha256(SigningAlgorithm):
    """What itsdangerous' own one gives, with a key that OpenSSL knows already."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return keyed_hash(key, value)


@cache
def _signer(of: str) -> Signer:
    keys = derive_keys(f"cursor of {of}")
    return Signer(keys, key_derivation="none", algorithm=_HmacSha256())
