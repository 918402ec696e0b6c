"""Writing the new products and variants that an import has planned."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.imports.columns import OF_A_VARIANT
from shopkeeper.imports.repository.planning import SAID_LIMIT


class Ledger(NamedTuple):
    """Whom the stock ledger names for what an import moves."""

    import_id: int
    user_id: int | None


# What variants are of their product's options, by rows of the file.
_VALUE_IDS = Fragment(
    """
    SELECT chosen.row, array_agg(value.id ORDER BY chosen.place) AS value_ids
    FROM chosen
    JOIN product_options AS option ON option.product_id = chosen.product_id
        AND option.position = chosen.place
    JOIN option_values AS value ON value.option_id = option.id
        AND lower(value.value) = chosen.value_key
    WHERE chosen.group_row BETWEEN :first AND :last
    GROUP BY chosen.row
    """
)


def add_products(session: Session, rows: tuple[int, int], moment: datetime) -> None:
    """Put the new products of a range of rows on sale, without their variants yet."""
    session.execute(
        text(
            """
            INSERT INTO products
                (id, skus, name, description, brand, status, tags, tax_class,
                category_id, price, variant_count, default_variant_id, option_count,
                created_at, updated_at)
            OVERRIDING SYSTEM VALUE
            SELECT planned_products.product_id, own.skus, name, description, brand,
                coalesce(status, 'active'), tags, tax_class, shelves.id, own.price,
                own.variant_count, own.default_variant_id, own.option_count,
                :moment, :moment
            FROM planned_products
            JOIN shelves ON shelves.key = planned_products.category_key
            JOIN (
                SELECT group_row, string_agg(sku, E'\\n' ORDER BY position) AS skus,
                    min(price) AS price, count(*) AS variant_count,
                    (array_agg(new_variant_id ORDER BY position))[1]
                        AS default_variant_id,
                    coalesce(max(jsonb_array_length(choice)), 0) AS option_count
                FROM new_variants
                WHERE group_row BETWEEN :first AND :last
                GROUP BY group_row
            ) AS own USING (group_row)
            WHERE group_row BETWEEN :first AND :last AND is_new
            ORDER BY group_row
            """
        ),
        {"first": rows[0], "last": rows[1], "moment": moment},
    )


def add_options(session: Session, rows: tuple[int, int], moment: datetime) -> None:
    """Let products of a range of rows have the options, and values, that rows tell.

    What a product was alone becomes the variant of it that its own row tells.
    """
    values = {"first": rows[0], "last": rows[1]}
    session.execute(
        text(
            """
            INSERT INTO product_options (product_id, position, name)
            SELECT DISTINCT ON (product_id, place) product_id, place, name
            FROM chosen
            WHERE group_row BETWEEN :first AND :last AND has_none
            ORDER BY product_id, place, row
            """
        ),
        values,
    )
    session.execute(
        text(
            Fragment(
                """
                INSERT INTO option_values (option_id, position, value)
                SELECT option_id,
                    row_number() OVER (PARTITION BY option_id ORDER BY row)
                        + (
                            SELECT count(*) FROM option_values AS known
                            WHERE known.option_id = fresh.option_id
                        ),
                    value
                FROM (
                    SELECT DISTINCT ON (option.id, chosen.value_key)
                        option.id AS option_id, chosen.row, chosen.value
                    FROM chosen
                    JOIN product_options AS option
                        ON option.product_id = chosen.product_id
                        AND option.position = chosen.place
                    WHERE chosen.group_row BETWEEN :first AND :last AND NOT EXISTS (
                        SELECT FROM option_values AS known
                        WHERE known.option_id = option.id
                            AND lower(known.value) = chosen.value_key
                    )
                    ORDER BY option.id, chosen.value_key, chosen.row
                ) AS fresh
                """
            )
        ),
        values,
    )
    session.execute(
        text(
            Fragment(
                """
                UPDATE variants
                SET value_ids = told.value_ids, version = variants.version + 1,
                    updated_at = :moment
                FROM planned
                JOIN ({value_ids}) AS told USING (row)
                WHERE planned.option_count = 0
                    AND planned.group_row BETWEEN :first AND :last
                    AND variants.id = planned.variant_id
                """,
                value_ids=_VALUE_IDS,
            )
        ),
        {**values, "moment": moment},
    )


def add_variants(
    session: Session, rows: tuple[int, int], ledger: Ledger, moment: datetime
) -> int:
    """Put the new variants of a range of rows on sale, with their first stock."""
    values = {"first": rows[0], "last": rows[1], "moment": moment}
    made = session.connection().execute(
        text(
            Fragment(
                """
                INSERT INTO variants
                    (id, product_id, position, {own}, value_ids, created_at, updated_at)
                OVERRIDING SYSTEM VALUE
                SELECT new_variant_id, owner_product_id, position, {own},
                    coalesce(told.value_ids, '{}'), :moment, :moment
                FROM new_variants
                LEFT JOIN ({value_ids}) AS told USING (row)
                WHERE group_row BETWEEN :first AND :last
                ORDER BY new_variant_id
                """,
                own=Fragment.joined(", ", map(Fragment, OF_A_VARIANT)),
                value_ids=_VALUE_IDS,
            )
        ),
        values,
    )
    session.execute(
        text(
            Fragment(
                """
                INSERT INTO stock
                    (variant_id, quantity, cost, tracked, backorder_limit, updated_at)
                SELECT new_variant_id, 0, cost, coalesce(tracked, true),
                    CASE WHEN backorder_limit IS NULL THEN 0 ELSE {said_limit} END,
                    :moment
                FROM new_variants
                WHERE group_row BETWEEN :first AND :last
                """,
                said_limit=Fragment(SAID_LIMIT, said=Fragment("new_variants")),
            )
        ),
        values,
    )
    session.execute(
        text(
            """
            INSERT INTO stock_movements
                (variant_id, delta, reason, import_id, user_id, created_at)
            SELECT new_variant_id, quantity, 'import', :import_id, :user_id, :moment
            FROM new_variants
            WHERE group_row BETWEEN :first AND :last AND quantity > 0
            ORDER BY new_variant_id
            """
        ),
        {**values, **ledger._asdict()},
    )
    return made.rowcount
