"""The schemas of the document: Pydantic's, as clients are generated from them."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import (
    DEFAULT_REF_TEMPLATE,
    GenerateJsonSchema,
    JsonSchemaValue,
    models_json_schema,
)
from pydantic_core import core_schema

Mode = Literal["validation", "serialization"]
References = dict[tuple[type[BaseModel], Mode], dict[str, Any]]
SCHEMA_REF = "#/components/schemas/{model}"
LARGEST_INT32 = 2**31 - 1


class _Generator(GenerateJsonSchema):
    """Pydantic's own, which says less than generators of clients need, or too much."""

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        """Whole numbers are of 64 bits, unless they are bounded."""
        said = super().int_schema(schema)
        is_small = said.get("maximum", LARGEST_INT32 + 1) <= LARGEST_INT32
        return {"format": "int32" if is_small else "int64", **said}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """A default is told in words.

        Some generators take a field with a default for one that is always there, and
        so has to be sent.
        """
        said = super().default_schema(schema)
        default = said.pop("default", None)
        if default is None or "$ref" in said:
            return said
        words = f"Default: {default if isinstance(default, str) else _json(default)}."
        told = said.get("description")
        return {**said, "description": f"{told} {words}" if told else words}


def make_schemas(
    wanted: Sequence[tuple[type[BaseModel], Mode]],
) -> tuple[dict[str, Any], References]:
    """The schemas of models by their names, and how each is referred to."""
    references, definitions = models_json_schema(
        list(dict.fromkeys(wanted)),
        ref_template=SCHEMA_REF,
        schema_generator=_Generator,
    )
    return definitions["$defs"], references  # type: ignore[return-value]  # Pydantic keys by any model class.


def make_query_schema(
    query: type[BaseModel], *, shared: bool = False
) -> dict[str, Any]:
    """The schema of a query string or form, with its definitions beside it."""
    template = SCHEMA_REF if shared else DEFAULT_REF_TEMPLATE
    return query.model_json_schema(
        by_alias=True, ref_template=template, schema_generator=_Generator
    )


def _json(value: Any) -> str:
    return {True: "true", False: "false"}.get(value, str(value))
