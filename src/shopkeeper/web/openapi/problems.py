"""The schema of problems: every code, and every member that some of them have."""

from typing import Any

from shopkeeper.utils.errors import ProblemError

Document = dict[str, Any]
ID: Document = {"type": "integer", "format": "int64", "examples": [1]}
AMOUNT: Document = {"type": "string", "examples": ["4.99"]}
TEXT: Document = {"type": "string"}


def _told(schema: Document, description: str) -> Document:
    return {**schema, "description": description}


# Extension members (RFC 9457, section 3.2), by name, with the codes that have them.
MEMBERS: dict[str, Document] = {
    "amount": _told(AMOUNT, "outside_refund_differs: what the provider tells."),
    "category": _told(TEXT, "category_not_found: the name that is none."),
    "category_id": _told(ID, "category_removed: what is to be restored first."),
    "country_code": _told(TEXT, "shipping_unavailable: ISO 3166, alpha-2."),
    "current_etag": _told(TEXT, "stale_version: the version that it is in now."),
    "decline_code": _told(TEXT, "payment_declined: why, in the provider's word."),
    "failure_code": _told(TEXT, "refund_refused: why, in the provider's word."),
    "limit": {
        "anyOf": [
            {"type": "string", "examples": ["orders"]},
            {"type": "integer", "format": "int64"},
        ],
        "description": "rate_limited: the name of the limit; credit_limit_exceeded: the"
        " amount; file_too_large: the number.",
    },
    "lines": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "product_id": ID,
                "variant_id": ID,
                "name": TEXT,
                "requested": {"type": "integer", "format": "int64"},
                "available": {"type": "integer", "format": "int64"},
                "unit_price": AMOUNT,
                "price": AMOUNT,
            },
            "required": ["product_id", "name"],
        },
        "description": "insufficient_stock (requested, available), price_changed"
        " (unit_price, price), product_unavailable: what keeps the order back.",
    },
    "location": _told(TEXT, "shipping_unavailable: where it would go."),
    "order_id": _told(ID, "Of the order that the problem is about."),
    "order_status": _told(
        TEXT, "already_executed, order_not_pending, order_not_executed: what it is."
    ),
    "owed": _told(AMOUNT, "credit_limit_exceeded, received_too_much: owed so far."),
    "paths": {
        "type": "array",
        "items": TEXT,
        "description": "category_ambiguous: of the categories of that name.",
    },
    "product_count": _told(
        {"type": "integer", "format": "int64"},
        "product_count_differs: how many there are.",
    ),
    "product_id": _told(
        ID, "product_not_found, variant_required, refund_too_large: the product."
    ),
    "reference": _told(TEXT, "outside_refund_differs: as the provider calls it."),
    "refund_id": _told(ID, "refund_refused: the refund that is not given."),
    "refundable": {
        "type": "integer",
        "format": "int64",
        "description": "refund_too_large: the pieces that are left to refund.",
    },
    "refundable_amount": _told(AMOUNT, "refund_too_large: the money that is left."),
    "setting": _told(TEXT, "file_too_large: the setting that has the limit."),
    "ships_to": {
        "type": "array",
        "items": TEXT,
        "description": "no_shipping: where the shop ships to.",
    },
    "slug": _told(TEXT, "product_not_found: the slug that is none."),
    "suggestions": {
        "type": "array",
        "items": TEXT,
        "description": "unknown_country: countries of similar names.",
    },
    "sku": _told(TEXT, "variant_not_found: the sku that is none's."),
    "variant_id": _told(ID, "variant_not_found: the variant."),
    "variants": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "variant_id": ID,
                "sku": {"type": ["string", "null"]},
                "title": TEXT,
            },
            "required": ["variant_id", "sku", "title"],
        },
        "description": "variant_required: the first of those that could be meant.",
    },
}


def list_errors(base: type[ProblemError] = ProblemError) -> list[type[ProblemError]]:
    """Every error with a code of its own, by status and code."""
    found = {kind.code: kind for kind in _descendants(base) if "code" in vars(kind)}
    return sorted(found.values(), key=lambda kind: (kind.status, kind.code))


def _descendants(base: type[ProblemError]) -> list[type[ProblemError]]:
    children = base.__subclasses__()
    return children + [deeper for child in children for deeper in _descendants(child)]


def describe_problems(schemas: Document) -> None:
    """Add to the schema of a problem what Pydantic cannot know: codes and members."""
    codes = sorted({error.code for error in list_errors()})
    schemas["ProblemCode"] = {
        "title": "ProblemCode",
        "type": "string",
        "enum": codes,
        "description": "Stable; for programs to act on. /docs/errors tells each.",
    }
    problem = schemas["Problem"]
    problem["properties"]["code"] = {"$ref": "#/components/schemas/ProblemCode"}
    problem["properties"] |= {name: MEMBERS[name] for name in sorted(MEMBERS)}


def example_of_problem(error: type[ProblemError]) -> Document:
    return {
        "summary": error.title,
        "value": {
            "type": f"/docs/errors#{error.code}",
            "title": error.title,
            "status": error.status,
            "detail": error.title,
            "code": error.code,
            "request_id": "4f9c2c6b8e0a4c0f9d2b7a3e5c1d8f60",
        },
    }
