"""Every error, expected or not, as a problem of RFC 9457. There is no other way out."""

import json
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

import psycopg
import structlog
from flask import Flask, Response, has_request_context, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from shopkeeper.database.engine import is_away
from shopkeeper.utils.errors import (
    BodyTooLarge,
    DatabaseUnavailable,
    InternalError,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    ProblemError,
    ResourceBusy,
    StatementTooSlow,
    UnsupportedMediaType,
)
from shopkeeper.utils.observability import ObservedRequest
from shopkeeper.web.headers import make_headers
from shopkeeper.web.service.idempotency import Answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = structlog.get_logger(__name__)

BLOCK = 64 * 1024
# Statuses whose answers have no body (RFC 9110, sections 15.3.5 and 15.4.5).
BARE = {204, 304}
MEDIA_TYPE = "application/problem+json"
BY_STATUS: dict[int, type[ProblemError]] = {
    400: MalformedRequest,
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
    415: UnsupportedMediaType,
}


@dataclass(frozen=True)
class FileAnswer(Answer):
    """An answer whose body is sent from disk."""

    file: IO[bytes]


class Reply(Response):
    """A response that is whole: what it says is sent as it is.

    Werkzeug goes through the headers of each response once more, to make what is
    missing in them.
    """

    default_mimetype = None

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        has_body = environ["REQUEST_METHOD"] != "HEAD" and self.status_code not in BARE
        if not has_body or not self.is_sequence:
            return super().__call__(environ, start_response)
        start_response(self.status, self.headers.to_wsgi_list())
        return cast("list[bytes]", self.response)


def install_problems(app: Flask) -> None:
    app.register_error_handler(Exception, answer_problem)


def answer_problem(error: Exception) -> Response:
    """The answer that tells of an error."""
    response = to_response(make_answer(problem_of(error)))
    if isinstance(error, HTTPException):
        # Werkzeug knows which methods an address takes.
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value
    return response


def to_response(answer: Answer) -> Response:
    if isinstance(answer, FileAnswer):
        response = Response(
            _blocks(answer.file),
            answer.status,
            headers=answer.headers,
            direct_passthrough=True,
        )
        response.call_on_close(answer.file.close)
        return response
    return Reply(answer.body, answer.status, headers=make_headers(answer.headers))


def _request_id() -> str:
    return cast("ObservedRequest", request).request_id if has_request_context() else ""


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block


def make_answer(problem: ProblemError) -> Answer:
    body: dict[str, Any] = {
        "type": f"/docs/errors#{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": _request_id(),
        **problem.members,
    }
    encoded = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str)
    return Answer(
        status=problem.status,
        headers={"Content-Type": MEDIA_TYPE, **problem.answer_headers()},
        body=encoded.encode("utf-8", "replace"),
    )


def problem_of(error: Exception) -> ProblemError:
    """What is told of an error, whatever it is; one that nobody foresaw is logged."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, DBAPIError) and isinstance(
        error.orig, psycopg.errors.LockNotAvailable
    ):
        return ResourceBusy(seconds=1)
    if isinstance(error, DBAPIError) and isinstance(
        error.orig, psycopg.errors.QueryCanceled
    ):
        return StatementTooSlow(seconds=5)
    if isinstance(error, (DBAPIError, PoolTimeoutError)) and is_away(error):
        log.warning("database_unavailable", reason=type(error).__name__)
        return DatabaseUnavailable(seconds=1)
    log.error("unexpected_error", **_describe_fault(error))
    return InternalError()


def _of_http(error: HTTPException) -> ProblemError:
    kind = BY_STATUS.get(error.code or 500)
    if kind is not None:
        return kind()
    if error.code is not None and 400 <= error.code < 500:  # noqa: PLR2004
        return MalformedRequest(error.description)
    log.error("unexpected_error", **_describe_fault(error))
    return InternalError()


def _describe_fault(error: Exception) -> dict[str, Any]:
    """What a log may know of a fault: where it is, but no value of any row."""
    told: dict[str, Any] = {
        "request_id": _request_id(),
        "error": type(error).__name__,
        "traceback": traceback.format_tb(error.__traceback__),
    }
    if isinstance(error, DBAPIError):
        cause = error.orig
        if isinstance(cause, psycopg.Error):
            told["sqlstate"] = cause.sqlstate
            told["constraint"] = cause.diag.constraint_name
    else:
        told["message"] = str(error)
    return told
