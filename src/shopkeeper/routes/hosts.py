"""Where a request says it goes to."""

import re
from functools import lru_cache

from flask import Request

from shopkeeper.utils.errors import MalformedRequest, NotFound

# RFC 9110, section 7.2: a name or an address, and perhaps a port.
_HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")


def check_address(request: Request) -> None:
    """Insist on one host, and on a path that is none of another's.

    Raises:
        MalformedRequest: If the host is missing, or is no host (RFC 9112, section 3.2).
        NotFound: If the path begins with two slashes.
    """
    environ = request.environ
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
