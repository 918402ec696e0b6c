"""What a file of products says, and what its reader hands on: the words for both."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Of a value that is quoted in a report.
LONGEST_SHOWN = 200
# Between the cells of a row that is kept as it stood in the file.
CELL_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Options:
    """The choices of whoever imports. See the schema `ImportOptions`."""

    mode: str = "upsert"
    match_by: str = "name"
    quantity_mode: str = "set"
    on_error: str = "reject_all"
    dry_run: bool = False
    create_categories: bool = True
    sheet: str | None = None
    columns: Mapping[str, str | None] = field(default_factory=dict)
    delimiter: str | None = None
    encoding: str | None = None
    header_row: int | None = None
    default_category: str | None = None
    default_quantity: int | None = None
    default_status: str | None = None
    category_from_above: bool = False
    # Whether `match_by` was said, so that a row of another sku is meant to change it.
    is_match_said: bool = False
    format: str | None = None


@dataclass(frozen=True)
class RowFault:
    """One thing that is wrong with one row."""

    row: int
    column: str | None
    code: str
    message: str
    value: str | None


@dataclass(frozen=True)
class Layout:
    """What was found out of a file before its rows are read.

    Attributes:
        header: Every header of the file, in order.
        columns: The header of each column of ours.
        total_rows: How many rows it has.
        told_header: The headers so that they are understood without options.
        encoding: Of a text.
        delimiter: Of a text.
        decimal_mark: What separates decimals: point, comma, mixed or unknown.
        sheet: The name of a workbook's sheet.
        header_row: Where the headers stand; 0 if there are none.
        notes: Sentences about how the file was read.
        are_options_said: Whether rows tell options as such, and not only columns that
            may be some.
        also_read: Headers that are no column of ours, and are read all the same.
        program: The program that the file was exported from.
    """

    header: list[str]
    columns: dict[str, str]
    total_rows: int
    told_header: list[str] = field(default_factory=list)
    encoding: str | None = None
    delimiter: str | None = None
    decimal_mark: str = "unknown"
    sheet: str | None = None
    header_row: int = 1
    notes: list[str] = field(default_factory=list)
    are_options_said: bool = False
    also_read: list[str] = field(default_factory=list)
    program: str | None = None


@dataclass(frozen=True)
class RowBatch:
    """Rows in the form that COPY takes (CSV: the row, its columns, what is beside)."""

    rows: int
    data: bytes
