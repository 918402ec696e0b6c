"""The OpenAPI 3.1 document, made from the operations and their schemas."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, Literal

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shopkeeper import __version__
from shopkeeper.routes.inputs import schema_needs_a_body
from shopkeeper.routes.operation import Access, Created, Operation
from shopkeeper.schemas.base import Page, VersionedOutput
from shopkeeper.schemas.fields import LARGEST_ID
from shopkeeper.schemas.problem import Problem
from shopkeeper.service.errors import IdempotencyInFlight, IdempotencyKeyReused
from shopkeeper.utils.errors import (
    BodyTooLarge,
    DatabaseUnavailable,
    Forbidden,
    MalformedRequest,
    ProblemError,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    TokenRevoked,
    UnsupportedMediaType,
    ValidationFailed,
)

Document = dict[str, Any]
Mode = Literal["validation", "serialization"]
SCHEMA_REF = "#/components/schemas/{model}"
PROBLEM_REF = {"$ref": SCHEMA_REF.format(model="Problem")}

DESCRIPTION = """\
The backend of a shop: accounts, catalogue, stock, orders and statistics.

Money is a decimal string in the shop's currency, time is RFC 3339 in UTC. Errors
are problems of RFC 9457 with a stable `code`; `/docs/errors` lists them. Every write
under an access token takes an `Idempotency-Key`, so that it can be tried again safely.
"""


def list_operations(app: Flask) -> list[Operation]:
    """Every operation of the application, in the order it was declared."""
    found = (getattr(view, "operation", None) for view in app.view_functions.values())
    return [operation for operation in found if operation is not None]


def build_document(app: Flask) -> Document:
    """The OpenAPI document of an application."""
    operations = list_operations(app)
    schemas, references = _schemas(operations)
    paths: dict[str, Document] = defaultdict(dict)
    for operation in operations:
        path = re.sub(r"<(?:id:)?(\w+)>", r"{\1}", operation.path) or "/"
        paths[path][operation.method.lower()] = _describe(operation, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Shopkeeper",
            "version": __version__,
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(o.tag for o in operations)],
        "paths": dict(paths),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "access_token": _bearer("The access token of a login; 15 minutes."),
                "refresh_token": _bearer("The refresh token of a login; 30 days."),
            },
        },
    }


def _bearer(description: str) -> Document:
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": description,
    }


def _schemas(
    operations: Sequence[Operation],
) -> tuple[Document, dict[tuple[type[BaseModel], Mode], Document]]:
    wanted: list[tuple[type[BaseModel], Mode]] = [(Problem, "serialization")]
    for operation in operations:
        wanted += [(kind, "serialization") for kind in operation.outputs]
        if operation.body is not None:
            wanted.append((operation.body, "validation"))
    unique = list(dict.fromkeys(wanted))
    references, definitions = models_json_schema(unique, ref_template=SCHEMA_REF)
    return definitions["$defs"], references  # type: ignore[return-value]  # Pydantic keys by any model class.


def _describe(
    operation: Operation, references: dict[tuple[type[BaseModel], Mode], Document]
) -> Document:
    summary, _, rest = (operation.view.__doc__ or "").partition("\n")
    described: Document = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": summary.rstrip("."),
        "description": _who(operation) + " ".join(rest.split()),
        "parameters": _parameters(operation),
        "security": _security(operation),
        "responses": _responses(operation, references),
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": schema_needs_a_body(operation.body),
            "content": {
                "application/json": {"schema": references[operation.body, "validation"]}
            },
        }
    if operation.form is not None:
        described["requestBody"] = _upload_body(operation.form)
    return described


def _who(operation: Operation) -> str:
    role = operation.access.role
    return f"Takes the role {role.value}. " if role else ""


def _security(operation: Operation) -> list[Document]:
    access: Document = {"access_token": []}
    refresh: Document = {"refresh_token": []}
    return {
        Access.OPEN: [],
        Access.PUBLIC: [{}, access],
        Access.REFRESH: [refresh],
        Access.ANY_TOKEN: [access, refresh],
    }.get(operation.access, [access])


# Parameters


def _parameters(operation: Operation) -> list[Document]:
    found = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
        }
        for name in re.findall(r"<id:(\w+)>", operation.path)
    ]
    if operation.query is not None:
        found += _query_parameters(operation.query)
    if operation.is_idempotent_by_key:
        found.append(_IDEMPOTENCY_KEY)
    if operation.takes_precondition:
        found.append(_IF_MATCH)
    if operation.method == "GET" and _is_versioned(operation):
        found.append(_IF_NONE_MATCH)
    return found


_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same request gives the first answer again"
    " and has its effect once. Kept for 48 hours.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "pattern": "^[!-~]+$",
        "examples": ["order-2026-01-31-0001"],
    },
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of the version to change; another one is answered 412.",
    "schema": {"type": "string", "examples": ['"3"']},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of the version at hand; if it is current: 304.",
    "schema": {"type": "string", "examples": ['"3"']},
}


def _query_parameters(query: type[BaseModel]) -> list[Document]:
    schema = query.model_json_schema(by_alias=True)
    required = schema.get("required", [])
    return [
        _parameter(name, _without_null(_resolved(field, schema)), name in required)
        for name, field in schema["properties"].items()
    ]


def _parameter(name: str, schema: Document, required: bool) -> Document:
    parameter = {"name": name, "in": "query", "required": required}
    if "description" in schema:
        parameter["description"] = schema.pop("description")
    return parameter | {"schema": schema}


def _resolved(field: Any, schema: Document) -> Any:
    """The field with what it refers to put in its place."""
    if isinstance(field, dict):
        reference = field.get("$ref")
        if reference:
            named = schema["$defs"][reference.rpartition("/")[2]]
            field = named | {k: v for k, v in field.items() if k != "$ref"}
        return {name: _resolved(value, schema) for name, value in field.items()}
    if isinstance(field, list):
        return [_resolved(value, schema) for value in field]
    return field


def _without_null(field: Document) -> Document:
    """A parameter that is not given is absent, never null."""
    kinds = [kind for kind in field.get("anyOf", []) if kind != {"type": "null"}]
    outer = {k: v for k, v in field.items() if k not in {"anyOf", "title", "default"}}
    default = {"default": field["default"]} if field.get("default") is not None else {}
    if len(kinds) == 1:
        return {k: v for k, v in kinds[0].items() if k != "title"} | outer | default
    return outer | default


def _upload_body(form: type[BaseModel]) -> Document:
    schema = form.model_json_schema()
    fields = {
        name: _without_null(_resolved(field, schema))
        for name, field in schema["properties"].items()
    }
    file = {
        "type": "string",
        "format": "binary",
        "description": "A .csv, .tsv or .xlsx file whose first row has the headers.",
    }
    return {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": file, **fields},
                    "required": ["file"],
                    "additionalProperties": False,
                }
            }
        },
    }


# Answers


def _responses(
    operation: Operation, references: dict[tuple[type[BaseModel], Mode], Document]
) -> Document:
    responses: Document = {str(operation.status): _success(operation, references)}
    if operation.method == "GET" and _is_versioned(operation):
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
        yield from (MalformedRequest, UnsupportedMediaType, BodyTooLarge)
    yield ValidationFailed  # A query parameter that no operation knows, at least.
    if operation.is_idempotent_by_key:
        yield from (IdempotencyKeyReused, IdempotencyInFlight)
    if "session" in operation.takes or operation.access is not Access.OPEN:
        yield DatabaseUnavailable


def _success(
    operation: Operation, references: dict[tuple[type[BaseModel], Mode], Document]
) -> Document:
    description = HTTPStatus(operation.status).phrase
    headers = {"X-Request-ID": _header("The id this request is logged under.")}
    if _is_versioned(operation):
        headers["ETag"] = _header("The version; for If-Match and If-None-Match.")
    if getattr(operation.takes["return"], "__origin__", None) is Created:
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
    elif operation.media_type:
        answer["content"] = {operation.media_type: {"schema": {"type": "string"}}}
    return answer


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


def _is_versioned(operation: Operation) -> bool:
    return any(issubclass(kind, VersionedOutput) for kind in operation.outputs)
