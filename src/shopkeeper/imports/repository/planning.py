"""An import's rows matched with the catalogue: what each is about, in `planned`."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.imports.columns import COLUMN_NAMES
from shopkeeper.models.location import MAIN


class Defaults(NamedTuple):
    """What new products get of which their row says nothing."""

    category: str | None
    quantity: int | None


# How a row finds its product, and the variant of it that the row is about.
_MATCHES = {
    "name": Fragment(
        """
        LEFT JOIN products ON products.removed_at IS NULL
            AND lower(products.name) = keyed.name_key
        LEFT JOIN variants ON variants.id = CASE WHEN products.variant_count > 1 THEN (
            SELECT own.id FROM variants AS own
            WHERE own.product_id = products.id AND own.removed_at IS NULL
                AND lower(own.sku) = keyed.sku_key
        ) ELSE products.default_variant_id END
        """
    ),
    "sku": Fragment(
        """
        LEFT JOIN variants ON variants.removed_at IS NULL
            AND lower(variants.sku) = keyed.sku_key
        LEFT JOIN products ON products.id = variants.product_id
        """
    ),
}
# Whose the name or the sku is that a row would give its product.
_OWNERS = {
    "name": (
        Fragment(
            "LEFT JOIN products AS owner ON owner.removed_at IS NULL"
            " AND lower(owner.name) = keyed.name_key"
        ),
        Fragment("owner.id"),
    ),
    "sku": (
        Fragment(
            "LEFT JOIN variants AS owner ON owner.removed_at IS NULL"
            " AND lower(owner.sku) = keyed.sku_key"
        ),
        Fragment("owner.product_id"),
    ),
}


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
    owner, owner_id = Fragment(""), Fragment("NULL::bigint")
    if owner_by in columns:
        owner, owner_id = _OWNERS[owner_by]
    session.execute(
        text(
            Fragment(
                """
                CREATE TEMPORARY TABLE planned ON COMMIT DROP AS
                WITH keyed AS (
                    SELECT
                        row, {columns}, faults, coalesce(unsaid, '{}') AS unsaid,
                        lower(name) AS name_key,
                        lower(sku) AS sku_key,
                        lower(category) AS category_key,
                        {first_name_row} AS first_name_row,
                        {first_sku_row} AS first_sku_row
                    FROM staged
                )
                SELECT
                    keyed.*,
                    products.id AS product_id,
                    {owner_id} AS owner_id,
                    categories.id AS category_id,
                    variants.id AS variant_id,
                    variants.sku AS product_sku,
                    coalesce(products.variant_count, 1) AS variant_count,
                    stock.quantity AS stock_quantity,
                    products.id IS NOT NULL AND ({differs}) AS differs,
                    products.id IS NOT NULL AND ({differs_in_variant})
                        AS differs_in_variant,
                    products.id IS NOT NULL AND ({is_revalued}) AS is_revalued
                FROM keyed
                {match}
                LEFT JOIN stock ON stock.variant_id = variants.id
                    AND stock.location_id = {main}
                {owner}
                LEFT JOIN categories ON categories.removed_at IS NULL
                    AND lower(categories.name) = keyed.category_key
                """,
                columns=Fragment.joined(", ", map(Fragment, COLUMN_NAMES)),
                first_name_row=_first_row_with("name", columns),
                first_sku_row=_first_row_with("sku", columns),
                owner_id=owner_id,
                differs=_differs(columns),
                differs_in_variant=_differs(columns, only=("sku", "price")),
                is_revalued=_is_revalued(columns),
                match=_MATCHES[match_by],
                main=MAIN,
                owner=owner,
            )
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


def _first_row_with(column: str, columns: Sequence[str]) -> Fragment:
    """The first sound row with the same value."""
    if column not in columns:
        return Fragment("NULL::integer")
    return Fragment(
        "CASE WHEN {column} IS NOT NULL THEN min(row) FILTER (WHERE faults IS NULL)"
        " OVER (PARTITION BY lower({column})) END",
        column=Fragment(column),
    )


def _differs(columns: Sequence[str], only: Sequence[str] | None = None) -> Fragment:
    """Whether a row would change its product, or these of its columns; not the stock.

    An empty cell says nothing of what cannot be empty, and empties the rest.
    """

    def optional(column: str, owner: str) -> Fragment:
        return Fragment(
            "keyed.{column} IS DISTINCT FROM {owner}.{column}"
            " AND '{column}' <> ALL (keyed.unsaid)",
            column=Fragment(column),
            owner=Fragment(owner),
        )

    conditions = {
        "name": Fragment("keyed.name <> products.name"),
        "sku": optional("sku", "variants"),
        "category": Fragment(
            "keyed.category_key IS NOT NULL"
            " AND categories.id IS DISTINCT FROM products.category_id"
        ),
        "price": Fragment("keyed.price <> variants.price"),
        "description": optional("description", "products"),
    }
    said = [
        Fragment("coalesce({differs}, false)", differs=conditions[column])
        for column in columns
        if column in conditions and (only is None or column in only)
    ]
    return Fragment.joined(" OR ", said or [Fragment("false")])


def _is_revalued(columns: Sequence[str]) -> Fragment:
    """Whether a row says another cost, of the decimals that are shown of it."""
    if "cost" not in columns:
        return Fragment("false")
    return Fragment(
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
