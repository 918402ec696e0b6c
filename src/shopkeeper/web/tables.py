"""Answers as CSV or as a workbook, for those who ask for it.

By `Accept`, or by `format` where one cannot say what one accepts: in a link, say.
"""

import io
from codecs import BOM_UTF8 as BOM
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from flask import Request

from shopkeeper.utils.spreadsheets import write_rows, write_workbook
from shopkeeper.web.schemas.base import Output, TabularOutput
from shopkeeper.web.schemas.fields.query import true_or_false

CSV = "text/csv"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {"json": "application/json", "csv": CSV, "xlsx": WORKBOOK}


class Table(NamedTuple):
    """An answer that is no JSON."""

    headers: dict[str, str]
    body: bytes


def make_table(request: Request, output: TabularOutput) -> Table | None:
    """The rows of an answer as the client would rather have them than as JSON."""
    wanted = FORMATS.get(request.args.get("format", ""))
    if wanted is None:
        wanted = request.accept_mimetypes.best_match(list(FORMATS.values()))
    if wanted not in {CSV, WORKBOOK}:
        return None
    file = io.BytesIO()
    names = _names(output.row_schema())
    if wanted == CSV:
        # Excel takes a file without it for one in the codepage of its machine.
        file.write(BOM if true_or_false(request.args.get("bom")) else b"")
        write_rows((_cells(row) for row in output.rows()), names, file)
        return Table({"Content-Type": f"{CSV}; charset=utf-8"}, file.getvalue())
    title = request.path.rpartition("/")[2]
    write_workbook((_values(row) for row in output.rows()), names, title, file)
    told = {
        "Content-Type": WORKBOOK,
        "Content-Disposition": f'attachment; filename="{title}.xlsx"',
    }
    return Table(told, file.getvalue())


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


def _values(row: Output) -> list[Any]:
    """With numbers as numbers: what is written as one in JSON's text, too."""
    shown = dict(_named(row.model_dump(mode="json", by_alias=True)))
    exact = dict(_named(row.model_dump(mode="python", by_alias=True)))
    return [
        Decimal(text) if isinstance(exact[name], Decimal) else text
        for name, text in shown.items()
    ]


def _named(values: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _named(value, f"{before}{name}_")
        else:
            yield before + name, value


def _cells(row: Output) -> list[str]:
    told = _named(row.model_dump(mode="json", by_alias=True))
    return [_cell(value) for _, value in told]


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
