import gzip
import hashlib
import json
import threading
from functools import cache
from importlib.resources import files
from typing import NamedTuple, Self

from flask import current_app, render_template_string, request

from shopkeeper import __version__
from shopkeeper.utils.errors import NotFound
from shopkeeper.utils.money import shop_currency
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.openapi.document import build_document
from shopkeeper.web.openapi.problems import list_errors
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.packing import takes_gzip
from shopkeeper.web.schemas.health import ShopHome
from shopkeeper.web.service.idempotency import Answer

api = Api("documentation", "", tag="Operations")

OURS = files("shopkeeper.web") / "documentation_files"
SWAGGER = files("flask_openapi_swagger") / "templates" / "swagger"
ASSETS = {
    "swagger-ui.css": (SWAGGER / "css" / "swagger-ui.css", "text/css"),
    "swagger-ui-bundle.js": (
        SWAGGER / "js" / "swagger-ui-bundle.js",
        "text/javascript",
    ),
    "docs.js": (OURS / "docs.js", "text/javascript"),
    "errors.css": (OURS / "errors.css", "text/css"),
}
# The pages load nothing from anywhere else. Swagger UI sets styles on elements.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


@api.operation("GET", "/", access=Access.OPEN)
def show_home() -> ShopHome:
    """Name the shop, and where to go from here.

    Needs no token.
    """
    return ShopHome(
        name=get_settings().shop_name,
        version=__version__,
        currency=shop_currency().code,
        links={
            "documentation": "/docs",
            "errors": "/docs/errors",
            "health_live": "/health/live",
            "health_ready": "/health/ready",
            "metrics": "/metrics",
            "openapi": "/openapi.json",
            "products": "/products",
        },
    )


@api.operation(
    "GET",
    "/openapi.json",
    access=Access.OPEN,
    errors=[NotFound],
    media_types=("application/json",),
)
def show_openapi() -> Answer:
    """Show this document.

    OpenAPI 3.1, of this very shop: its currency and its ways to pay.
    """
    _require_documentation()
    made = _document()
    headers = {"Content-Type": "application/json", "ETag": f'W/"{made.tag}"'}
    if request.if_none_match.contains_weak(made.tag):
        return Answer(304, {**headers, "Vary": "Accept-Encoding"}, b"")
    return _send(headers, made, is_text=True)


@api.operation(
    "GET",
    "/docs",
    access=Access.OPEN,
    errors=[NotFound],
    media_types=("text/html",),
)
def show_docs() -> Answer:
    """Show the documentation, to read and to try out.

    Swagger UI, which loads nothing from elsewhere.
    """
    _require_documentation()
    return _page((OURS / "docs.html").read_bytes())


@api.operation("GET", "/docs/errors", access=Access.OPEN, media_types=("text/html",))
def show_errors() -> Answer:
    """Show every error code and what it means.

    By status and code, as `type` of a problem refers to it.
    """
    page = render_template_string(
        (OURS / "errors.html").read_text(), errors=list_errors()
    )
    return _page(page.encode())


@api.operation(
    "GET",
    "/docs/assets/<name>",
    access=Access.OPEN,
    errors=[NotFound],
    media_types=("text/plain",),
)
def show_asset(name: str) -> Answer:
    """Show a file of the documentation pages.

    What the pages load.
    """
    _require_documentation()
    if name not in ASSETS:
        raise NotFound
    return _send_asset(name)


def _send_asset(name: str) -> Answer:
    """Packed, unless the client says that it does not take that.

    Whoever does not say what they take takes any coding (RFC 9110, section 12.5.3).
    """
    headers = {
        "Content-Type": ASSETS[name][1],
        "Cache-Control": "public, max-age=3600",
    }
    return _send(headers, _asset(name), is_text=False)


class _Made(NamedTuple):
    """Something that stays as it is, made once: also packed, and its name."""

    plain: bytes
    packed: bytes
    tag: str

    @classmethod
    def of(cls, plain: bytes) -> Self:
        return cls(plain, gzip.compress(plain), hashlib.sha256(plain).hexdigest()[:32])


def _send(headers: dict[str, str], made: _Made, *, is_text: bool) -> Answer:
    told = {**headers, "Vary": "Accept-Encoding"}
    says_nothing = "Accept-Encoding" not in request.headers
    if takes_gzip(request) or (says_nothing and not is_text):
        return Answer(200, {**told, "Content-Encoding": "gzip"}, made.packed)
    return Answer(200, told, made.plain)


@cache
def _asset(name: str) -> _Made:
    return _Made.of(ASSETS[name][0].read_bytes())


def _require_documentation() -> None:
    if get_settings().documentation == "off":
        raise NotFound("This shop does not show its documentation.")


def _page(body: bytes) -> Answer:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": PAGE_POLICY,
    }
    return Answer(200, headers, body)


def _document() -> _Made:
    with _MAKING:  # By one: it takes a core for a while.
        return _made_document()


_MAKING = threading.Lock()


@cache
def _made_document() -> _Made:
    document = json.dumps(build_document(current_app), ensure_ascii=False)
    return _Made.of(document.encode())
