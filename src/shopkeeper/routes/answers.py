"""Turning what a view returns into the bytes of an answer."""

from typing import Any
from urllib.parse import urlencode

from flask import Request

from shopkeeper.routes.operation import Created, Operation
from shopkeeper.schemas.base import Output, VersionedOutput
from shopkeeper.service.db.idempotency import Answer

JSON = {"Content-Type": "application/json"}
NOT_MODIFIED = 304


def render(operation: Operation, request: Request, result: Any) -> Answer:
    """The answer to a request, from what its view has returned."""
    if isinstance(result, Answer):
        return result
    if result is None:
        return Answer(operation.status, {}, b"")
    headers = dict(JSON)
    if isinstance(result, Created):
        headers["Location"] = result.location
        result = result.output
    if isinstance(result, VersionedOutput):
        headers["ETag"] = f'"{result.etag}"'
        if request.method in {"GET", "HEAD"} and _has_it(request, result.etag):
            del headers["Content-Type"]
            return Answer(NOT_MODIFIED, headers, b"")
    headers.update(_link_to_next(request, result))
    body = result.model_dump_json(by_alias=True).encode()
    return Answer(operation.status, headers, body)


def replayed(kept: Answer) -> Answer:
    """A kept answer, marked as one."""
    headers = {**kept.headers, "Idempotency-Replayed": "true"}
    return Answer(kept.status, headers, kept.body)


def _has_it(request: Request, etag: str) -> bool:
    tags = request.if_none_match
    return tags.star_tag or tags.contains_weak(etag)


def _link_to_next(request: Request, output: Output) -> dict[str, str]:
    cursor = getattr(output, "next_cursor", None)
    if cursor is None:
        return {}
    arguments = {**request.args.to_dict(), "cursor": cursor}
    return {"Link": f'<{request.path}?{urlencode(arguments)}>; rel="next"'}
