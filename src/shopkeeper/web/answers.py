"""Turning what a view returns into the bytes of an answer."""

import mimetypes
import os
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import IO, Any
from urllib.parse import urlencode

from flask import Request
from sqlalchemy.orm import Session

from shopkeeper.utils.errors import ProblemError
from shopkeeper.web import tables
from shopkeeper.web.operation import Operation
from shopkeeper.web.problems import FileAnswer, make_answer
from shopkeeper.web.results import Accepted, Created, Trial
from shopkeeper.web.schemas.base import Output, TabularOutput, VersionedOutput
from shopkeeper.web.service.idempotency import (
    Answer,
    ProvisionalAnswer,
    UnfinishedAnswer,
)
from shopkeeper.web.service.sagas import Saga, Waiting

JSON = {"Content-Type": "application/json"}
NOT_MODIFIED = 304
READING = {"GET", "HEAD"}
OK, ACCEPTED = 200, 202


@dataclass(frozen=True)
class Download:
    """A file on disk, to be sent under a name and then closed."""

    file: IO[bytes]
    name: str


def render(
    operation: Operation, request: Request, result: Any
) -> Answer | UnfinishedAnswer:
    """The answer to a request, from what its view has returned."""
    if isinstance(result, Saga):
        return _unfinished(operation, request, result)
    return _render(operation, request, result)


def _unfinished(
    operation: Operation, request: Request, saga: Saga[Any]
) -> UnfinishedAnswer:
    def finish(session: Session, outcome: Any) -> Answer:
        made = saga.finish(session, outcome)
        if isinstance(made, ProblemError):
            return make_answer(made)
        if isinstance(made, Waiting):
            return replace(_render(operation, request, made.made), status=ACCEPTED)
        return _render(operation, request, made)

    return UnfinishedAnswer(saga.name, saga.act, finish)


def _render(operation: Operation, request: Request, result: Any) -> Answer:
    if isinstance(result, Answer):
        return result
    if isinstance(result, Download):
        return _send(result, operation)
    if isinstance(result, Trial):
        return Answer(OK, dict(JSON), _written(result.output))
    if isinstance(result, Accepted):
        return _accept(operation, request, result)
    if result is None:
        return Answer(operation.status, {}, b"")
    return _show(operation, request, result)


def _show(operation: Operation, request: Request, result: Any) -> Answer:
    headers = dict(JSON)
    if isinstance(result, Created):
        headers["Location"] = result.location
        result = result.output
    if isinstance(result, VersionedOutput):
        headers["ETag"] = f'"{result.etag}"'
        if _has_it(request, result.etag):
            del headers["Content-Type"]
            return Answer(NOT_MODIFIED, headers, b"")
    headers.update(_link_to_next(request, result))
    if isinstance(result, TabularOutput):
        headers["Vary"] = "Accept"
        table = tables.make_table(request, result)
        if table is not None:
            return Answer(operation.status, {**headers, **table.headers}, table.body)
    return Answer(operation.status, headers, _written(result))


def _accept(
    operation: Operation, request: Request, accepted: Accepted[Any]
) -> ProvisionalAnswer:
    def settle(session: Session) -> Answer | None:
        outcome = accepted.settle(session)
        return _render(operation, request, outcome) if outcome is not None else None

    headers = {**JSON, "Location": accepted.location}
    if accepted.applied is not None:
        headers["Preference-Applied"] = accepted.applied
    body = _written(accepted.output)
    return ProvisionalAnswer(ACCEPTED, headers, body, settle, accepted.within)


def _written(output: Output) -> bytes:
    """As JSON, without going by a text."""
    written: bytes = output.__pydantic_serializer__.to_json(output, by_alias=True)
    return written


def _send(download: Download, operation: Operation) -> FileAnswer:
    kind, _ = mimetypes.guess_type(download.name)
    size = download.file.seek(0, os.SEEK_END)
    download.file.seek(0)
    headers = {
        "Content-Type": f"{kind}; charset=utf-8" if kind == "text/csv" else str(kind),
        "Content-Length": str(size),
        "Content-Disposition": f'attachment; filename="{download.name}"',
    }
    return FileAnswer(operation.status, headers, b"", download.file)


def replayed(kept: Answer) -> Answer:
    """A kept answer, marked as one."""
    headers = {**kept.headers, "Idempotency-Replayed": "true"}
    return Answer(kept.status, headers, kept.body)


def _has_it(request: Request, etag: str) -> bool:
    if request.method not in READING or "HTTP_IF_NONE_MATCH" not in request.environ:
        return False
    tags = request.if_none_match
    return tags.star_tag or tags.contains_weak(etag)


def _link_to_next(request: Request, output: Output) -> dict[str, str]:
    cursor = vars(output).get("next_cursor")
    if cursor is None:
        return {}
    asked = tuple(item for item in request.args.items() if item[0] != "cursor")
    # A cursor has no character that would have to be written otherwise.
    return {"Link": f'<{request.path}?{_query(asked)}cursor={cursor}>; rel="next"'}


@lru_cache(maxsize=128)  # Pages are asked for in few ways.
def _query(asked: tuple[tuple[str, str], ...]) -> str:
    return f"{urlencode(asked)}&" if asked else ""
