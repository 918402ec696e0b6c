"""The requests that this process is at: since when, from where, and how long."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from shopkeeper.utils.body_readers import Reading

# "HTTP/1.1" with the spaces and line ends of a request line (RFC 9112, section 3).
LINE = len("  HTTP/1.1\r\n")
# ": " and the line end of a field.
FIELD = 4
NOT_SENT_AS_THEY_ARE = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})


@dataclass(eq=False, slots=True)
class Request:
    """A request: what it says, and the body that it is awaiting, if it is."""

    environ: Mapping[str, Any]
    address: str
    reading: Reading | None = None
    began: float = field(default_factory=time.monotonic)

    @property
    def bytes_received(self) -> int | None:
        """How many bytes it was sent in; None while its body is still coming."""
        if self.reading is not None:
            return None
        environ = self.environ
        target = len(quote(environ["PATH_INFO"])) + len(environ["QUERY_STRING"])
        head = LINE + len(environ["REQUEST_METHOD"]) + target + 2
        head += 1 if environ["QUERY_STRING"] else 0
        for name, value in environ.items():
            if name.startswith("HTTP_"):
                head += len(name) - len("HTTP_") + FIELD + len(str(value))
            elif name in NOT_SENT_AS_THEY_ARE and value:
                head += len(name) + FIELD + len(str(value))
        return head + int(environ.get("CONTENT_LENGTH") or 0)


# Where a request's own environment has it.
KEY = "shopkeeper.in_flight"
_requests: set[Request] = set()


def peer_of(environ: Mapping[str, Any]) -> str:
    """The address at the other end of the connection, a proxy's if there is one."""
    before = environ.get("werkzeug.proxy_fix.orig") or environ
    return str(before.get("REMOTE_ADDR", ""))


@contextmanager
def awaiting(environ: Mapping[str, Any], reading: Reading) -> Iterator[None]:
    """Note that a request's body is still coming."""
    request: Request | None = environ.get(KEY)
    if request is None:
        yield
        return
    request.reading = reading
    try:
        yield
    finally:
        request.reading = None


@contextmanager
def noted(environ: dict[str, Any]) -> Iterator[Request]:
    """Note a request for as long as it is worked at."""
    request = Request(environ, peer_of(environ))
    environ[KEY] = request
    _requests.add(request)
    try:
        yield request
    finally:
        _requests.discard(request)


def requests() -> list[Request]:
    """Those of this moment."""
    return list(_requests.copy())
