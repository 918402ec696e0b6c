"""What an operation takes beside its body."""

import re
from typing import Any

from pydantic import BaseModel

from shopkeeper.routes.operation import Operation
from shopkeeper.schemas.fields.numbers import LARGEST_ID

Document = dict[str, Any]


def describe_parameters(operation: Operation) -> list[Document]:
    found: list[Document] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
        }
        for name in re.findall(r"<id:(\w+)>", operation.path)
    ]
    found += [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
        }
        for name in re.findall(r"<uuid:(\w+)>", operation.path)
    ]
    found += [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"<(\w+)>", operation.path)
    ]
    if operation.query is not None:
        found += _query_parameters(operation.query)
    if operation.is_idempotent_by_key:
        found.append(_IDEMPOTENCY_KEY)
    if operation.may_take_long:
        found.append(_PREFER)
    if operation.takes_message:
        found.append(_SIGNATURE)
    if operation.takes_precondition:
        found.append(_IF_MATCH)
    if operation.method == "GET" and operation.is_versioned:
        found.append(_IF_NONE_MATCH)
    return found


_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "1 to 255 characters of the client's choice; a new UUID for each"
    " new request is best. The same key with the same request gives the first answer"
    " again and has its effect once. Kept for 48 hours.",
    "schema": {"type": "string", "format": "uuid"},
}
_PREFER = {
    "name": "Prefer",
    "in": "header",
    "description": "`respond-async` (RFC 7240): answer 202 at once, and go on alone.",
    "schema": {"type": "string", "examples": ["respond-async"]},
}
_SIGNATURE = {
    "name": "Stripe-Signature",
    "in": "header",
    "required": True,
    "description": "The provider's signature of the body, made with the secret that"
    " only the two know.",
    "schema": {"type": "string", "examples": ["t=1767225600,v1=5257a869e7ec"]},
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


def describe_upload(form: type[BaseModel]) -> Document:
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
