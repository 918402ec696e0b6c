"""An import's rows matched with the catalogue: what each is about, in `planned`."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.imports.repository.staging import ours


class Defaults(NamedTuple):
    """What new products get of which their row says nothing."""

    category: str | None
    quantity: int | None


def plan(
    session: Session, columns: Sequence[str], match_by: str, defaults: Defaults
) -> None:
    """Match every row with the catalogue, in `planned`.

    Args:
        session: The import's transaction, its rows staged.
        columns: Which of our columns the file has.
        match_by: `name` or `sku`: what tells the product.
        defaults: For new products.
    """
    owner_by = "sku" if match_by == "name" else "name"
    owner_join = (
        f"""LEFT JOIN products AS owner
            ON owner.removed_at IS NULL
                AND lower(owner.{owner_by}) = keyed.{owner_by}_key
        """
        if owner_by in columns
        else ""
    )
    session.execute(
        text(
            f"""
            CREATE TEMPORARY TABLE planned ON COMMIT DROP AS
            WITH keyed AS (
                SELECT
                    row, name, sku, category, quantity, price, cost, description,
                    faults, coalesce(unsaid, '{{}}') AS unsaid,
                    lower(name) AS name_key,
                    lower(sku) AS sku_key,
                    lower(category) AS category_key,
                    {_first_row_with("name", columns)} AS first_name_row,
                    {_first_row_with("sku", columns)} AS first_sku_row
                FROM staged
            )
            SELECT
                keyed.*,
                products.id AS product_id,
                {"owner.id" if owner_join else "NULL::bigint"} AS owner_id,
                categories.id AS category_id,
                products.sku AS product_sku,
                stock.quantity AS stock_quantity,
                products.id IS NOT NULL AND ({_differs(columns)}) AS differs,
                products.id IS NOT NULL AND ({_is_revalued(columns)}) AS is_revalued
            FROM keyed
            LEFT JOIN products ON products.removed_at IS NULL
                AND lower(products.{ours(match_by)}) = keyed.{ours(match_by)}_key
            LEFT JOIN stock ON stock.product_id = products.id
            {owner_join}
            LEFT JOIN categories ON categories.removed_at IS NULL
                AND lower(categories.name) = keyed.category_key
            """  # noqa: S608  # Columns of ours.
        )
    )
    _fill_in(session, defaults)
    session.execute(text("CREATE INDEX ON planned (row)"))
    session.execute(text("ANALYZE planned"))


def _fill_in(session: Session, defaults: Defaults) -> None:
    """Give new products what their row does not tell; a bad cell tells something."""
    if defaults.category is not None:
        session.execute(
            text(
                """
                UPDATE planned
                SET category = :category, category_key = lower(:category),
                    category_id = (
                        SELECT id FROM categories
                        WHERE removed_at IS NULL AND lower(name) = lower(:category)
                    )
                WHERE product_id IS NULL AND category IS NULL
                    AND NOT coalesce(faults @> '[{"column": "category"}]', false)
                """
            ),
            {"category": defaults.category},
        )
    if defaults.quantity is not None:
        session.execute(
            text(
                """
                UPDATE planned SET quantity = :quantity
                WHERE product_id IS NULL AND quantity IS NULL
                    AND NOT coalesce(faults @> '[{"column": "quantity"}]', false)
                """
            ),
            {"quantity": defaults.quantity},
        )


def _first_row_with(column: str, columns: Sequence[str]) -> str:
    """The first sound row with the same value."""
    if column not in columns:
        return "NULL::integer"
    window = f"PARTITION BY lower({column})"
    return (
        f"CASE WHEN {column} IS NOT NULL"
        f" THEN min(row) FILTER (WHERE faults IS NULL) OVER ({window}) END"
    )


def _differs(columns: Sequence[str]) -> str:
    """Whether a row would change its product, stock left aside.

    An empty cell says nothing of what cannot be empty, and empties the rest.
    """

    def optional(column: str) -> str:
        return (
            f"keyed.{column} IS DISTINCT FROM products.{column}"
            f" AND '{column}' <> ALL (keyed.unsaid)"
        )

    conditions = {
        "name": "keyed.name <> products.name",
        "sku": optional("sku"),
        "category": "keyed.category_key IS NOT NULL"
        " AND categories.id IS DISTINCT FROM products.category_id",
        "price": "keyed.price <> products.price",
        "description": optional("description"),
    }
    said = [f"coalesce({conditions[c]}, false)" for c in columns if c in conditions]
    return " OR ".join(said)


def _is_revalued(columns: Sequence[str]) -> str:
    """Whether a row says another cost, of the decimals that are shown of it."""
    if "cost" not in columns:
        return "false"
    return (
        "keyed.cost IS DISTINCT FROM round(stock.cost, 4)"
        " AND 'cost' <> ALL (keyed.unsaid)"
    )


def count_changes(session: Session) -> int:
    """How many products will get another text, price or category."""
    return session.scalar(text("SELECT count(*) FROM planned WHERE differs")) or 0


def planned_ranges(session: Session, rows: int) -> Iterator[tuple[int, int]]:
    """Ranges of row numbers with about so many planned rows in each."""
    first, last = session.execute(
        text("SELECT coalesce(min(row), 1), coalesce(max(row), 0) FROM planned")
    ).one()
    for start in range(first, last + 1, rows):
        yield start, start + rows - 1
