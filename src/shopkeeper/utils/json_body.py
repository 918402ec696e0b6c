"""Strict JSON for request bodies (RFC 8259 and I-JSON, RFC 7493).

The standard library's parser is lenient where a shop must not be: it takes
NaN, lets the last of two equal keys win and reads decimals as floats.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from shopkeeper.utils.errors import MalformedRequest

MAX_NUMBER_LENGTH = 400


def parse(data: bytes) -> Any:
    """Read a JSON text; numbers with a fraction become `Decimal`.

    Raises:
        MalformedRequest: If the text is not JSON, not UTF-8, nested too
            deeply, names a key twice in one object, or has NaN or infinity.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedRequest(
            f"The body is not valid UTF-8 (byte {error.start})."
        ) from None
    try:
        return json.loads(
            text,
            object_pairs_hook=_refuse_twins,
            parse_constant=_refuse_constant,
            parse_float=_decimal,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise MalformedRequest(
            f"The body is not valid JSON: {error.msg} ({where})."
        ) from None
    except RecursionError:
        raise MalformedRequest("The body is nested too deeply.") from None


def _refuse_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twin = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # `add` returns None, which is the point.
        raise MalformedRequest(f"The key {twin!r} stands twice in one object.")
    return members


def _refuse_constant(constant: str) -> None:
    raise MalformedRequest(f"{constant} is not a JSON number.")


def _decimal(digits: str) -> Decimal:
    _refuse_endless(digits)
    try:
        number = Decimal(digits)
    except InvalidOperation:  # The exponent itself is beyond counting.
        number = None
    # Writing 1e1000000 out takes a core for half a minute.
    if number is None or abs(number.adjusted()) > MAX_NUMBER_LENGTH:
        raise MalformedRequest(f"{digits} is too large or too small a number.")
    return number


def _integer(digits: str) -> int:
    _refuse_endless(digits)
    return int(digits)


def _refuse_endless(digits: str) -> None:
    # int() takes quadratic time, and no field of ours has that many digits.
    if len(digits) > MAX_NUMBER_LENGTH:
        raise MalformedRequest(f"A number has more than {MAX_NUMBER_LENGTH} digits.")
