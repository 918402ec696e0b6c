"""The requests that this process is at: since when, from where, and how long."""

import time
from typing import Any, Self
from urllib.parse import quote

from shopkeeper.utils.body_readers import Reading

# "HTTP/1.1" with the spaces and line ends of a request line (RFC 9112, section 3).
LINE = len("  HTTP/1.1\r\n")
# ": " and the line end of a field.
FIELD = 4
NOT_SENT_AS_THEY_ARE = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})


# Where a request's own environment has it.
KEY = "shopkeeper.in_flight"


class Request:
    """A request, noted for as long as it is worked at: `with Request(environ): ...`.

    Attributes:
        environ: What it says.
        address: The other end of its connection.
        reading: The body that it is awaiting, if it is.
        began: By the monotonic clock.
    """

    __slots__ = ("address", "began", "environ", "reading")

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ
        self.address = peer_of(environ)
        self.reading: Reading | None = None
        self.began = time.monotonic()

    def __enter__(self) -> Self:
        self.environ[KEY] = self
        _requests.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        _requests.discard(self)

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


_requests: set[Request] = set()


def peer_of(environ: dict[str, Any]) -> str:
    """The address at the other end of the connection, a proxy's if there is one."""
    before = environ.get("werkzeug.proxy_fix.orig") or environ
    return str(before.get("REMOTE_ADDR", ""))


def note_reading(environ: dict[str, Any], reading: Reading | None) -> None:
    """Note that a request's body is still coming, or (None) that it is not."""
    request: Request | None = environ.get(KEY)
    if request is not None:
        request.reading = reading


def requests() -> list[Request]:
    """Those of this moment."""
    return list(_requests.copy())
