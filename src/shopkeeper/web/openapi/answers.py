"""What an operation may answer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, get_args

from pydantic import BaseModel

from shopkeeper.utils.body_readers import TooManyBodies
from shopkeeper.utils.errors import (
    BodyTooLarge,
    BodyTooSlow,
    DatabaseUnavailable,
    Forbidden,
    HeadTooLarge,
    MalformedRequest,
    ProblemError,
    ResourceBusy,
    RetryLaterError,
    StatementTooSlow,
    TargetTooLong,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    TokenRevoked,
    TooBusy,
    UnsupportedCoding,
    UnsupportedMediaType,
    ValidationFailed,
)
from shopkeeper.web.errors import IdempotencyInFlight, IdempotencyKeyReused, RateLimited
from shopkeeper.web.openapi.examples import example_of
from shopkeeper.web.openapi.headers import refer
from shopkeeper.web.openapi.links import LINKS
from shopkeeper.web.openapi.schemas import References
from shopkeeper.web.operation import Access, Operation
from shopkeeper.web.schemas.base import TabularOutput
from shopkeeper.web.tables import CSV, WORKBOOK

Document = dict[str, Any]
PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}


def describe_responses(
    operation: Operation, references: References, schemas: Document
) -> Document:
    success = _success(operation, references, schemas)
    responses: Document = {str(operation.status): success}
    if operation.may_be_tried and operation.status != HTTPStatus.OK:
        tried = _success(operation, references, schemas, HTTPStatus.OK)
        tried["description"] = "Nothing was done; what would be."
        responses["200"] = tried
    if operation.may_take_long or operation.may_wait:
        later = _success(operation, references, schemas)
        later["description"] = (
            "It takes its time, and can be looked at meanwhile."
            if operation.may_take_long
            else "Something is needed of the customer before it is over."
        )
        if operation.may_take_long:
            later["headers"] |= refer("Location", "Preference-Applied")
        responses["202"] = later
    if operation.method == "GET" and (
        operation.is_versioned or operation.name == "show_openapi"
    ):
        responses["304"] = {
            "description": "The version at hand is current.",
            "headers": refer("X-Request-ID", "ETag"),
        }
    for told, answer in responses.items():
        links = LINKS.get((operation.name, int(told)))
        if links:
            answer["links"] = links
    by_status: dict[int, list[type[ProblemError]]] = defaultdict(list)
    for error in [*_common_errors(operation), *operation.errors]:
        by_status[error.status].append(error)
    for status, errors in sorted(by_status.items()):
        unique = list(dict.fromkeys(errors))
        responses[str(status)] = _failure(operation, status, unique)
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
    yield HeadTooLarge
    yield TargetTooLong
    if operation.asks_the_database or operation.access is not Access.OPEN:
        yield from (DatabaseUnavailable, StatementTooSlow, TooBusy)
        if operation.method != "GET":
            yield ResourceBusy


def _success(
    operation: Operation,
    references: References,
    schemas: Document,
    status: int | None = None,
) -> Document:
    status = status or operation.status
    is_tabular = any(issubclass(kind, TabularOutput) for kind in operation.outputs)
    headers = _headers_of_success(operation, is_tabular=is_tabular)
    answer: Document = {
        "description": HTTPStatus(status).phrase,
        "headers": refer(*headers),
    }
    if status == HTTPStatus.NO_CONTENT:
        return answer
    kinds = _alternatives(operation, references)
    if kinds:
        schema = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        example = example_of(schema, schemas)
        json: Document = {"schema": schema, "example": example}
        answer["content"] = {"application/json": json}
        if is_tabular:
            for media_type in (CSV, WORKBOOK):
                answer["content"][media_type] = _content(media_type)
    elif operation.media_types:
        answer["content"] = {kind: _content(kind) for kind in operation.media_types}
    return answer


def _headers_of_success(operation: Operation, *, is_tabular: bool) -> Iterable[str]:
    yield "X-Request-ID"
    if operation.is_versioned or operation.name == "show_openapi":
        yield "ETag"
    if operation.makes_something:
        yield "Location"
    if any("next_cursor" in kind.model_fields for kind in operation.outputs):
        yield "Link"
    if operation.is_idempotent_by_key:
        yield "Idempotency-Replayed"
    if operation.limit is not None:
        yield from ("RateLimit", "RateLimit-Policy")
    if is_tabular or (operation.media_types and operation.tag == "Imports"):
        yield "Content-Disposition"


def _alternatives(operation: Operation, references: References) -> list[Document]:
    """The schemas of an answer, each once, and first those that say most.

    A client that tries one after the other would lose what a manager is shown.
    """
    kinds = dict.fromkeys(operation.outputs)
    ordered = sorted(kinds, key=_fields_told, reverse=True)
    return [references[kind, "serialization"] for kind in ordered]


def _fields_told(kind: type[BaseModel]) -> int:
    """How many fields an answer has, with those of the items of a list."""
    told = len(kind.model_fields)
    items = kind.model_fields.get("items")
    if items is not None:
        (item,) = get_args(items.annotation)
        told += len(item.model_fields)
    return told


def _content(media_type: str) -> Document:
    if media_type == "application/json":
        return {"schema": {"type": "object"}, "example": {"openapi": "3.1.0"}}
    if media_type == CSV:
        return {"schema": {"type": "string"}, "example": "name,price\r\nPen,1.50\r\n"}
    if media_type.startswith("text/"):
        return {"schema": {"type": "string"}, "example": "text"}
    return {"schema": {"type": "string", "format": "binary"}}


def _failure(
    operation: Operation, status: int, errors: Sequence[type[ProblemError]]
) -> Document:
    return {
        "description": "; ".join(f"`{error.code}`: {error.title}" for error in errors),
        "headers": refer("X-Request-ID", *_headers_of(operation, status, errors)),
        "content": {
            "application/problem+json": {
                "schema": PROBLEM_REF,
                "examples": {
                    error.code: {"$ref": f"#/components/examples/{error.code}"}
                    for error in errors
                },
            }
        },
    }


def _headers_of(
    operation: Operation, status: int, errors: Sequence[type[ProblemError]]
) -> Iterable[str]:
    if status == HTTPStatus.UNAUTHORIZED:
        yield "WWW-Authenticate"
    if any(issubclass(error, RetryLaterError) for error in errors):
        yield "Retry-After"
    if UnsupportedCoding in errors:
        yield "Accept-Encoding"
    if operation.limit is not None:
        yield from ("RateLimit", "RateLimit-Policy")
