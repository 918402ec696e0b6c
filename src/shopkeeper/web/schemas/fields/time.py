"""Moments: RFC 3339, with an offset in, in UTC out."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, WithJsonSchema

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)",
    re.ASCII | re.IGNORECASE,
)


def _moment(value: Any) -> datetime:
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError(
            "must be a time of RFC 3339 with its offset, such as"
            " 2026-01-31T12:00:00Z (a + in a query is written %2B)"
        )
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is not a moment of the calendar") from None


MomentInput = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2026-01-01T00:00:00Z"]}
    ),
]


def _zone(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value not in available_timezones():
        raise ValueError("is no time zone of the IANA database, such as Europe/Berlin")
    return ZoneInfo(value)


TimeZone = Annotated[
    ZoneInfo,
    BeforeValidator(_zone),
    WithJsonSchema(
        {"type": "string", "examples": ["UTC", "Europe/Berlin"], "default": "UTC"}
    ),
]

MomentOutput = Annotated[
    datetime,
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "examples": ["2026-01-31T12:00:00.000000Z"],
        },
        mode="serialization",
    ),
]
