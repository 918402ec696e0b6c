"""Writing what an import has planned: changes, and last their stock."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.imports.columns import OF_A_PRODUCT, OF_A_VARIANT, OPTIONAL
from shopkeeper.imports.repository.additions import Ledger
from shopkeeper.imports.repository.planning import SAID_LIMIT
from shopkeeper.models.location import MAIN
from shopkeeper.stock.repository.ledger import lock_stock_of


def _assignment(column: str, owner: str, planned: str) -> Fragment:
    """An empty cell empties what may be empty, a cell that is not there does not."""
    parts = {
        "column": Fragment(column),
        "owner": Fragment(owner),
        "planned": Fragment(planned),
    }
    if column in OPTIONAL:
        return Fragment(
            "{column} = CASE WHEN '{column}' = ANY ({planned}.unsaid)"
            " THEN {owner}.{column} ELSE {planned}.{column} END",
            **parts,
        )
    return Fragment(
        "{column} = coalesce({planned}.{column}, {owner}.{column})", **parts
    )


_ITS_STOCK = Fragment(
    "stock.variant_id = planned.variant_id AND stock.location_id = {main}", main=MAIN
)


def change_products(
    session: Session, rows: tuple[int, int], columns: Sequence[str], moment: datetime
) -> None:
    """Change the products of a range of rows that differ, or whose variants do."""
    values = {"first": rows[0], "last": rows[1], "moment": moment}
    of_variants = [
        _assignment(column, "variants", "planned")
        for column in columns
        if column in OF_A_VARIANT
    ]
    if of_variants:
        session.execute(
            text(
                Fragment(
                    """
                    UPDATE variants
                    SET {assignments}, version = variants.version + 1,
                        updated_at = :moment
                    FROM planned
                    WHERE planned.group_row BETWEEN :first AND :last
                        AND planned.differs_in_variant
                        AND variants.id = planned.variant_id
                    """,
                    assignments=Fragment.joined(", ", of_variants),
                )
            ),
            values,
        )
    assignments = [
        _assignment(column, "products", "planned")
        for column in columns
        if column in OF_A_PRODUCT
    ]
    if "category" in columns:
        assignments.append(
            Fragment("category_id = coalesce(shelves.id, products.category_id)")
        )
    session.execute(
        text(
            Fragment(
                """
                UPDATE products
                SET {assignments} version = products.version + 1, updated_at = :moment
                FROM planned_products AS planned
                LEFT JOIN shelves ON shelves.key = planned.category_key
                WHERE planned.group_row BETWEEN :first AND :last
                    AND products.id = planned.product_id AND NOT planned.is_new
                    AND (planned.differs OR EXISTS (
                        SELECT FROM planned AS of_variant
                        WHERE of_variant.group_row = planned.group_row AND (
                            of_variant.differs_in_variant
                            OR of_variant.variant_id IS NULL
                        )
                    ))
                """,
                assignments=Fragment.joined(
                    "", [Fragment("{it},", it=each) for each in assignments]
                ),
            )
        ),
        values,
    )


# What somebody waits for stays counted.
_KEEP = text(
    Fragment(
        """
        UPDATE stock
        SET tracked = coalesce(planned.tracked, stock.tracked) OR stock.waiting > 0,
            backorder_limit = CASE WHEN planned.backorder_limit IS NULL
                THEN stock.backorder_limit ELSE {said_limit} END
        FROM planned
        WHERE planned.is_kept_otherwise AND {its_stock}
        """,
        said_limit=Fragment(SAID_LIMIT, said=Fragment("planned")),
        its_stock=_ITS_STOCK,
    )
)


def change_stock(
    session: Session,
    ledger: Ledger,
    *,
    has_quantity: bool,
    adding: bool,
    moment: datetime,
) -> None:
    """Change the cost and the stock of the variants that were there before.

    The cost first, so that pieces that turn up have it. The last thing an
    import does, and quick: what holds stock holds up orders.
    """
    delta = Fragment("0")
    if has_quantity and adding:
        delta = Fragment("coalesce(planned.quantity, 0)")
    elif has_quantity:
        delta = Fragment("coalesce(planned.quantity - stock.quantity, 0)")
    wanted = Fragment("({delta} <> 0 OR planned.is_revalued)", delta=delta)
    held = Fragment("({wanted} OR planned.is_kept_otherwise)", wanted=wanted)
    lock_stock_of(
        session,
        Fragment(
            """
            SELECT planned.variant_id FROM planned
            JOIN stock ON {its_stock}
            WHERE {held}
            """,
            held=held,
            its_stock=_ITS_STOCK,
        ),
    )
    session.execute(_KEEP)
    # Held now, and looked at again by a statement that sees what was committed.
    session.execute(text("TRUNCATE shelved"))
    session.execute(
        text(
            Fragment(
                """
                INSERT INTO shelved (row, variant_id, quantity, is_revalued, cost)
                SELECT planned.row, stock.variant_id, {delta}, planned.is_revalued,
                    planned.cost
                FROM planned
                JOIN stock ON {its_stock}
                WHERE {wanted}
                """,
                its_stock=_ITS_STOCK,
                delta=delta,
                wanted=wanted,
            )
        )
    )
    values = {**ledger._asdict(), "moment": moment}
    session.execute(
        text(
            """
            INSERT INTO stock_movements
                (variant_id, delta, unit_cost, reason, import_id, user_id, created_at)
            SELECT variant_id, 0, cost, 'revaluation', :import_id, :user_id, :moment
            FROM shelved
            WHERE is_revalued
            ORDER BY variant_id
            """
        ),
        values,
    )
    session.execute(
        text(
            """
            INSERT INTO stock_movements
                (variant_id, delta, reason, import_id, user_id, created_at)
            SELECT variant_id, quantity, 'import', :import_id, :user_id, :moment
            FROM shelved
            WHERE quantity <> 0
            ORDER BY variant_id
            """
        ),
        values,
    )


def count_changed(session: Session) -> int:
    """How many rows have changed what was there before."""
    return (
        session.scalar(
            text(
                """
                SELECT count(*) FROM planned
                WHERE variant_id IS NOT NULL AND (
                    differs_in_variant
                    OR row IN (SELECT row FROM shelved)
                    OR (option_count = 0 AND choice IS NOT NULL)
                    OR row IN (SELECT row FROM planned_products WHERE differs)
                )
                """
            )
        )
        or 0
    )
