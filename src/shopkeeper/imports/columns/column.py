"""What a column of an imported or exported file is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from shopkeeper.imports.columns.cells import CellReader
from shopkeeper.imports.sheets.numbers import DecimalMark


class Listed(Protocol):
    """What of a product stands in a file."""

    @property
    def name(self) -> str: ...
    @property
    def sku(self) -> str | None: ...
    @property
    def category(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def price(self) -> Decimal: ...
    @property
    def cost(self) -> Decimal | None: ...
    @property
    def description(self) -> str | None: ...
    @property
    def compare_at_price(self) -> Decimal | None: ...
    @property
    def barcode(self) -> str | None: ...
    @property
    def weight_grams(self) -> Decimal | None: ...
    @property
    def brand(self) -> str | None: ...
    @property
    def status(self) -> str: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def length_mm(self) -> int | None: ...
    @property
    def width_mm(self) -> int | None: ...
    @property
    def height_mm(self) -> int | None: ...
    @property
    def tracked(self) -> bool: ...
    @property
    def backorder_limit(self) -> int | None: ...
    @property
    def tax_class(self) -> str | None: ...
    @property
    def option_names(self) -> Sequence[str] | None: ...
    @property
    def option_values(self) -> Sequence[str] | None: ...
    @property
    def most_options(self) -> int: ...


@dataclass(frozen=True)
class Notation:
    """How a file writes its values.

    Attributes:
        marks: What separates decimals in each column.
        is_html: Whether descriptions are HTML, of which the text is wanted.
        has_several_categories: Whether the first of several categories is wanted.
        grams: How many a unit of its weights has.
    """

    marks: Mapping[str, DecimalMark] = field(default_factory=dict)
    is_html: bool = False
    has_several_categories: bool = False
    grams: Decimal = Decimal(1)

    def mark_of(self, column: str) -> DecimalMark:
        """What separates decimals in a column."""
        return self.marks.get(column, DecimalMark.UNKNOWN)


@dataclass(frozen=True)
class ProductColumn:
    """All that is known of a column: the import, the export and the docs read it here.

    Attributes:
        name: As an option, a report and a header of ours name it.
        headers: What it is headed by, in any language.
        vague_headers: What it is headed by where nothing surer is.
        sql_type: Of its column in the tables that an import stages rows in.
        cells: Makes what reads its cells, for a file written so.
        written: Its value of a product, in an export.
        examples: Its values in the two rows of the template.
        is_required: Whether a new product cannot do without.
        is_optional: Whether an empty cell empties it; it says nothing otherwise.
        is_of_variant: Whether each variant has its own.
        is_of_stock: Whether it is said of how a variant's stock is kept.
        is_converted: Whether what is kept is in another unit than what is written.
        is_lenient: Whether a cell that is none is passed over, and noted.
        decimals: Of an amount of money: with how many decimals it is written.
    """

    name: str
    headers: frozenset[str]
    sql_type: str
    cells: Callable[[Notation], CellReader]
    written: Callable[[Listed], Any]
    examples: tuple[Any, Any]
    vague_headers: frozenset[str] = frozenset()
    is_required: bool = False
    is_optional: bool = False
    is_of_variant: bool = False
    is_of_stock: bool = False
    is_lenient: bool = False
    is_converted: bool = False
    decimals: Callable[[], int] | None = None

    @property
    def is_money(self) -> bool:
        """Whether it is an amount in the shop's currency."""
        return self.decimals is not None

    @property
    def is_text(self) -> bool:
        """Whether it is compared as the catalogue compares texts."""
        return self.sql_type in {"text", "text[]"}

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers."""
        return self.sql_type in {"integer", "numeric"}
