"""The OpenAPI 3.1 document, made from the operations and their schemas."""

import re
from collections import defaultdict
from collections.abc import Sequence

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shopkeeper import __version__
from shopkeeper.routes.inputs import schema_needs_a_body
from shopkeeper.routes.openapi.answers import (
    Document,
    Mode,
    References,
    describe_responses,
)
from shopkeeper.routes.openapi.parameters import describe_parameters, describe_upload
from shopkeeper.routes.operation import Access, Operation
from shopkeeper.schemas.problem import Problem

SCHEMA_REF = "#/components/schemas/{model}"

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
        path = re.sub(r"<(?:id:|uuid:)?(\w+)>", r"{\1}", operation.path) or "/"
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
) -> tuple[Document, References]:
    wanted: list[tuple[type[BaseModel], Mode]] = [(Problem, "serialization")]
    for operation in operations:
        wanted += [(kind, "serialization") for kind in operation.outputs]
        if operation.body is not None:
            wanted.append((operation.body, "validation"))
    unique = list(dict.fromkeys(wanted))
    references, definitions = models_json_schema(unique, ref_template=SCHEMA_REF)
    return definitions["$defs"], references  # type: ignore[return-value]  # Pydantic keys by any model class.


def _describe(operation: Operation, references: References) -> Document:
    summary, _, rest = (operation.view.__doc__ or "").partition("\n")
    described: Document = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": summary.rstrip("."),
        "description": _who(operation) + " ".join(rest.split()),
        "parameters": describe_parameters(operation),
        "security": _security(operation),
        "responses": describe_responses(operation, references),
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": schema_needs_a_body(operation.body),
            "content": {
                "application/json": {"schema": references[operation.body, "validation"]}
            },
        }
    if operation.takes_message:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    if operation.form is not None:
        described["requestBody"] = describe_upload(operation.form)
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
