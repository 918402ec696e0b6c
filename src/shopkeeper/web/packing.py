"""Answers packed for those who take them packed (RFC 9110, sections 8.4 and 12.5.3).

Only what is read is packed: an answer to a write may repeat what was sent beside a
secret, and its length would tell of both.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator

from flask import Request, Response

# Below it, one packet takes it anyway.
SHORTEST = 1400
# 2.1 of 28.6 kB are left of a hundred products; higher levels take longer for little.
LEVEL = 5
# The window of gzip, with its head and its end (zlib's inflateInit2).
GZIP = 31
PACKED = frozenset(
    {"application/json", "application/problem+json", "text/csv", "text/html"}
)


def pack(request: Request, response: Response) -> None:
    """Pack an answer if it is worth it and the client takes it.

    Another coding is another representation: what was a strong entity tag is told as
    a weak one, as proxies do that pack (RFC 9110, section 8.8.3.3).
    """
    headers = response.headers
    if request.method != "GET" or response.mimetype not in PACKED:
        return
    if (response.content_length or 0) < SHORTEST:
        return
    response.vary.add("Accept-Encoding")
    if "Content-Encoding" in headers or not takes_gzip(request):
        return
    if response.is_streamed:  # A file, whose packed length nobody knows before.
        response.response = _packed(response.iter_encoded())
        del headers["Content-Length"]
    else:
        response.set_data(gzip.compress(response.get_data(), LEVEL, mtime=0))
    headers["Content-Encoding"] = "gzip"
    tag = headers.get("ETag")
    if tag is not None and not tag.startswith("W/"):
        headers["ETag"] = f"W/{tag}"


def _packed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """What is read of a file, packed as it is sent."""
    packer = zlib.compressobj(LEVEL, wbits=GZIP)
    for block in blocks:
        packed = packer.compress(block)
        if packed:
            yield packed
    yield packer.flush()


def takes_gzip(request: Request) -> bool:
    """Whether a client says that it takes an answer packed."""
    return request.accept_encodings.quality("gzip") > 0
