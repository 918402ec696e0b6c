"""The head of a request: where it says it goes to, and how much it says."""

import re
from functools import lru_cache
from typing import Any

from flask import Request

from shopkeeper.utils.errors import (
    HeadTooLarge,
    MalformedRequest,
    NotFound,
    TargetTooLong,
)

# What every server ought to take is 8,000 (RFC 9110, section 4.1).
LONGEST_TARGET = 16 * 1024
LARGEST_HEAD = 32 * 1024

# RFC 9110, section 7.2: a name or an address, and perhaps a port.
_HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")


def check_head(request: Request) -> None:
    """Insist on one host, a path that is none of another's, and a head within bounds.

    Raises:
        TargetTooLong: If the address is longer than any.
        HeadTooLarge: If the fields are larger than any client's.
        MalformedRequest: If the host is missing, or is no host (RFC 9112, section 3.2).
        NotFound: If the path begins with two slashes.
    """
    environ = request.environ
    if len(environ["PATH_INFO"]) + len(environ["QUERY_STRING"]) > LONGEST_TARGET:
        raise TargetTooLong
    if _size(environ) > LARGEST_HEAD:
        raise HeadTooLarge
    host = environ.get("HTTP_HOST")
    if host is None:
        # Before HTTP/1.1 there was no such field.
        if environ.get("SERVER_PROTOCOL") == "HTTP/1.1":
            raise MalformedRequest("The header Host is missing.")
    elif not _is_host(host):
        raise MalformedRequest("The header Host is not a host.")
    if environ["PATH_INFO"].startswith("//"):
        raise NotFound


@lru_cache(maxsize=256)
def _is_host(host: str) -> bool:
    return _HOST.fullmatch(host) is not None


def _size(environ: dict[str, Any]) -> int:
    """The bytes of all header fields' values."""
    size = 0
    for name, value in environ.items():
        if name[:5] == "HTTP_":
            size += len(value)
    return size
