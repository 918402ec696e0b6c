"""Rows of a file that are of one product: its variants, as shops' programs write them.

A row knows by what its file tells its product from others (its family), and what it is
of the options of that. Rows that are not to be sold (a picture, a product whose
variants are rows of their own) are passed over.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from shopkeeper.imports.sheets.header_row import Header
from shopkeeper.imports.sheets.product_rows import Choice, FirstRow, ProductRow
from shopkeeper.imports.sheets.program_cells import category_in, quantity_in
from shopkeeper.imports.sheets.programs import (
    ETSY,
    OPTION_GROUPS,
    OPTION_VALUES,
    VENDURE,
    Program,
    bar_separated,
)
from shopkeeper.imports.sheets.statuses import status_in
from shopkeeper.imports.sheets.texts import BrokenRecord
from shopkeeper.imports.sheets.words import YES
from shopkeeper.imports.sheets.workbooks import DATE, UNMARKED
from shopkeeper.models.product import ProductStatus

# What Shopify calls the only variant of a product without options.
NO_OPTION = ("title", "default title")
SURCHARGE = "surcharge"
# What variants take from the row of their product.
INHERITED = ("name", "category", "description", "price", "brand", "tags")
Record = tuple[int, list[str]]


@dataclass
class Families:
    """The products of a file, as far as its rows are to be put together.

    Attributes:
        header: Of the file.
        parents: The rows of products whose variants are rows of their own, by what
            these name them.
        same: Of several keys of a product, the one that stands for all.
        with_children: The keys of products that have variants in the file.
        first_rows: Of products whose rows have something in common, by that.
        variations: The key of the product, and the options, of variants by their sku.
    """

    header: Header
    parents: dict[str, list[str]] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    with_children: set[str] = field(default_factory=set)
    variations: dict[str, tuple[str, Choice]] = field(default_factory=dict)
    first_rows: dict[str, FirstRow] = field(default_factory=dict)

    @classmethod
    def survey(cls, header: Header, records: Iterator[Record]) -> Self:
        """Look a file through for products whose variants stand elsewhere in it."""
        families = cls(header)
        program = header.program
        if program is None or program.kind is None:
            return families
        named: set[str] = set()
        for _, cells in records:
            if isinstance(cells, BrokenRecord):
                continue
            if families._kind(program, cells) in program.parents:
                families._note_parent(program, cells)
            elif (
                program.parent is not None
                and families._kind(program, cells) in program.children
            ):
                named.add(families._at(cells, program.parent))
        for key, parent in families.parents.items():
            keys = families._keys(program, parent)
            if key in named:
                families.with_children |= keys
        return families

    def rows(self, records: Iterator[Record]) -> Iterator[tuple[int, list[str], bool]]:
        """The rows, knowing what they are, and whether there is something to sell."""
        if self.header.program is None and not self.header.options:
            yield from ((number, cells, True) for number, cells in records)
            return
        self.first_rows.clear()  # The file is gone through more than once.
        above: ProductRow | None = None
        for number, cells in records:
            if isinstance(cells, BrokenRecord):
                above = None  # What comes next may be of a product that is lost.
                yield number, cells, True
                continue
            row = self._read(number, cells, above)
            if row is None:
                yield number, cells, False
            else:
                yield number, row, True
                above = row

    def _read(
        self, number: int, cells: list[str], above: ProductRow | None
    ) -> ProductRow | None:
        program = self.header.program
        if program is None:
            return ProductRow(cells, None, self._options(cells))
        if program.kind is not None:
            row = self._read_kind(program, cells)
        else:
            row = self._read_next(program, number, cells, above)
        if row is not None:
            told = self._of(row, "quantity")
            if (quantity := quantity_in(told)) != told:
                row[self.header.places["quantity"]] = quantity
                row.was_oversold = bool(quantity)
            self._set(row, "category", self._category(program, row))
            if program is ETSY and "," in self._of(row, "sku"):
                row[self.header.places["sku"]] = ""  # Of its variations, and not its.
        return row

    def _read_next(
        self,
        program: Program,
        number: int,
        cells: list[str],
        above: ProductRow | None,
    ) -> ProductRow | None:
        """A row that is told from those above it by its family, or its name."""
        family: str | None = None
        for header in program.families:
            family = family or self._at(cells, header) or None
        if program.is_continued:
            is_next = above is not None and not self._of(cells, "name")
            family = above.family if above is not None and is_next else f"row {number}"
        first = self.first_rows.get(family) if family is not None else None
        options = self._options(cells, first.names if first is not None else ())
        if first is not None or not self._of(cells, "name"):
            is_sold = self._of(cells, "price") or self._of(cells, "sku") or options
            if not is_sold:
                return None  # One more picture.
        row = ProductRow(cells, family, options)
        if first is not None:
            self._inherit_status(row, first.status)
        elif family is not None:
            self.first_rows[family] = FirstRow(self._names(row), self._status(row))
        return row

    def _read_kind(self, program: Program, cells: list[str]) -> ProductRow | None:
        """A row that says itself what it is."""
        kind = self._kind(program, cells)
        keys = self._keys(program, cells)
        if kind in program.parents:
            if kind in program.unsold or keys & self.with_children:
                return None
            return ProductRow(cells)
        sku = self._of(cells, "sku").casefold()
        if sku in self.variations:
            key, options = self.variations[sku]
            return self._child(cells, key, options)
        if program.parent is not None and kind in program.children:
            key = self._at(cells, program.parent)
            parent = self.parents.get(key)
            return self._child(
                cells, key, self._options(cells, self._names(parent or ()))
            )
        return ProductRow(cells)

    def _child(self, cells: list[str], key: str, options: Choice) -> ProductRow:
        parent = self.parents.get(key)
        row = ProductRow(cells, self.same.get(key, key), options)
        if parent is not None:
            for column in INHERITED:
                is_own = column not in {"name", "category"} and self._of(cells, column)
                if not is_own:
                    self._set(row, column, self._of(parent, column))
            self._add_surcharge(row)
            self._inherit_status(row, self._status(parent))
        else:
            row.fault = (
                "parent_missing",
                f"is a variant of {key!r}, which has no row of its own in this file",
            )
        return row

    def _add_surcharge(self, row: ProductRow) -> None:
        """What a variant costs more than its product."""
        more = self._at(row, SURCHARGE)
        if more:
            try:
                price = Decimal(self._of(row, "price")) + Decimal(more)
            except ArithmeticError:
                return self._set(row, "price", f"{self._of(row, 'price')} + {more}")
            self._set(row, "price", str(price))
        return None

    def _status(self, cells: Sequence[str]) -> dict[int, str]:
        """What a row says of being on sale, by where it says it."""
        places = (*self.header.status_places, *self.header.off_sale_places)
        return {place: self._cell(cells, place) for place in places}

    def _inherit_status(self, row: ProductRow, status: Mapping[int, str]) -> None:
        """What is said once of a product is said of all its rows."""
        for place, told in status.items():
            if place in self.header.off_sale_places:
                is_off = told.casefold() in YES
            else:
                is_off = status_in(self.header, told) != ProductStatus.ACTIVE
            if told and (is_off or not self._cell(row, place)):
                row.extend([""] * (place + 1 - len(row)))
                row[place] = told

    def _note_parent(self, program: Program, cells: list[str]) -> None:
        keys = self._keys(program, cells)
        for key in keys:
            self.parents.setdefault(key, cells)
            self.same.setdefault(key, min(keys))
        if program.variations is None:
            return
        for variation in self._at(cells, program.variations).split("|"):
            told = [part.partition("=") for part in variation.split(",")]
            said = {name.strip(): value.strip() for name, _, value in told}
            sku = said.pop("sku", None)
            if sku:
                self.variations[sku.casefold()] = (
                    self._of(cells, "sku"),
                    tuple(said.items()),
                )
                self.with_children |= keys

    def _keys(self, program: Program, cells: list[str]) -> set[str]:
        keys = {header: self._at(cells, header) for header in program.parent_keys}
        named = {f"id:{key}" if header == "id" else key for header, key in keys.items()}
        return {key for key in named if key and key != "id:"}

    def _kind(self, program: Program, cells: list[str]) -> str:
        kind = self._at(cells, program.kind or "").casefold()
        return kind.split(",")[0].strip()

    def _category(self, program: Program, cells: list[str]) -> str:
        """The category, or what stands for it."""
        told = self._of(cells, "category")
        for header in program.categories:
            told = told or self._at(cells, header)
        return category_in(program, told)

    def _names(self, cells: Sequence[str]) -> list[str]:
        """The names of options in a row."""
        if self.header.program is VENDURE:
            return bar_separated(self._at(cells, OPTION_GROUPS))
        return [self._cell(cells, place) for place, _ in self.header.options.pairs]

    def _options(self, cells: Sequence[str], names: Sequence[str] = ()) -> Choice:
        """What a row is of each option; names stand in the first row of a product."""
        places, chosen = self.header.options, []
        if self.header.program is ETSY:
            return ()  # It lists what there is, and not which.
        if self.header.program is VENDURE:
            values = bar_separated(self._at(cells, OPTION_VALUES))
            return tuple(zip(self._names(cells) or names, values, strict=False))
        for number, (name_place, value_place) in enumerate(places.pairs):
            value = self._value(cells, value_place)
            name = self._cell(cells, name_place)
            if not name and number < len(names):
                name = names[number]
            is_none = (name.casefold(), value.casefold()) == NO_OPTION
            if value and name and not (is_none and self.header.program is not None):
                chosen.append((name, value))
        for place in places.said if places.are_said else places.candidates:
            value = self._value(cells, place)
            if value:
                chosen.append((self.header.cells[place], value))
        return tuple(chosen)

    def _of(self, cells: Sequence[str], column: str) -> str:
        place = self.header.places.get(column)
        return "" if place is None else self._cell(cells, place)

    def _set(self, row: ProductRow, column: str, value: str) -> None:
        place = self.header.places.get(column)
        if place is not None and value:
            row.extend([""] * (place + 1 - len(row)))
            row[place] = value

    def _at(self, cells: Sequence[str], header: str) -> str:
        place = self.header.by_word.get(header)
        return "" if place is None else self._cell(cells, place)

    def _value(self, cells: Sequence[str], place: int) -> str:
        """The value of an option, or the day that Excel has made of it."""
        told = self._cell(cells, place)
        is_day = place < len(cells) and cells[place].startswith(DATE)
        return f"{DATE}{told}" if is_day else told

    @staticmethod
    def _cell(cells: Sequence[str], place: int) -> str:
        return cells[place].translate(UNMARKED).strip() if place < len(cells) else ""
