"""Opaque cursors for keyset pagination: the sort key of the last row seen."""

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from shopkeeper.utils.errors import ValidationFailed


def encode(values: list[Any]) -> str:
    """Pack JSON values into the URL-safe alphabet."""
    text = json.dumps(values, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode(cursor: str, kinds: list[type]) -> list[Any]:
    """Unpack what `encode` packed, insisting on the kinds of value expected.

    Raises:
        ValidationFailed: If the cursor is not one that this list has given.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise refused() from None
    if not isinstance(values, list) or [type(value) for value in values] != kinds:
        raise refused()
    for value in values:
        too_large = isinstance(value, int) and not 0 <= value < 2**63
        unstorable = isinstance(value, str) and ("\0" in value or not _is_utf8(value))
        if too_large or unstorable:
            raise refused()
    return values


def moment(text: str) -> datetime:
    """Read back a moment that was put into a cursor in ISO format.

    Raises:
        ValidationFailed: If it is not one.
    """
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise refused() from None
    if value.tzinfo is None:
        raise refused()
    return value.astimezone(UTC)


def decimal(text: str) -> Decimal:
    """Read back an amount.

    Raises:
        ValidationFailed: If it is not one.
    """
    if not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,10})?", text):
        raise refused()
    return Decimal(text)


def refused() -> ValidationFailed:
    message = "this is not a cursor that this list, sorted like this, has given"
    return ValidationFailed([{"parameter": "cursor", "message": message}])


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
