"""The import itself: one transaction from the file's rows to the catalogue.

Rows are staged, matched and checked a set at a time; nothing of the catalogue
is touched until every row has been looked at. Orders go on meanwhile: an
import takes hold of stock last, and lets it go with its commit.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import psycopg
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from shopkeeper.imports.columns import OF_STOCK, REQUIRED
from shopkeeper.imports.files import Layout, Options, RowBatch
from shopkeeper.imports.repository import additions, product_plans, shelves
from shopkeeper.imports.repository import merge as import_merge
from shopkeeper.imports.repository import planning as import_planning
from shopkeeper.imports.repository import rejections as import_rejections
from shopkeeper.imports.repository import staging as import_staging
from shopkeeper.imports.repository.additions import Ledger
from shopkeeper.imports.repository.planning import Defaults
from shopkeeper.imports.repository.rules import rules_for
from shopkeeper.imports.sheets.programs import UNCATEGORISED
from shopkeeper.models import ProductImport
from shopkeeper.stock.books import IMPORTS, write_to_the_books
from shopkeeper.web.service import activities
from shopkeeper.web.service.activities import Deed

# What applying an import is called in the log of what staff does.
APPLIED = "apply_import"
# Another import waits for this lock before it looks at the catalogue.
IMPORTS_LOCK = 0x696D706F727473  # "imports" in ASCII.
ROWS_IN_A_STEP = 5_000
# Above so many, a plan made on wrong counts would be felt.
MANY_ROWS = 1_000
# Somebody may take a name between our look at it and our use of it.
MAX_PLANS = 5

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What an import did, or would have done."""

    rows: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    categories_created: Sequence[str] = ()
    has_failed: bool = False
    is_dry_run: bool = False


def import_rows(  # noqa: PLR0917  # What it takes, in the order of its use.
    session: Session,
    ledger: Ledger,
    layout: Layout,
    batches: Iterator[RowBatch],
    options: Options,
    progress: Progress,
) -> Outcome:
    """Bring the catalogue to what a file's rows say; commit nothing.

    Args:
        session: The import's own transaction.
        ledger: The import under which faults, bad rows and movements are kept.
        layout: What was found out of the file.
        batches: Its rows.
        options: The choices of whoever imports.
        progress: Is told how many rows were read and written so far.
    """
    import_staging.open_staging(session)
    import_staging.stage(session, _counted(batches, progress))
    import_staging.take_turn(session, IMPORTS_LOCK)
    if layout.total_rows > MANY_ROWS:
        import_staging.count_catalogue(session)
    for _ in range(MAX_PLANS - 1):
        plan = session.begin_nested()
        try:
            return _plan_and_write(session, ledger, layout, options, progress)
        except (IntegrityError, DataError) as error:
            if not _was_overtaken(error):
                raise
            plan.rollback()
    return _plan_and_write(session, ledger, layout, options, progress)


def _counted(batches: Iterator[RowBatch], progress: Progress) -> Iterator[bytes]:
    read = 0
    for batch in batches:
        yield batch.data
        read += batch.rows
        progress(read, 0)


def _was_overtaken(error: IntegrityError | DataError) -> bool:
    """Whether the catalogue has changed since it was looked at."""
    return isinstance(
        error.orig,
        psycopg.errors.UniqueViolation | psycopg.errors.NumericValueOutOfRange,
    )


def _plan_and_write(
    session: Session,
    ledger: Ledger,
    layout: Layout,
    options: Options,
    progress: Progress,
) -> Outcome:
    columns = tuple(layout.columns)
    # Categories, then products, then stock: the order of all locks.
    defaults = _defaults(layout, options)
    shelves.share_categories(session, defaults.category)
    import_staging.lock_matches(session, options.match_by)
    import_planning.plan(
        session,
        columns,
        options.match_by,
        defaults,
        are_options_said=layout.are_options_said,
    )
    rules = rules_for(
        columns,
        REQUIRED,
        mode=options.mode,
        match_by=options.match_by,
        adding=options.quantity_mode == "add",
        create_categories=options.create_categories,
        is_match_said=options.is_match_said,
        spare_header=_spare_header(layout),
    )
    import_rejections.reject(session, rules)
    rejected = import_rejections.take_out_rejected(
        session, are_options_said=layout.are_options_said
    )
    outcome = Outcome(rows=layout.total_rows, rejected=rejected, has_failed=True)
    if not rejected or options.on_error == "skip_rows":
        trial = session.begin_nested()
        outcome = _write(session, ledger, layout, rejected, options, progress)
        if options.dry_run:
            trial.rollback()
            outcome = replace(outcome, is_dry_run=True)
    import_rejections.keep_rejections(
        session,
        ledger.import_id,
        layout.header,
        layout.columns,
        "," if layout.decimal_mark == "comma" else ".",
    )
    return outcome


def _defaults(layout: Layout, options: Options) -> Defaults:
    """What new products get; an export of a program may tell no stock."""
    category, quantity = options.default_category, options.default_quantity
    if layout.program is not None:
        category = UNCATEGORISED if category is None else category
        quantity = 0 if quantity is None else quantity
    return Defaults(category, quantity, options.default_status)


def _spare_header(layout: Layout) -> str | None:
    taken = set(layout.columns.values())
    return next((head for head in layout.header if head and head not in taken), None)


def _deed(ledger: Ledger) -> Deed:
    """Applying an import, as the log of what staff does has it."""
    return Deed(
        user_id=ledger.user_id,
        role=None,
        operation=APPLIED,
        entity=ProductImport.__tablename__,
        entity_id=ledger.import_id,
    )


def _write(  # noqa: PLR0917  # As import_rows.
    session: Session,
    ledger: Ledger,
    layout: Layout,
    rejected: int,
    options: Options,
    progress: Progress,
) -> Outcome:
    now = write_to_the_books(session, IMPORTS)
    noted = activities.begin(session)
    columns = tuple(layout.columns)
    made = shelves.add_categories(session, now)
    product_plans.plan_products(session, columns)
    scope = product_plans.look_at_scope(session)
    created = 0
    for rows in product_plans.planned_ranges(session, ROWS_IN_A_STEP):
        if scope.is_known:
            import_merge.change_products(session, rows, columns, now)
        additions.add_products(session, rows, now)
        if scope.has_options:
            additions.add_options(session, rows, now)
        created += additions.add_variants(session, rows, ledger, now)
        progress(layout.total_rows, min(rows[1], layout.total_rows))
    if created > MANY_ROWS:
        import_staging.count_catalogue(session)
    if {"quantity", "cost", *OF_STOCK} & set(columns):
        import_merge.change_stock(
            session,
            ledger,
            has_quantity="quantity" in columns,
            adding=options.quantity_mode == "add",
            moment=now,
        )
    changed = import_merge.count_changed(session)
    activities.note(session, noted, _deed(ledger))
    return Outcome(
        rows=layout.total_rows,
        created=created,
        updated=changed,
        unchanged=layout.total_rows - rejected - created - changed,
        rejected=rejected,
        categories_created=made,
    )
