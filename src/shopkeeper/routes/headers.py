"""Headers that every answer carries."""

from flask import Response

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


def harden(
    response: Response, *, is_private: bool = False, is_secure: bool = False
) -> None:
    """Add the headers that every answer carries, where it has none of its own.

    Args:
        response: The answer.
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
    if not response.content_length:
        headers.pop("Content-Type", None)
