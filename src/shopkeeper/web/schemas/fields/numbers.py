"""Whole numbers.

Bounds stand before the validator: behind it, Pydantic would not write them
into the JSON schema as `minimum` and `maximum`.
"""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

LARGEST_ID = 2**63 - 1
LARGEST_QUANTITY = 2**31 - 1
LARGEST_LINE = 1_000_000
MOST_GRAMS = 10**9 - 1
MOST_MILLIMETRES = 10**6
_DIGITS = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
# More digits than any bound above has.
LONGEST_NUMBER = 20


def whole(value: Any) -> Any:
    """JSON knows one kind of number: 5.0 is 5 (JSON Schema, section 4.2.3)."""
    if not isinstance(value, Decimal) or value.adjusted() > LONGEST_NUMBER:
        return value
    return int(value) if value == value.to_integral_value() else value


def exact(value: Any) -> Any:
    """A whole number of JSON is a decimal too, and so is one written in digits."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    is_written = isinstance(value, str) and _DIGITS.fullmatch(value)
    return Decimal(value) if is_whole or is_written else value


Id = Annotated[int, Field(ge=1, le=LARGEST_ID, examples=[1]), BeforeValidator(whole)]
Quantity = Annotated[
    int, Field(ge=0, le=LARGEST_QUANTITY, examples=[25]), BeforeValidator(whole)
]
Received = Annotated[
    int, Field(ge=1, le=LARGEST_QUANTITY, examples=[25]), BeforeValidator(whole)
]
LineQuantity = Annotated[
    int, Field(ge=1, le=LARGEST_LINE, examples=[2]), BeforeValidator(whole)
]
