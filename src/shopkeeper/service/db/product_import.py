"""Importing a file of products: one transaction, and a report of every row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from shopkeeper.models import Product
from shopkeeper.repository import catalogue
from shopkeeper.repository.text import fold_all
from shopkeeper.service.db.categories import find_or_add_category
from shopkeeper.service.db.integrity import overflowing
from shopkeeper.service.db.products import unique_products
from shopkeeper.service.errors import StockOverflow, UnreadableFile
from shopkeeper.service.import_plan import (
    COLUMNS,
    Catalogue,
    Existing,
    Options,
    Plan,
    Row,
    RowFault,
    plan_import,
)
from shopkeeper.service.spreadsheets import Table, read_table
from shopkeeper.utils import clock
from shopkeeper.utils.settings import get_settings

ReadRow = Callable[[int, Mapping[str, str]], Row | list[RowFault]]
FAULTS_SHOWN = 100


@dataclass(frozen=True)
class ImportReport:
    """What became of a file."""

    status: str
    dry_run: bool
    mode: str
    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    categories_created: list[str]
    errors: list[RowFault]
    started_at: datetime
    finished_at: datetime


def import_products(
    session: Session,
    file: IO[bytes],
    filename: str,
    options: Options,
    read_row: ReadRow,
) -> ImportReport:
    """Bring the catalogue to what a file says.

    Args:
        session: The transaction; a rejected file and a dry run change nothing.
        file: The file, at its beginning.
        filename: Its ending tells what it is.
        options: The choices of whoever imports.
        read_row: Holds a record to the rules of a product.

    Raises:
        UnreadableFile: If it is not a table with a header we know.
        FileTooLarge: If it has more rows than IMPORT_MAX_ROWS.
        ProductNameTaken, SkuTaken: If somebody else was first meanwhile.
        StockOverflow: If a stock added to would outgrow its column.
    """
    started_at = clock.now()
    table = read_table(file, filename, get_settings().import_max_rows)
    _check_headers(table, options)
    rows, faults = _read_rows(table, read_row)
    known = _look_up(session, rows)
    plan = plan_import(rows, known, options)
    plan.faults[:] = sorted([*faults, *plan.faults], key=lambda fault: fault.row)
    rejected_whole = bool(plan.faults) and options.on_error == "reject_all"
    categories: list[str] = []
    if not rejected_whole:
        trial = session.begin_nested()
        with overflowing(StockOverflow()), unique_products():
            categories = _write(session, plan, known.folded, options)
        if options.dry_run:
            trial.rollback()
        else:
            trial.commit()
    return ImportReport(
        status="failed" if rejected_whole else "succeeded",
        dry_run=options.dry_run,
        mode=options.mode,
        rows=len(table.records),
        created=0 if rejected_whole else len(plan.create),
        updated=0 if rejected_whole else len(plan.update),
        unchanged=0 if rejected_whole else plan.unchanged,
        rejected=plan.rejected,
        categories_created=categories,
        errors=plan.faults[:FAULTS_SHOWN],
        started_at=started_at,
        finished_at=clock.now(),
    )


def _check_headers(table: Table, options: Options) -> None:
    if options.match_by not in table.headers:
        raise UnreadableFile(
            f"The first row has no header {options.match_by!r}. Known headers are"
            f" {', '.join(COLUMNS)}; found were {', '.join(table.headers)}."
        )


def _read_rows(table: Table, read_row: ReadRow) -> tuple[list[Row], list[RowFault]]:
    rows: list[Row] = []
    faults: list[RowFault] = []
    for number, record in table.records:
        read = read_row(number, record)
        if isinstance(read, Row):
            rows.append(read)
        else:
            faults += read
    return rows, faults


def _look_up(session: Session, rows: Sequence[Row]) -> Catalogue:
    texts = [
        text
        for row in rows
        for column in ("name", "sku", "category")
        if (text := row.text(column)) is not None
    ]
    folded = fold_all(session, texts)

    def keys(column: str) -> list[str]:
        return [folded[text] for row in rows if (text := row.text(column)) is not None]

    categories = catalogue.share_categories(session, keys("category"))
    known = [
        Existing(product.id, product._asdict())
        for product in catalogue.lock_known_products(session, keys("name"), keys("sku"))
    ]
    return Catalogue(
        by_name={product.values["name_key"]: product for product in known},
        by_sku={product.values["sku_key"]: product for product in known},
        categories=categories,
        folded=folded,
    )


def _write(
    session: Session, plan: Plan, folded: Mapping[str, str], options: Options
) -> list[str]:
    """Write what is planned; give the names of the categories made for it."""
    ids, made = _category_ids(session, plan, folded)
    now = clock.now()
    if plan.create:
        session.execute(
            insert(Product),
            [
                _new_product(row, ids[folded[row.values["category"]]], now)
                for row in plan.create
            ],
        )
    for existing, changes in sorted(plan.update, key=lambda pair: pair[0].id):
        values = dict(changes)
        if "category" in values:
            values["category_id"] = ids[folded[values.pop("category")]]
        if "quantity" in values and options.quantity_mode == "add":
            values["quantity"] = Product.quantity + values["quantity"]
        session.execute(
            update(Product)
            .where(Product.id == existing.id)
            .values(**values, updated_at=now, version=Product.version + 1)
        )
    return made


def _category_ids(
    session: Session, plan: Plan, folded: Mapping[str, str]
) -> tuple[dict[str, int], list[str]]:
    wanted: dict[str, str] = {}
    for values in [row.values for row in plan.create] + [
        changes for _, changes in plan.update
    ]:
        name = values.get("category")
        if name is not None:
            wanted.setdefault(folded[name], name)
    ids: dict[str, int] = {}
    made: list[str] = []
    for key in sorted(wanted):  # In key order, as all locks are taken.
        ids[key], is_new = find_or_add_category(session, wanted[key])
        if is_new:
            made.append(wanted[key])
    return ids, made


def _new_product(row: Row, category_id: int, now: datetime) -> dict[str, Any]:
    values = row.values
    return {
        "name": values["name"],
        "sku": values.get("sku"),
        "description": values.get("description"),
        "category_id": category_id,
        "quantity": values["quantity"],
        "price": values["price"],
        "cost": values.get("cost"),
        "created_at": now,
        "updated_at": now,
    }
