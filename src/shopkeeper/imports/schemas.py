import codecs
import json
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from shopkeeper.imports.columns import COLUMN_NAMES
from shopkeeper.imports.files import Options
from shopkeeper.imports.sheets.product_sheets import FileFormat
from shopkeeper.models import ImportStatus
from shopkeeper.web.schemas.base import Output, Page, PageQuery, Query
from shopkeeper.web.schemas.fields.numbers import LARGEST_QUANTITY
from shopkeeper.web.schemas.fields.query import ByteOrderMark, QueryBool, digits
from shopkeeper.web.schemas.fields.text import CategoryName, clean, one_line
from shopkeeper.web.schemas.fields.time import MomentOutput

MOST_NAMED_COLUMNS = 256
# What Python calls an encoding, but no file of a person's is in.
NO_ENCODINGS = {
    "",
    "idna",
    "punycode",
    "raw-unicode-escape",
    "undefined",
    "unicode-escape",
    "utf-7",
}


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


class Delimiter(StrEnum):
    COMMA = ","
    SEMICOLON = ";"
    TAB = "tab"
    BAR = "|"


def _columns(value: Any) -> Any:
    """A form field is text: an object of JSON in this case."""
    if not isinstance(value, str):
        return value
    try:
        said = json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError(
            'must be a JSON object, such as {"Description": "name"}'
        ) from None
    if not isinstance(said, dict) or len(said) > MOST_NAMED_COLUMNS:
        raise ValueError('must be a JSON object, such as {"Description": "name"}')
    for header, column in said.items():
        clean(header, also_allowed="\t\n\r")
        if column is not None and column not in COLUMN_NAMES:
            raise ValueError(
                f"{header!r} must be one of {', '.join(COLUMN_NAMES)},"
                " or null to be ignored"
            )
    named = [column for column in said.values() if column is not None]
    twice = {column for column in named if named.count(column) > 1}
    if twice:
        raise ValueError(f"two headers are said to be {min(twice)!r}")
    return said


def _encoding(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        name = codecs.lookup(value).name
        "".encode(name)  # Some codecs are not of text.
    except (LookupError, ValueError):
        name = ""
    if name.replace("_", "-") in NO_ENCODINGS:
        raise ValueError("is no encoding of text, such as utf-8 or cp1252")
    return name


class ImportOptions(Query):
    """How a file is imported; form fields beside `file`."""

    mode: Annotated[
        ImportMode,
        Field(description="What may happen to a row: created, updated, or both."),
    ] = ImportMode.UPSERT
    match_by: Annotated[
        MatchBy,
        Field(
            description="What tells that a row is a product we have. Unless `name` is"
            " said, a row with the name of a product of another sku is refused."
        ),
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
    sheet: Annotated[
        Annotated[str, one_line(120, "Sheet1"), BeforeValidator(clean)] | None,
        Field(
            description="The name of a workbook's sheet; otherwise the first that is"
            " not hidden."
        ),
    ] = None
    header_row: Annotated[
        int | None,
        Field(
            ge=0,
            le=20,
            description="The row that the headers stand in, found out if it is not"
            " given; 0 if there are none.",
        ),
        BeforeValidator(digits),
    ] = None
    default_category: Annotated[
        CategoryName | None,
        Field(description="Of new products whose row tells no category."),
    ] = None
    default_quantity: Annotated[
        int | None,
        Field(
            ge=0,
            le=LARGEST_QUANTITY,
            description="Of new products whose row tells no quantity.",
        ),
        BeforeValidator(digits),
    ] = None
    category_from_above: Annotated[
        QueryBool,
        Field(
            description="Whether a category stands for the rows below it: as a heading"
            " in a row of its own, in merged cells, or in the first row of a group."
        ),
    ] = False
    columns: Annotated[
        dict[str, str | None],
        BeforeValidator(_columns),
        WithJsonSchema(
            {
                "type": "string",
                "contentMediaType": "application/json",
                "examples": ['{"Description": "name", "Weight": null}'],
            }
        ),
        Field(
            description="What headers mean, as a JSON object of header (or the number"
            " of a column, from 1) and column (or null, to ignore it), where we would"
            " not know or think otherwise."
        ),
    ] = Field(default_factory=dict)
    delimiter: Annotated[
        Delimiter | None,
        BeforeValidator(lambda value: "tab" if value in {"\t", "\\t"} else value),
        Field(description="Of a text file; found out if it is not given."),
    ] = None
    encoding: Annotated[
        Annotated[
            str,
            WithJsonSchema(
                {"type": "string", "examples": ["cp1252", "utf-8"], "maxLength": 40}
            ),
        ]
        | None,
        BeforeValidator(_encoding),
        Field(description="Of a text file; found out if it is not given."),
    ] = None

    def chosen(self) -> Options:
        """The same, as the import takes it."""
        values = self.model_dump(mode="json")
        if self.delimiter is Delimiter.TAB:
            values["delimiter"] = "\t"
        return Options(**values, is_match_said="match_by" in self.model_fields_set)


class RowError(Output):
    row: Annotated[int, Field(description="The line as a spreadsheet numbers it.")]
    column: str | None
    code: str
    message: str
    value: Annotated[str | None, Field(description="As it stands in the file.")]


class ImportFailure(Output):
    """Why the file could not be imported at all."""

    code: str
    status: int
    detail: str


class ImportState(Output):
    """An import without its errors."""

    id: int
    status: ImportStatus
    filename: str
    dry_run: bool
    mode: ImportMode
    rows: Annotated[
        int | None, Field(description="Rows of the file; null until it was read.")
    ]
    rows_read: int
    rows_written: int
    percentage: Annotated[int, Field(ge=0, le=100)]
    created: int
    updated: int
    unchanged: int
    rejected: int
    categories_created: list[str]
    columns: Annotated[
        dict[str, str] | None,
        Field(description="Under which header each column was found."),
    ]
    ignored_columns: Annotated[
        list[str] | None, Field(description="Headers that mean nothing to us.")
    ]
    encoding: Annotated[
        str | None, Field(description="Of a text file, as it was read.")
    ]
    delimiter: Annotated[
        str | None, Field(description="Of a text file, as it was read.")
    ]
    decimal_mark: Annotated[
        Literal["point", "comma", "mixed", "unknown"] | None,
        Field(description="What separates decimals, as the numbers of the file show."),
    ]
    sheet: Annotated[str | None, Field(description="Of a workbook: the one read.")]
    header_row: Annotated[
        int | None, Field(description="Where the headers stand; 0 if there are none.")
    ]
    notes: Annotated[
        list[str], Field(description="What one may want to know of how it was read.")
    ]
    errors_url: Annotated[
        str | None,
        Field(description="Every bad row as CSV, to be corrected and sent again."),
    ]
    failure: ImportFailure | None
    created_at: MomentOutput
    started_at: MomentOutput | None
    finished_at: MomentOutput | None


class ImportReport(ImportState):
    """What became of a file."""

    errors: Annotated[list[RowError], Field(description="The first 100.")]


class ImportPage(Page[ImportState]):
    """Imports, the newest first."""


class ExportQuery(Query):
    format: Annotated[FileFormat, Field(description="Of the file.")] = FileFormat.CSV
    bom: ByteOrderMark = False


class ImportQuery(PageQuery):
    status: ImportStatus | None = None
