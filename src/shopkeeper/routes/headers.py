"""Headers that every answer carries."""

from flask import Flask, Response

# An API answers with data; nothing in it is ever to be run or framed.
POLICY = "default-src 'none'; frame-ancestors 'none'"


def harden(app: Flask) -> None:
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    # What has a tag may be kept and asked about again; all else is not kept.
    headers.setdefault("Cache-Control", "no-cache" if "ETag" in headers else "no-store")
    if not response.content_length:
        headers.pop("Content-Type", None)
    # A manager is shown more than others at the same address.
    response.vary.update(("Authorization", "Authentication"))
    return response
