"""Imports as they are shown, and exports as they are asked for."""

from typing import Annotated, Literal

from pydantic import Field

from shopkeeper.imports.schemas.options import Format, ImportMode
from shopkeeper.imports.sheets.product_sheets import FileFormat, Layout
from shopkeeper.models import ImportStatus
from shopkeeper.web.schemas.base import Output, Page, PageQuery, Query
from shopkeeper.web.schemas.fields.query import ByteOrderMark
from shopkeeper.web.schemas.fields.time import MomentOutput


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
    format: Annotated[
        Format | None,
        Field(description="The program that the file was taken for an export of."),
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


class BadCell(Output):
    """What is wrong with a row."""

    place: Annotated[
        int | None, Field(description="Which of its cells, from 0; null if none alone.")
    ]
    column: str | None
    code: str
    message: str


class BadRow(Output):
    """A bad row as it is to be sent again, once it is corrected."""

    row: Annotated[int, Field(description="The line as a spreadsheet numbers it.")]
    cells: Annotated[list[str], Field(description="One for each header.")]
    extra: Annotated[
        list[str],
        Field(description="Cells without a header, which are not sent again."),
    ]
    errors: list[BadCell]


class BadRowPage(Page[BadRow]):
    """Bad rows in the order of their file.

    Sent as a file under these headers and with these options, they mean what they
    meant: columns come besides for what the options gave to new products.
    """

    header: list[str]
    options: dict[str, str]


class ImportPage(Page[ImportState]):
    """Imports, the newest first."""


class ExportQuery(Query):
    format: Annotated[FileFormat, Field(description="Of the file.")] = FileFormat.CSV
    bom: ByteOrderMark = False


class ProductsExportQuery(ExportQuery):
    layout: Annotated[
        Layout,
        Field(description="Our own columns, or those of Shopify's export (CSV)."),
    ] = Layout.OWN


class ImportQuery(PageQuery):
    status: ImportStatus | None = None
