"""Writing what an import has planned: categories, products, and last their stock."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.models.location import MAIN
from shopkeeper.stock.repository import lock_stock_of


class Ledger(NamedTuple):
    """Whom the stock ledger names for what an import moves."""

    import_id: int
    user_id: int | None


def add_categories(session: Session, moment: datetime) -> list[str]:
    """Make the categories that planned rows name; give the names of the new ones."""
    made = session.scalars(
        text(
            """
            INSERT INTO categories (name, created_at, updated_at)
            SELECT name, :moment, :moment
            FROM (
                SELECT DISTINCT ON (category_key) category_key, category AS name
                FROM planned
                WHERE category_id IS NULL AND category_key IS NOT NULL
                ORDER BY category_key, row
            ) AS wanted
            ORDER BY category_key
            ON CONFLICT (lower(name)) WHERE removed_at IS NULL DO NOTHING
            RETURNING name
            """
        ),
        {"moment": moment},
    ).all()
    session.execute(
        text(
            """
            CREATE TEMPORARY TABLE shelves ON COMMIT DROP AS
            SELECT id, lower(name) AS key FROM categories
            WHERE removed_at IS NULL
                AND lower(name) IN (SELECT category_key FROM planned)
            ORDER BY id
            FOR SHARE
            """
        )
    )
    session.execute(text("ANALYZE shelves"))
    return list(made)


def add_products(
    session: Session, rows: tuple[int, int], ledger: Ledger, moment: datetime
) -> int:
    """Put the new products of a range of rows on sale, with their first stock."""
    session.execute(text("TRUNCATE shelved"))
    made = _count(
        session,
        """
        WITH fresh AS MATERIALIZED (
            SELECT
                nextval(pg_get_serial_sequence('products', 'id')) AS id,
                nextval(pg_get_serial_sequence('variants', 'id')) AS own_variant_id,
                planned.*,
                shelves.id AS shelf_id
            FROM planned
            JOIN shelves ON shelves.key = planned.category_key
            WHERE planned.row BETWEEN :first AND :last AND planned.product_id IS NULL
            ORDER BY planned.row
        ),
        made AS (
            INSERT INTO products
                (id, skus, name, description, category_id, price, default_variant_id,
                created_at, updated_at)
            OVERRIDING SYSTEM VALUE
            SELECT id, sku, name, description, shelf_id, price, own_variant_id,
                :moment, :moment
            FROM fresh
        ),
        varied AS (
            INSERT INTO variants
                (id, product_id, position, sku, price, created_at, updated_at)
            OVERRIDING SYSTEM VALUE
            SELECT own_variant_id, id, 1, sku, price, :moment, :moment FROM fresh
        ),
        placed AS (
            INSERT INTO stock (variant_id, quantity, cost, updated_at)
            SELECT own_variant_id, 0, cost, :moment FROM fresh
        )
        INSERT INTO shelved (variant_id, quantity)
        SELECT own_variant_id, quantity FROM fresh
        """,
        {"first": rows[0], "last": rows[1], "moment": moment},
    )
    session.execute(
        text(
            """
            INSERT INTO stock_movements
                (variant_id, delta, reason, import_id, user_id, created_at)
            SELECT variant_id, quantity, 'import', :import_id, :user_id, :moment
            FROM shelved
            WHERE quantity > 0
            ORDER BY variant_id
            """
        ),
        {**ledger._asdict(), "moment": moment},
    )
    return made


def _optional(column: str, owner: str = "products") -> Fragment:
    """An empty cell empties it, a cell that is not there does not."""
    return Fragment(
        "{column} = CASE WHEN '{column}' = ANY (planned.unsaid)"
        " THEN {owner}.{column} ELSE planned.{column} END",
        column=Fragment(column),
        owner=Fragment(owner),
    )


_ASSIGNMENTS = {
    "name": Fragment("name = coalesce(planned.name, products.name)"),
    "category": Fragment("category_id = coalesce(shelves.id, products.category_id)"),
    "description": _optional("description"),
}
_OF_A_VARIANT = {
    "sku": _optional("sku", "variants"),
    "price": Fragment("price = coalesce(planned.price, variants.price)"),
}
_ITS_STOCK = Fragment(
    "stock.variant_id = planned.variant_id AND stock.location_id = {main}", main=MAIN
)


def change_products(
    session: Session, rows: tuple[int, int], columns: Sequence[str], moment: datetime
) -> int:
    """Change the products of a range of rows that differ from them."""
    of_variants = [_OF_A_VARIANT[name] for name in columns if name in _OF_A_VARIANT]
    if of_variants:
        _change_variants(session, rows, of_variants, moment)
    assignments = [_ASSIGNMENTS[column] for column in columns if column in _ASSIGNMENTS]
    return _count(
        session,
        Fragment(
            """
            UPDATE products
            SET {assignments}
                version = products.version + 1,
                updated_at = :moment
            FROM planned
            LEFT JOIN shelves ON shelves.key = planned.category_key
            WHERE planned.row BETWEEN :first AND :last
                AND planned.differs
                AND products.id = planned.product_id
            """,
            assignments=Fragment.joined(
                "", [Fragment("{it},", it=each) for each in assignments]
            ),
        ),
        {"first": rows[0], "last": rows[1], "moment": moment},
    )


def _change_variants(
    session: Session,
    rows: tuple[int, int],
    assignments: Sequence[Fragment],
    moment: datetime,
) -> None:
    """Change the variants of these rows; their products follow."""
    _count(
        session,
        Fragment(
            """
            UPDATE variants
            SET {assignments}, version = variants.version + 1, updated_at = :moment
            FROM planned
            WHERE planned.row BETWEEN :first AND :last
                AND planned.differs_in_variant
                AND variants.id = planned.variant_id
            """,
            assignments=Fragment.joined(", ", assignments),
        ),
        {"first": rows[0], "last": rows[1], "moment": moment},
    )


def change_stock(
    session: Session,
    ledger: Ledger,
    *,
    has_quantity: bool,
    adding: bool,
    moment: datetime,
) -> int:
    """Change the cost and the stock of the products that were there before.

    The cost first, so that pieces that turn up have it. The last thing an
    import does, and quick: what holds stock holds up orders.

    Returns:
        How many products changed in nothing but these.
    """
    delta = Fragment("0")
    if has_quantity and adding:
        delta = Fragment("coalesce(planned.quantity, 0)")
    elif has_quantity:
        delta = Fragment("coalesce(planned.quantity - stock.quantity, 0)")
    wanted = Fragment("({delta} <> 0 OR planned.is_revalued)", delta=delta)
    lock_stock_of(
        session,
        Fragment(
            """
            SELECT planned.variant_id FROM planned
            JOIN stock ON {its_stock}
            WHERE {wanted}
            """,
            wanted=wanted,
            its_stock=_ITS_STOCK,
        ),
    )
    # Held now, and looked at again by a statement that sees what was committed.
    session.execute(text("TRUNCATE shelved"))
    session.execute(
        text(
            Fragment(
                """
                INSERT INTO shelved (variant_id, quantity, differs, is_revalued, cost)
                SELECT stock.variant_id, {delta}, planned.differs, planned.is_revalued,
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
    return session.scalar(text("SELECT count(*) FROM shelved WHERE NOT differs")) or 0


def _count(session: Session, statement: str, values: dict[str, object]) -> int:
    result = session.connection().execute(text(statement), values)
    return result.rowcount
