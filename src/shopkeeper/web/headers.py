"""Headers that every answer carries."""

from collections.abc import Iterable, Mapping

from flask import Response
from werkzeug.datastructures import Headers

# An API answers with data; nothing in it is ever to be run or framed.
POLICY = "default-src 'none'; frame-ancestors 'none'"


FIXED = {
    "content-security-policy": ("Content-Security-Policy", POLICY),
    "x-content-type-options": ("X-Content-Type-Options", "nosniff"),
    "x-frame-options": ("X-Frame-Options", "DENY"),
    "referrer-policy": ("Referrer-Policy", "no-referrer"),
    "cross-origin-resource-policy": ("Cross-Origin-Resource-Policy", "same-origin"),
}
# What has a tag may be kept and asked about again; all else is not kept.
KEPT, NOT_KEPT = ("Cache-Control", "no-cache"), ("Cache-Control", "no-store")
# What is shown to whoever shows a token is theirs alone, and in no shared cache.
KEPT_PRIVATELY = ("Cache-Control", "private, no-cache")
# Whoever has come by TLS once comes by nothing else for a year (RFC 6797).
ONLY_BY_TLS = ("Strict-Transport-Security", "max-age=31536000")
# A manager is shown more than others at the same address.
VARIES = ("Vary", "Authorization, Authentication")


def make_headers(fields: Mapping[str, str]) -> Headers:
    """Headers of ours; werkzeug would look at each of them several times.

    Raises:
        ValueError: If there is a line break in one.
    """
    told = "".join(fields.values())
    if "\n" in told or "\r" in told:
        raise ValueError("a header has a line break in it")
    headers = Headers()
    headers._list.extend(fields.items())  # noqa: SLF001
    return headers


def harden(
    response: Response,
    more: Iterable[tuple[str, str]] = (),
    *,
    is_private: bool = False,
    is_secure: bool = False,
) -> None:
    """Add the headers that every answer carries, where it has none of its own.

    Args:
        response: The answer.
        more: What is to be told besides.
        is_private: Whether the request has shown a token.
        is_secure: Whether it has come by TLS.
    """
    headers = response.headers
    present = {name.lower() for name, _ in headers}
    missing = [header for name, header in FIXED.items() if name not in present]
    if "cache-control" not in present:
        kept = KEPT_PRIVATELY if is_private else KEPT
        missing.append(kept if "etag" in present else NOT_KEPT)
    if is_secure:
        missing.append(ONLY_BY_TLS)
    if "vary" in present:
        response.vary.update(("Authorization", "Authentication"))
    else:
        missing.append(VARIES)
    # Of ours alone: werkzeug would look for line breaks in each, on each answer.
    headers._list.extend(missing)  # noqa: SLF001
    headers._list.extend(more)  # noqa: SLF001
    # What is sent as it is made, or packed on its way, has no length and is not empty.
    if response.is_sequence and not response.content_length:
        headers.pop("Content-Type", None)
