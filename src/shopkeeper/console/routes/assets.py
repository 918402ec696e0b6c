"""What pages load: a style sheet and a script, both of ours."""

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from flask import Blueprint, Response, request

from shopkeeper.utils.errors import NotFound
from shopkeeper.web.packing import takes_gzip

ADDRESS = "/console/assets"
KINDS = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
# Another file has another address.
FOR_GOOD = "public, max-age=31536000, immutable"

blueprint = Blueprint("console_assets", __name__, url_prefix=ADDRESS)


class Asset(NamedTuple):
    """A file, as it is and packed, and what tells it from what it was before."""

    plain: bytes
    packed: bytes
    version: str


@cache
def read_asset(name: str) -> Asset:
    plain = (files("shopkeeper.console") / "assets" / name).read_bytes()
    version = hashlib.sha256(plain).hexdigest()[:16]
    return Asset(plain, gzip.compress(plain, mtime=0), version)


def asset_address(name: str) -> str:
    return f"{ADDRESS}/{name}?v={read_asset(name).version}"


@blueprint.get("/<name>")
def show_console_asset(name: str) -> Response:
    """Show a file that pages load.

    Raises:
        NotFound: If there is none of that name.
    """
    if name not in KINDS:
        raise NotFound
    asset = read_asset(name)
    is_packed = takes_gzip(request)
    response = Response(
        asset.packed if is_packed else asset.plain, content_type=KINDS[name]
    )
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = FOR_GOOD
    response.headers["Vary"] = "Accept-Encoding"
    return response
