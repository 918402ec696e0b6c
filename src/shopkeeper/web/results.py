"""What a view gives, beside a schema, or nothing for 204."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from shopkeeper.web.schemas.base import Output

Made = TypeVar("Made", bound=Output)


@dataclass(frozen=True)
class Created(Generic[Made]):
    """Something was made; it can be found at `location`."""

    output: Made
    location: str


@dataclass(frozen=True)
class Trial(Generic[Made]):
    """Nothing was done: this is what would be (200)."""

    output: Made


@dataclass(frozen=True)
class Accepted(Generic[Made]):
    """Something is under way that can be looked at, at `location`.

    `settle` gives the outcome once there is one, or raises the problem it has
    ended with. It is asked for as long as `within`; then the client is told to
    look for itself (202).
    """

    output: Made
    location: str
    settle: Callable[[Session], Made | None]
    within: timedelta
    # What of the client's preferences is heeded (RFC 7240, section 3).
    applied: str | None = None
