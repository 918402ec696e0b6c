"""Whole examples of bodies, put together of the examples of their fields."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
REF = "#/components/schemas/"
# Of fields whose schema gives no example of its own, by name and then by type.
BY_NAME: dict[str, Any] = {
    "next_cursor": "eyJwcm9kdWN0cyI6WzFdfQ.kX2",
    "request_id": "4f9c2c6b8e0a4c0f9d2b7a3e5c1d8f60",
    "access_token": "eyJhbGciOiJIUzI1NiJ9.access.c2lnbmVk",
    "refresh_token": "eyJhbGciOiJIUzI1NiJ9.refresh.c2lnbmVk",
    "token_type": "Bearer",
    "expires_in": 900,
    "filename": "products.csv",
    "errors_url": None,
    "failure": None,
    # An order of two pieces that is still to be executed.
    "location": "Poland",
    "country_code": "PL",
    "product_name": "Walnut desk organiser",
    "line_total": "9.98",
    "total": "9.98",
    "refunded_total": "0.00",
    "payment": None,
    "executed_at": None,
    "invoice_number": None,
    "next_action": None,
    "failure_code": None,
    "failure_message": None,
    "reversed_at": None,
    "closed_at": None,
    "dispute": None,
    "full_name": "Ada Lovelace",
    "email": "ada@example.com",
    "category": "Stationery",
    "category_name": "Stationery",
    "name": "Walnut desk organiser",
    "sku": "WDO-01",
    "country": "Poland",
    "columns": {"name": "Title", "price": "Unit price"},
    "encoding": "utf-8",
    "delimiter": ";",
    "sheet": None,
    "header_row": 1,
}
QUANTITIES = frozenset({"quantity", "quantity_sold", "total_quantity_sold", "rows"})
EMPTY = frozenset({"refunds", "outside_refunds", "disputes", "errors", "notes"})
MOMENT = "2026-01-31T09:30:00Z"


def example_of(schema: Schema, components: Mapping[str, Schema]) -> Any:
    """An example that the schema allows."""
    return _of(schema, components, "")


def _of(schema: Schema, components: Mapping[str, Schema], name: str) -> Any:  # noqa: PLR0911, PLR0912, C901  # A line for each kind.
    if name in BY_NAME and _may_be(schema, BY_NAME[name]):
        return BY_NAME[name]
    if schema.get("examples"):
        return schema["examples"][0]
    if "example" in schema:
        return schema["example"]
    if "$ref" in schema:
        return _of(components[schema["$ref"].removeprefix(REF)], components, name)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for kinds in ("anyOf", "oneOf", "allOf"):
        if kinds in schema:
            return _of(_first(schema[kinds]), components, name)
    if schema.get("format") == "date-time":
        return MOMENT
    if schema.get("format") == "uuid":
        return "0190f3c2-8f3e-7c1a-9b54-3d2f7a1c6e10"
    kind = schema.get("type")
    if kind == "object":
        return _object(schema, components)
    if kind == "array":
        if name in EMPTY and not schema.get("minItems"):
            return []
        return [_of(schema.get("items", {}), components, name)]
    return _scalar(schema, kind, name)


def _first(kinds: list[Schema]) -> Schema:
    """The first that is not null."""
    return next((kind for kind in kinds if kind.get("type") != "null"), kinds[0])


def _may_be(schema: Schema, value: Any) -> bool:
    kinds = [kind.get("type") for kind in schema.get("anyOf", [schema])]
    if value is None:
        return "null" in kinds
    if isinstance(value, dict):
        return "object" in kinds
    wanted = "integer" if isinstance(value, int) else "string"
    is_bound = "enum" in schema or (wanted == "string" and "format" in schema)
    return wanted in kinds and not is_bound


def _object(schema: Schema, components: Mapping[str, Schema]) -> Any:
    properties = schema.get("properties", {})
    if properties:
        return {
            name: _of(field, components, name) for name, field in properties.items()
        }
    values = schema.get("additionalProperties")
    return {"name": _of(values, components, "")} if isinstance(values, dict) else {}


def _scalar(schema: Schema, kind: Any, name: str) -> Any:
    if kind in {"integer", "number"}:
        least = schema.get("minimum", 0)
        if name in QUANTITIES:
            return max(2, least)
        return max(1, least) if name.endswith("id") else max(least, 0)
    if kind == "boolean":
        return False
    if kind == "null":
        return None
    return name.replace("_", " ") or "text"
