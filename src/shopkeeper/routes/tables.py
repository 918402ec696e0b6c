"""Answers as CSV, for those who ask for it (`Accept: text/csv`)."""

import io
from collections.abc import Iterator
from typing import Any

from flask import Request

from shopkeeper.schemas.base import Output, TabularOutput
from shopkeeper.service.product_sheets import write_rows

CSV = "text/csv"
CSV_HEADERS = {"Content-Type": "text/csv; charset=utf-8"}


def is_wanted(request: Request) -> bool:
    """Whether the client would rather have CSV than JSON."""
    best = request.accept_mimetypes.best_match(["application/json", CSV])
    return best == CSV


def as_csv(output: TabularOutput) -> bytes:
    """The rows of an answer under their names (RFC 4180); no cell is run."""
    file = io.BytesIO()
    rows = (_cells(row) for row in output.rows())
    write_rows(rows, _names(output.row_schema()), file)
    return file.getvalue()


def _names(schema: type[Output]) -> list[str]:
    """What is within another field has both names."""
    names = []
    for name, field in schema.model_fields.items():
        shown = field.serialization_alias or name
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Output):
            names += [f"{shown}_{each}" for each in _names(inner)]
        else:
            names.append(shown)
    return names


def _cells(row: Output) -> list[str]:
    return list(_flat(row.model_dump(mode="json", by_alias=True)))


def _flat(values: dict[str, Any]) -> Iterator[str]:
    for value in values.values():
        if isinstance(value, dict):
            yield from _flat(value)
        else:
            yield _cell(value)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
