"""What an operation takes beside its body."""

import re
from typing import Any

from pydantic import BaseModel

from shopkeeper.web.openapi.schemas import make_query_schema
from shopkeeper.web.operation import Operation
from shopkeeper.web.schemas.fields.numbers import LARGEST_ID

Document = dict[str, Any]


def describe_parameters(operation: Operation) -> list[Document]:
    found: list[Document] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PATHS[name],
            "schema": schema,
        }
        for pattern, schema in _PATH_SCHEMAS.items()
        for name in re.findall(pattern, operation.path)
    ]
    if operation.query is not None:
        found += _query_parameters(operation)
    if operation.is_idempotent_by_key:
        found.append(_refer("IdempotencyKey"))
    if operation.may_take_long:
        found.append(_refer("Prefer"))
    if operation.takes_message:
        found.append(_SIGNATURE)
    if operation.takes_precondition:
        found.append(_refer("IfMatch"))
    if operation.method == "GET" and operation.is_versioned:
        found.append(_refer("IfNoneMatch"))
    return found


def _refer(name: str) -> Document:
    return {"$ref": f"#/components/parameters/{name}"}


_PATH_SCHEMAS: dict[str, Document] = {
    r"<id:(\w+)>": {
        "type": "integer",
        "format": "int64",
        "minimum": 1,
        "maximum": LARGEST_ID,
        "examples": [1],
    },
    r"<uuid:(\w+)>": {"type": "string", "format": "uuid"},
    r"<(\w+)>": {"type": "string"},
}
PATHS = {
    "activity_id": "The id of the activity.",
    "audit_id": "The id of the audit.",
    "import_id": "The id of the import.",
    "login_id": "The id of the login.",
    "name": "The name of the file.",
    "variant_id": "The id of the variant.",
    "order_id": "The id of the order.",
    "product_id": "The id of the product.",
    "slug": "What the product is, or was, called in addresses.",
    "user_id": "The id of the account.",
}
# Of query parameters whose name says it all, but for a reader of another trade.
QUERIES = {
    "email": "The email of an account, whole.",
    "id": "The id of what is meant.",
    "in_stock": "Only what is there, or only what is not.",
    "max_price": "At most so much.",
    "min_price": "At least so much.",
    "sort": "By what, and with a minus before it the other way round.",
    "status": "Only those in this state.",
    "user_id": "Only those of this account.",
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "1 to 255 characters of the client's choice; a new UUID for each"
    " new request is best. The same key with the same request gives the first answer"
    " again and has its effect once. Kept for 48 hours.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "pattern": "^[!-~]([ -~]*[!-~])?$",
        "examples": ["ada-1"],
    },
}
_PREFER = {
    "name": "Prefer",
    "in": "header",
    "description": "`respond-async` (RFC 7240): answer 202 at once, and go on alone;"
    " `wait=20`: after so many seconds, at most 30.",
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


SHARED: Document = {
    "IdempotencyKey": _IDEMPOTENCY_KEY,
    "Prefer": _PREFER,
    "IfMatch": _IF_MATCH,
    "IfNoneMatch": _IF_NONE_MATCH,
}


def enums_of(query: type[BaseModel]) -> Document:
    """The schemas of values that parameters choose from."""
    return {
        name: schema
        for name, schema in make_query_schema(query).get("$defs", {}).items()
        if "enum" in schema
    }


def _query_parameters(operation: Operation) -> list[Document]:
    if operation.query is None:
        return []
    schema = make_query_schema(operation.query, shared=True)
    required = schema.get("required", [])
    return [
        _parameter(name, _without_null(field), name in required)
        for name, field in schema["properties"].items()
    ]


def _parameter(name: str, schema: Document, required: bool) -> Document:
    description = schema.pop("description", None) or QUERIES[name]
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": description,
        "schema": schema,
    }


def _without_null(field: Document) -> Document:
    """A parameter that is not given is absent, never null."""
    kinds = [kind for kind in field.get("anyOf", []) if kind != {"type": "null"}]
    outer = {k: v for k, v in field.items() if k not in {"anyOf", "title"}}
    if len(kinds) == 1:
        return {k: v for k, v in kinds[0].items() if k != "title"} | outer
    return ({"anyOf": kinds} if kinds else {}) | outer


def describe_upload(form: type[BaseModel]) -> Document:
    schema = make_query_schema(form, shared=True)
    fields = {
        name: _without_null(field) for name, field in schema["properties"].items()
    }
    file = {
        "type": "string",
        "format": "binary",
        "description": "A .csv, .tsv, .csv.gz or .xlsx file; a row near the top has the"
        " headers.",
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
                },
                "example": {
                    "file": "name,category,quantity,price\r\nPen,Pens,5,1.50\r\n",
                    "on_error": "skip_rows",
                },
            }
        },
    }
