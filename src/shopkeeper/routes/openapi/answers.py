"""What an operation may answer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel

from shopkeeper.routes.operation import Access, Operation
from shopkeeper.routes.tables import CSV, WORKBOOK
from shopkeeper.schemas.base import Page, TabularOutput
from shopkeeper.service.errors import (
    IdempotencyInFlight,
    IdempotencyKeyReused,
    RateLimited,
)
from shopkeeper.utils.body_readers import TooManyBodies
from shopkeeper.utils.errors import (
    BodyTooLarge,
    BodyTooSlow,
    DatabaseUnavailable,
    Forbidden,
    MalformedRequest,
    ProblemError,
    StatementTooSlow,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    TokenRevoked,
    UnsupportedCoding,
    UnsupportedMediaType,
    ValidationFailed,
)

Document = dict[str, Any]
Mode = Literal["validation", "serialization"]
References = dict[tuple[type[BaseModel], Mode], Document]
PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}


def describe_responses(operation: Operation, references: References) -> Document:
    responses: Document = {str(operation.status): _success(operation, references)}
    if operation.may_take_long:
        later = _success(operation, references)
        later["description"] = "It takes its time, and can be looked at meanwhile."
        later["headers"]["Location"] = _header("Where it can be looked at.")
        responses["202"] = later
    if operation.may_wait:
        waiting = _success(operation, references)
        waiting["description"] = (
            "Something is needed of the customer before it is over."
        )
        responses["202"] = waiting
    if operation.method == "GET" and operation.is_versioned:
        responses["304"] = {
            "description": "The version at hand is current.",
            "headers": {"ETag": _header("The version.")},
        }
    by_status: dict[int, list[type[ProblemError]]] = defaultdict(list)
    for error in [*_common_errors(operation), *operation.errors]:
        by_status[error.status].append(error)
    for status, errors in sorted(by_status.items()):
        responses[str(status)] = _failure(status, list(dict.fromkeys(errors)))
    return responses


def _common_errors(operation: Operation) -> Iterable[type[ProblemError]]:
    """What an operation may refuse with by its form, not by its meaning."""
    if operation.access is not Access.OPEN:
        yield from (TokenInvalid, TokenExpired, TokenRevoked)
        if operation.access is not Access.PUBLIC:
            yield TokenMissing
    if operation.access.role:
        yield Forbidden
    if operation.body is not None or operation.takes_upload:
        yield from (MalformedRequest, UnsupportedMediaType, UnsupportedCoding)
        yield BodyTooLarge
        yield from (BodyTooSlow, TooManyBodies)
    if operation.takes_message:
        yield from (MalformedRequest, BodyTooLarge, BodyTooSlow, TooManyBodies)
    if operation.limit is not None:
        yield RateLimited
    yield ValidationFailed  # A query parameter that no operation knows, at least.
    if operation.is_idempotent_by_key:
        yield from (IdempotencyKeyReused, IdempotencyInFlight)
    if "session" in operation.takes or operation.access is not Access.OPEN:
        yield from (DatabaseUnavailable, StatementTooSlow)


def _success(operation: Operation, references: References) -> Document:
    description = HTTPStatus(operation.status).phrase
    headers = {"X-Request-ID": _header("The id this request is logged under.")}
    if operation.is_versioned:
        headers["ETag"] = _header("The version; for If-Match and If-None-Match.")
    if operation.makes_something:
        headers["Location"] = _header("Where it can be found.")
    if any(issubclass(kind, Page) for kind in operation.outputs):
        headers["Link"] = _header('The next page, as rel="next", while there is one.')
    if operation.is_idempotent_by_key:
        headers["Idempotency-Replayed"] = _header("true, if this is a kept answer.")
    answer: Document = {"description": description, "headers": headers}
    kinds = [references[kind, "serialization"] for kind in operation.outputs]
    if kinds:
        schema = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        answer["content"] = {"application/json": {"schema": schema}}
        if any(issubclass(kind, TabularOutput) for kind in operation.outputs):
            for media_type in (CSV, WORKBOOK):
                answer["content"][media_type] = _content(media_type)
    elif operation.media_types:
        answer["content"] = {kind: _content(kind) for kind in operation.media_types}
    return answer


def _content(media_type: str) -> Document:
    if media_type == "application/json":
        return {"schema": {"type": "object"}}
    if media_type.startswith("text/"):
        return {"schema": {"type": "string"}}
    return {"schema": {"type": "string", "format": "binary"}}


def _failure(status: int, errors: Sequence[type[ProblemError]]) -> Document:
    examples = {
        error.code: {
            "summary": error.title,
            "value": {
                "type": f"/docs/errors#{error.code}",
                "title": error.title,
                "status": status,
                "detail": error.title,
                "code": error.code,
                "request_id": "4f9c2c6b8e0a4c0f9d2b7a3e5c1d8f60",
            },
        }
        for error in errors
    }
    return {
        "description": "; ".join(f"`{error.code}`: {error.title}" for error in errors),
        "headers": {"X-Request-ID": _header("The id this request is logged under.")},
        "content": {
            "application/problem+json": {"schema": PROBLEM_REF, "examples": examples}
        },
    }


def _header(description: str) -> Document:
    return {"description": description, "schema": {"type": "string"}}
