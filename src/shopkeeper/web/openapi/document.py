"""The OpenAPI 3.1 document, made from the operations and their schemas."""

import re
from collections import defaultdict
from collections.abc import Sequence

from flask import Flask
from pydantic import BaseModel

from shopkeeper import __version__
from shopkeeper.web.inputs import schema_needs_a_body
from shopkeeper.web.openapi.answers import Document, describe_responses
from shopkeeper.web.openapi.examples import example_of
from shopkeeper.web.openapi.headers import HEADERS
from shopkeeper.web.openapi.parameters import (
    SHARED,
    describe_parameters,
    describe_upload,
    enums_of,
)
from shopkeeper.web.openapi.problems import (
    describe_problems,
    example_of_problem,
    list_errors,
)
from shopkeeper.web.openapi.schemas import Mode, References, make_schemas
from shopkeeper.web.operation import Access, Operation
from shopkeeper.web.schemas.problem import Problem

DESCRIPTION = """\
The backend of a shop: accounts, catalogue, stock, orders and statistics.

Money is a decimal string in the shop's currency, time is RFC 3339 in UTC. Errors
are problems of RFC 9457 with a stable `code`; `/docs/errors` lists them. Every write
under an access token takes an `Idempotency-Key`, so that it can be tried again safely.
"""

TAGS = {
    "Accounts": "People: registration, logins and their tokens, roles, one's own data.",
    "Catalogue": "Categories, products and their stock. Reading takes no token.",
    "Imports": "Files of products: brought in as jobs, and given out.",
    "Orders": "Placed, changed, executed, cancelled and refunded.",
    "Payments": "Money that comes in elsewhere, and messages of payment providers.",
    "Statistics": "What was sold, where, at what profit; as JSON, CSV or a workbook.",
    "Activity": "What staff has done, and what it was before and after.",
    "Audits": "Stock, orders and money, held against each other to the last unit.",
    "Operations": "The shop itself: health, metrics and this documentation.",
}


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
        described = _describe(operation, references, schemas)
        paths[path][operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Shopkeeper",
            "version": __version__,
            "description": DESCRIPTION,
            "contact": {"name": "Whoever runs this shop"},
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": tag, "description": TAGS[tag]}
            for tag in dict.fromkeys(o.tag for o in operations)
        ],
        "paths": dict(paths),
        "components": {
            "schemas": schemas,
            "parameters": SHARED,
            "headers": HEADERS,
            "examples": {e.code: example_of_problem(e) for e in list_errors()},
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


def _schemas(operations: Sequence[Operation]) -> tuple[Document, References]:
    wanted: list[tuple[type[BaseModel], Mode]] = [(Problem, "serialization")]
    for operation in operations:
        wanted += [(kind, "serialization") for kind in operation.outputs]
        if operation.body is not None:
            wanted.append((operation.body, "validation"))
    schemas, references = make_schemas(wanted)
    for operation in operations:
        for kind in (operation.query, operation.form):
            schemas |= enums_of(kind) if kind is not None else {}
    describe_problems(schemas)
    return schemas, references


def _describe(
    operation: Operation, references: References, schemas: Document
) -> Document:
    summary, _, rest = (operation.view.__doc__ or "").partition("\n")
    described: Document = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": summary.rstrip("."),
        "description": " ".join([*_who(operation), *rest.split()]) or summary,
        "parameters": describe_parameters(operation),
        "security": _security(operation),
        "responses": describe_responses(operation, references, schemas),
    }
    if operation.body is not None:
        schema = references[operation.body, "validation"]
        example = example_of(schema, schemas)
        described["requestBody"] = {
            "required": schema_needs_a_body(operation.body),
            "content": {"application/json": {"schema": schema, "example": example}},
        }
    if operation.takes_message:
        described["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "object"},
                    "example": {"id": "evt_1", "type": "payment_intent.succeeded"},
                }
            },
        }
    if operation.form is not None:
        described["requestBody"] = describe_upload(operation.form)
    return described


def _who(operation: Operation) -> list[str]:
    role = operation.access.role
    return [f"Takes the role {role.value}."] if role else []


def _security(operation: Operation) -> list[Document]:
    access: Document = {"access_token": []}
    refresh: Document = {"refresh_token": []}
    return {
        Access.OPEN: [],
        Access.PUBLIC: [{}, access],
        Access.REFRESH: [refresh],
        Access.ANY_TOKEN: [access, refresh],
    }.get(operation.access, [access])
