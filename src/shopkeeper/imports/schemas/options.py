"""What whoever imports a file says of it."""

import codecs
import json
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from shopkeeper.imports.columns import COLUMN_NAMES
from shopkeeper.imports.files import Options
from shopkeeper.imports.sheets.options import OPTION
from shopkeeper.imports.sheets.programs import PLAIN
from shopkeeper.models.product import ProductStatus
from shopkeeper.web.schemas.base import Query
from shopkeeper.web.schemas.fields.numbers import LARGEST_QUANTITY
from shopkeeper.web.schemas.fields.query import QueryBool, digits
from shopkeeper.web.schemas.fields.text import CategoryPath, clean, one_line

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


class Format(StrEnum):
    """The programs of shops whose exports are known, and none of them."""

    PLAIN = PLAIN
    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"
    MAGENTO = "magento"
    ETSY = "etsy"
    SQUARESPACE = "squarespace"
    SQUARE = "square"
    MEDUSA = "medusa"
    PRESTASHOP = "prestashop"
    VENDURE = "vendure"
    WIX = "wix"


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
        if column is not None and column not in {*COLUMN_NAMES, OPTION}:
            raise ValueError(
                f"{header!r} must be one of {', '.join(COLUMN_NAMES)}, or {OPTION!r},"
                " or null to be ignored"
            )
    named = [column for column in said.values() if column not in {None, OPTION}]
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
    format: Annotated[
        Format | None,
        Field(
            description="The program that the file was exported from, found out by its"
            " headers if it is not given; `plain` for none."
        ),
    ] = None
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
        CategoryPath | None,
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
    default_status: Annotated[
        ProductStatus | None,
        Field(description="Of new products whose row tells none; `active` otherwise."),
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
