"""Header fields of answers, each described once."""

from typing import Any

Document = dict[str, Any]


def _text(description: str, example: str) -> Document:
    return {
        "description": description,
        "schema": {"type": "string", "examples": [example]},
    }


HEADERS: dict[str, Document] = {
    "X-Request-ID": _text(
        "The id this request is logged under.", "4f9c2c6b8e0a4c0f9d2b7a3e5c1d8f60"
    ),
    "ETag": _text("The version; for If-Match and If-None-Match.", '"3.1.7"'),
    "Location": _text("Where it can be found, or looked at.", "/orders/1"),
    "Link": _text(
        'The next page, as rel="next", while there is one.',
        '</products?cursor=eyJ9.kX2>; rel="next"',
    ),
    "Idempotency-Replayed": _text("true, if this is a kept answer.", "true"),
    "Retry-After": {
        "description": "In how many seconds to try again.",
        "schema": {"type": "integer", "format": "int64", "examples": [1]},
    },
    "WWW-Authenticate": _text(
        "What kind of token is wanted, and what is wrong with the one shown.",
        'Bearer error="invalid_token"',
    ),
    "Content-Disposition": _text(
        "What to call the file.", 'attachment; filename="products.csv"'
    ),
    "RateLimit": _text(
        "What is left, and in how many seconds all of it is back.",
        '"orders";r=59;t=60',
    ),
    "RateLimit-Policy": _text("How much there is in how long.", '"orders";q=60;w=3600'),
    "Preference-Applied": _text("What of Prefer is heeded.", "respond-async"),
    "Accept-Encoding": _text("The codings of bodies that are taken.", "identity"),
}


def refer(*names: str) -> Document:
    """Headers of an answer, by reference."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
