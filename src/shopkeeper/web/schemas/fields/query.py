"""Values of a query string, where all is text."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from shopkeeper.web.schemas.fields.numbers import LARGEST_ID
from shopkeeper.web.schemas.fields.text import CategoryPath, clean_name, one_line


def digits(value: Any) -> Any:
    """A whole number, as a query string has it."""
    if isinstance(value, str):
        if not re.fullmatch(r"-?[0-9]{1,30}", value):
            raise ValueError("must be a whole number")
        return int(value)
    return value


SAID = {"true": True, "1": True, "false": False, "0": False}


def true_or_false(value: Any) -> Any:
    """As people and libraries write it: Python's say True, forms 1."""
    if not isinstance(value, str):
        return value
    said = SAID.get(value.lower())
    if said is None:
        raise ValueError("must be true or false")
    return said


QueryId = Annotated[
    int, Field(ge=1, le=LARGEST_ID, examples=[1]), BeforeValidator(digits)
]
QueryName = Annotated[
    str, one_line(255, description="In any case."), BeforeValidator(clean_name)
]
QueryCategory = Annotated[
    CategoryPath,
    Field(
        description="The path of a category (`Men > Shoes`), or its name alone, in any"
        " case; with all that stands below it."
    ),
]
ByteOrderMark = Annotated[
    bool,
    Field(
        description="Whether a CSV begins with a byte order mark, without which Excel"
        " takes it for one in the codepage of its machine."
    ),
    BeforeValidator(true_or_false),
]
QueryBool = Annotated[bool, BeforeValidator(true_or_false)]
Limit = Annotated[
    int,
    Field(ge=1, le=100, description="How many to give at most."),
    BeforeValidator(digits),
]
Cursor = Annotated[
    str,
    Field(
        max_length=2000,
        description="Where to go on: `next_cursor` of the page before.",
    ),
]
