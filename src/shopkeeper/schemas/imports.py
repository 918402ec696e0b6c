from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from shopkeeper.schemas.base import Output, Query
from shopkeeper.schemas.fields.query import (
    QueryBool,
)
from shopkeeper.schemas.fields.time import (
    MomentOutput,
)


class ImportMode(StrEnum):
    UPSERT = "upsert"
    INSERT = "insert"
    UPDATE = "update"


class MatchBy(StrEnum):
    NAME = "name"
    SKU = "sku"


class QuantityMode(StrEnum):
    SET = "set"
    ADD = "add"


class OnError(StrEnum):
    REJECT_ALL = "reject_all"
    SKIP_ROWS = "skip_rows"


class ImportOptions(Query):
    """How a file is imported; form fields beside `file`."""

    mode: Annotated[
        ImportMode,
        Field(description="What may happen to a row: created, updated, or both."),
    ] = ImportMode.UPSERT
    match_by: Annotated[
        MatchBy, Field(description="What tells that a row is a product we have.")
    ] = MatchBy.NAME
    quantity_mode: Annotated[
        QuantityMode,
        Field(description="Whether quantity is the new stock or comes on top of it."),
    ] = QuantityMode.SET
    on_error: Annotated[
        OnError,
        Field(description="Write nothing unless every row is good, or the good ones."),
    ] = OnError.REJECT_ALL
    dry_run: Annotated[
        QueryBool, Field(description="Do all but keep it: the report is the true one.")
    ] = False
    create_categories: Annotated[
        QueryBool, Field(description="Make the categories that do not exist yet.")
    ] = True


class RowError(Output):
    row: Annotated[int, Field(description="The line as a spreadsheet numbers it.")]
    column: str | None
    code: str
    message: str
    value: Any


class ImportReport(Output):
    status: Literal["succeeded", "failed"]
    dry_run: bool
    mode: ImportMode
    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    categories_created: list[str]
    errors: Annotated[list[RowError], Field(description="The first 100.")]
    started_at: MomentOutput
    finished_at: MomentOutput
