"""What an import is to do with each product, and what new variants there will be."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.imports.columns import OF_A_PRODUCT
from shopkeeper.imports.repository.planning import differs
from shopkeeper.models.base import COLLATION


def plan_products(session: Session, columns: Sequence[str]) -> None:
    """What becomes of each product, in `planned_products`; its `new_variants` beside.

    What rows are of options is in `chosen`, a row for each option. New products and
    variants get their ids here. Rows with faults are out by now.
    """
    session.execute(
        text(
            Fragment(
                """
                CREATE TEMPORARY TABLE planned_products ON COMMIT DROP AS
                WITH heads AS (
                    SELECT DISTINCT ON (group_row) * FROM planned
                    ORDER BY group_row, row
                )
                SELECT heads.group_row, heads.row,
                    coalesce(
                        heads.product_id,
                        nextval(pg_get_serial_sequence('products', 'id'))
                    ) AS product_id,
                    heads.product_id IS NULL AS is_new,
                    heads.name, heads.description, heads.brand, heads.status,
                    heads.tags, heads.tax_class, heads.category_key, heads.unsaid,
                    heads.option_count, heads.group_choices > 0 AS has_choices,
                    heads.product_id IS NOT NULL AND (
                        {differs} OR (
                            heads.category_key IS NOT NULL
                            AND heads.category_id IS DISTINCT FROM products.category_id
                        )
                    ) AS differs
                FROM heads LEFT JOIN products ON products.id = heads.product_id
                ORDER BY heads.group_row
                """,
                differs=differs(
                    "heads", "products", [c for c in columns if c in OF_A_PRODUCT]
                ),
            )
        )
    )
    session.execute(text("CREATE INDEX ON planned_products (group_row)"))
    session.execute(text("ANALYZE planned_products (group_row, product_id)"))
    session.execute(
        text(
            """
            CREATE TEMPORARY TABLE new_variants ON COMMIT DROP AS
            SELECT planned.*, of_product.product_id AS owner_product_id,
                nextval('variants_id_seq') AS new_variant_id,
                row_number() OVER (PARTITION BY planned.group_row ORDER BY planned.row)
                    + CASE WHEN planned.product_id IS NULL THEN 0 ELSE (
                        SELECT max(position) FROM variants
                        WHERE variants.product_id = planned.product_id
                            AND variants.removed_at IS NULL
                    ) END AS position
            FROM planned JOIN planned_products AS of_product USING (group_row)
            WHERE planned.variant_id IS NULL
            ORDER BY planned.row
            """
        )
    )
    session.execute(text("CREATE INDEX ON new_variants (group_row)"))
    session.execute(text("ANALYZE new_variants (group_row)"))
    session.execute(
        text(
            Fragment(
                """
                CREATE TEMPORARY TABLE chosen ON COMMIT DROP AS
                SELECT planned.row, planned.group_row, owner.product_id,
                    owner.option_count = 0 AS has_none, option.place,
                    option.told->>0 AS name, {value} AS value,
                    lower({value}) AS value_key
                FROM planned
                JOIN planned_products AS owner USING (group_row)
                CROSS JOIN LATERAL jsonb_array_elements(planned.choice)
                    WITH ORDINALITY AS option (told, place)
                WHERE planned.choice IS NOT NULL
                """,
                value=Fragment(f"((option.told->>1) COLLATE {COLLATION})"),
            )
        )
    )
    session.execute(text("CREATE INDEX ON chosen (group_row)"))
    session.execute(text("ANALYZE chosen (group_row)"))


class Scope(NamedTuple):
    """Of what there is something among the planned rows."""

    is_known: bool
    has_options: bool


def look_at_scope(session: Session) -> Scope:
    """Whether rows are about products that were there before, and tell options."""
    found = session.execute(
        text(
            "SELECT EXISTS (SELECT FROM planned WHERE product_id IS NOT NULL),"
            " EXISTS (SELECT FROM planned WHERE choice IS NOT NULL)"
        )
    )
    return Scope._make(found.one())


def planned_ranges(session: Session, rows: int) -> Iterator[tuple[int, int]]:
    """Ranges of the first rows of products, with about so many rows in each."""
    first, last = session.execute(
        text(
            "SELECT coalesce(min(group_row), 1), coalesce(max(group_row), 0)"
            " FROM planned_products"
        )
    ).one()
    for start in range(first, last + 1, rows):
        yield start, start + rows - 1
