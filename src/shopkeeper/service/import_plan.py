"""What an import would do, row by row: the rules, without a database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

COLUMNS = ("name", "sku", "category", "quantity", "price", "cost", "description")
# Of a value that is quoted in a report.
LONGEST_SHOWN = 200
REQUIRED = ("name", "category", "quantity", "price")


@dataclass(frozen=True)
class RowFault:
    """One thing that is wrong with one row."""

    row: int
    column: str | None
    code: str
    message: str
    value: str | None


@dataclass(frozen=True)
class Row:
    """A row whose values are sound by themselves; only columns of the file."""

    number: int
    values: Mapping[str, Any]

    def text(self, column: str) -> str | None:
        value = self.values.get(column)
        return value if isinstance(value, str) else None


@dataclass(frozen=True)
class Existing:
    """A product of the catalogue that a row may be about."""

    id: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Options:
    """The choices of whoever imports. See the schema `ImportOptions`."""

    mode: str = "upsert"
    match_by: str = "name"
    quantity_mode: str = "set"
    on_error: str = "reject_all"
    dry_run: bool = False
    create_categories: bool = True


@dataclass
class Plan:
    """Rows sorted by what becomes of them."""

    create: list[Row] = field(default_factory=list)
    update: list[tuple[Existing, Mapping[str, Any]]] = field(default_factory=list)
    unchanged: int = 0
    faults: list[RowFault] = field(default_factory=list)

    def reject(self, row: Row, column: str | None, code: str, message: str) -> None:
        value = row.values.get(column) if column else None
        shown = None if value is None else str(value)[:LONGEST_SHOWN]
        self.faults.append(RowFault(row.number, column, code, message, shown))

    @property
    def rejected(self) -> int:
        return len({fault.row for fault in self.faults})


@dataclass(frozen=True)
class Catalogue:
    """What an import has to know of the catalogue, by lower-case name and sku."""

    by_name: Mapping[str, Existing]
    by_sku: Mapping[str, Existing]
    categories: frozenset[str]
    folded: Mapping[str, str]

    def key(self, row: Row, column: str) -> str | None:
        """What a row's text is compared by: its lower case, by the database."""
        text = row.text(column)
        return self.folded[text] if text is not None else None

    def find(self, row: Row, column: str) -> Existing | None:
        key = self.key(row, column)
        known = self.by_name if column == "name" else self.by_sku
        return known.get(key) if key is not None else None


def plan_import(rows: Iterable[Row], catalogue: Catalogue, options: Options) -> Plan:
    """Decide what becomes of each row. Every faulty row is found, not the first."""
    plan = Plan()
    first_with: dict[tuple[str, str], int] = {}
    for row in rows:
        faults_before = len(plan.faults)
        _check_twins(plan, row, catalogue, first_with)
        existing = catalogue.find(row, options.match_by)
        _check_mode(plan, row, existing, options)
        _check_taken(plan, row, existing, catalogue, options)
        _check_category(plan, row, catalogue, options)
        if len(plan.faults) > faults_before:
            continue
        if existing is None:
            plan.create.append(row)
            continue
        changes = _changes(row, existing, catalogue, options)
        if changes:
            plan.update.append((existing, changes))
        else:
            plan.unchanged += 1
    return plan


def _check_twins(
    plan: Plan, row: Row, catalogue: Catalogue, first_with: dict[tuple[str, str], int]
) -> None:
    for column in ("name", "sku"):
        key = catalogue.key(row, column)
        if key is None:
            continue
        first = first_with.setdefault((column, key), row.number)
        if first != row.number:
            plan.reject(
                row, column, "duplicate_in_file", f"stands in row {first} already"
            )


def _check_mode(
    plan: Plan, row: Row, existing: Existing | None, options: Options
) -> None:
    column = options.match_by
    if row.text(column) is None:
        plan.reject(row, column, "missing", "is needed to tell the product")
    elif existing is None and options.mode == "update":
        plan.reject(row, column, "not_found", "is no product of the catalogue")
    elif existing is not None and options.mode == "insert":
        plan.reject(row, column, "already_exists", "is in the catalogue already")
    if existing is None and options.mode != "update":
        for required in REQUIRED:
            if row.values.get(required) is None:
                plan.reject(row, required, "missing", "is needed for a new product")


def _check_taken(
    plan: Plan,
    row: Row,
    existing: Existing | None,
    catalogue: Catalogue,
    options: Options,
) -> None:
    other_column = "sku" if options.match_by == "name" else "name"
    owner = catalogue.find(row, other_column)
    if owner is not None and (existing is None or owner.id != existing.id):
        plan.reject(row, other_column, "taken", f"is that of product {owner.id}")


def _check_category(
    plan: Plan, row: Row, catalogue: Catalogue, options: Options
) -> None:
    key = catalogue.key(row, "category")
    if (
        key is not None
        and key not in catalogue.categories
        and not options.create_categories
    ):
        plan.reject(row, "category", "category_not_found", "is no category")


def _changes(
    row: Row, existing: Existing, catalogue: Catalogue, options: Options
) -> dict[str, Any]:
    changes = {}
    for column, value in row.values.items():
        current = existing.values[column]
        if column == "category":
            differs = value is not None and (
                catalogue.folded[value] != existing.values["category_key"]
            )
        elif column == "quantity" and options.quantity_mode == "add":
            differs = bool(value)
        elif value is None:  # An empty cell says nothing of what cannot be empty.
            differs = column not in REQUIRED and current is not None
        else:
            differs = value != current
        if differs:
            changes[column] = value
    return changes
