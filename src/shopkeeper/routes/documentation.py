import gzip
import json
import threading
from functools import cache
from importlib.resources import files

from flask import current_app, render_template_string, request

from shopkeeper import __version__
from shopkeeper.routes.openapi.document import build_document
from shopkeeper.routes.operation import Access, Api
from shopkeeper.schemas.health import ShopHome
from shopkeeper.service.db.idempotency import Answer
from shopkeeper.service.money import shop_currency
from shopkeeper.utils.errors import NotFound, ProblemError
from shopkeeper.utils.settings import get_settings

documentation = Api("documentation", "", tag="Operations")

OURS = files("shopkeeper.routes") / "documentation_files"
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


@documentation.operation("GET", "/", access=Access.OPEN)
def show_home() -> ShopHome:
    """Name the shop, and where to go from here."""
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


@documentation.operation(
    "GET",
    "/openapi.json",
    access=Access.OPEN,
    errors=[NotFound],
    media_types=("application/json",),
)
def show_openapi() -> Answer:
    """Show this document."""
    _require_documentation()
    return Answer(200, {"Content-Type": "application/json"}, _document())


@documentation.operation(
    "GET",
    "/docs",
    access=Access.OPEN,
    errors=[NotFound],
    media_types=("text/html",),
)
def show_docs() -> Answer:
    """Show the documentation, to read and to try out."""
    _require_documentation()
    return _page((OURS / "docs.html").read_bytes())


@documentation.operation(
    "GET", "/docs/errors", access=Access.OPEN, media_types=("text/html",)
)
def show_errors() -> Answer:
    """Show every error code and what it means."""
    page = render_template_string(
        (OURS / "errors.html").read_text(), errors=list_errors(ProblemError)
    )
    return _page(page.encode())


@documentation.operation(
    "GET",
    "/docs/assets/<name>",
    access=Access.OPEN,
    errors=[NotFound],
    media_types=("text/plain",),
)
def show_asset(name: str) -> Answer:
    """Show a file of the documentation pages."""
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
        "Vary": "Accept-Encoding",
    }
    plain, packed = _asset(name)
    is_silent = "Accept-Encoding" not in request.headers
    if is_silent or request.accept_encodings.quality("gzip"):
        return Answer(200, {**headers, "Content-Encoding": "gzip"}, packed)
    return Answer(200, headers, plain)


@cache
def _asset(name: str) -> tuple[bytes, bytes]:
    """As it is, and packed; read once."""
    plain = ASSETS[name][0].read_bytes()
    return plain, gzip.compress(plain)


def _require_documentation() -> None:
    if get_settings().documentation == "off":
        raise NotFound("This shop does not show its documentation.")


def list_errors(base: type[ProblemError]) -> list[type[ProblemError]]:
    """Every error with a code of its own, by status and code."""
    found = {kind.code: kind for kind in _descendants(base) if "code" in vars(kind)}
    return sorted(found.values(), key=lambda kind: (kind.status, kind.code))


def _descendants(base: type[ProblemError]) -> list[type[ProblemError]]:
    children = base.__subclasses__()
    return children + [deeper for child in children for deeper in _descendants(child)]


def _page(body: bytes) -> Answer:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": PAGE_POLICY,
    }
    return Answer(200, headers, body)


def _document() -> bytes:
    with _MAKING:  # By one: it takes a core for a while.
        return _made_document()


_MAKING = threading.Lock()


@cache
def _made_document() -> bytes:
    return json.dumps(build_document(current_app), ensure_ascii=False).encode()
