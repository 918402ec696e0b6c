"""What an import is to do with each of its rows, in `planned`; of each product once."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.imports.columns import OF_A_VARIANT, OPTIONAL
from shopkeeper.imports.repository.choices import choose
from shopkeeper.imports.repository.matching import match, match_only_variants
from shopkeeper.imports.repository.shelves import find_shelves
from shopkeeper.models.base import COLLATION
from shopkeeper.models.location import MAIN

_CHOICE_NAMES = Fragment("lower(jsonb_path_query_array(choice, '$[*][0]')::text)")


ANALYZED = """
ANALYZE planned (row, group_row, product_id, variant_id, option_count, group_choices,
    category_key, choice)
"""


class Defaults(NamedTuple):
    """What new products get of which their row says nothing."""

    category: str | None
    quantity: int | None
    status: str | None = None


def plan(  # What the file and its user say.
    session: Session,
    columns: Sequence[str],
    match_by: str,
    defaults: Defaults,
    *,
    are_options_said: bool = False,
) -> None:
    """Find out what each row is to do, in `planned`.

    Args:
        session: The import's transaction, its rows staged.
        columns: Which of our columns the file has.
        match_by: `name` or `sku`: what tells the product.
        defaults: For new products.
        are_options_said: Whether rows tell options as such.
    """
    _name_families(session)
    match(session, columns, match_by)
    choose(session, are_said=are_options_said)
    if match_by == "name":
        match_only_variants(session)
    _fill_in_groups(session)
    _fill_in(session, defaults)
    find_shelves(session)
    session.execute(
        text(
            Fragment(
                """
                CREATE TEMPORARY TABLE planned ON COMMIT DROP AS
                SELECT
                    matched.*,
                    categories.id AS category_id,
                    CASE WHEN categories.id IS NULL THEN (
                        SELECT string_agg(path, ', ' ORDER BY path)
                        FROM categories AS meant
                        WHERE meant.removed_at IS NULL
                            AND lower(meant.name) = matched.category_key
                    ) END AS meant_paths,
                    variants.sku AS product_sku,
                    variants.value_ids AS known_value_ids,
                    stock.quantity AS stock_quantity,
                    bool_or(matched.variant_id IS NOT NULL) OVER same_product
                        AS is_known_in_part,
                    count(choice) OVER same_product AS group_choices,
                    CASE WHEN matched.product_id IS NULL THEN 0 ELSE variant_count END
                        + count(*) FILTER (WHERE matched.variant_id IS NULL)
                        OVER same_product AS variants_then,
                    first_value(matched.family) OVER (
                        same_product ORDER BY matched.row
                    ) AS first_family,
                    first_value(matched.brand) OVER (
                        same_product ORDER BY matched.row
                    ) AS first_brand,
                    first_value(matched.status) OVER (
                        same_product ORDER BY matched.row
                    ) AS first_status,
                    min(row) FILTER (WHERE faults IS NULL) OVER same_product
                        AS first_sound_row,
                    first_value(matched.category) OVER (
                        same_product ORDER BY matched.row
                    ) AS first_category,
                    first_value(matched.name) OVER (
                        same_product ORDER BY matched.row
                    ) AS first_name,
                    {names} AS choice_names,
                    first_value({names}) OVER (
                        same_product ORDER BY choice IS NULL, matched.row
                    ) AS first_choice_names,
                    min(row) FILTER (WHERE faults IS NULL)
                        OVER (PARTITION BY group_row, {choice_key}) AS first_choice_row,
                    min(row) FILTER (WHERE faults IS NULL)
                        OVER (PARTITION BY matched.variant_id) AS first_variant_row,
                    matched.variant_id IS NOT NULL
                        AND ({differs_in_variant} OR {is_kept_otherwise})
                        AS differs_in_variant,
                    matched.variant_id IS NOT NULL AND {is_kept_otherwise}
                        AS is_kept_otherwise,
                    matched.variant_id IS NOT NULL AND ({is_revalued}) AS is_revalued
                FROM matched
                LEFT JOIN variants ON variants.id = matched.variant_id
                LEFT JOIN stock ON stock.variant_id = matched.variant_id
                    AND stock.location_id = {main}
                LEFT JOIN categories ON categories.removed_at IS NULL
                    AND lower(categories.path) = matched.category_key
                WINDOW same_product AS (PARTITION BY group_row)
                """,
                names=_CHOICE_NAMES,
                choice_key=Fragment(f"lower(choice::text COLLATE {COLLATION})"),
                differs_in_variant=differs(
                    "matched", "variants", [c for c in columns if c in OF_A_VARIANT]
                ),
                is_kept_otherwise=_is_kept_otherwise(columns),
                is_revalued=_is_revalued(columns),
                main=MAIN,
            )
        )
    )
    session.execute(text("CREATE INDEX ON planned (row)"))
    session.execute(text("CREATE INDEX ON planned (group_row)"))
    session.execute(text(ANALYZED))


def _name_families(session: Session) -> None:
    """Rows that their file says to be of one product have its name."""
    session.execute(
        text(
            """
            UPDATE staged SET name = named.name
            FROM (
                SELECT DISTINCT ON (family) family, name FROM staged
                WHERE family IS NOT NULL AND name IS NOT NULL
                ORDER BY family, row
            ) AS named
            WHERE staged.family = named.family
                AND staged.name IS DISTINCT FROM named.name
            """
        )
    )


def _fill_in_groups(session: Session) -> None:
    """The first row of a product that tells something of it tells it for all."""
    session.execute(
        text(
            """
            UPDATE matched
            SET name = coalesce(matched.name, told.name),
                category = coalesce(matched.category, told.category),
                category_key = coalesce(matched.category_key, lower(told.category)),
                description = coalesce(matched.description, told.description),
                brand = coalesce(matched.brand, told.brand),
                tax_class = coalesce(matched.tax_class, told.tax_class),
                status = coalesce(matched.status, told.status),
                tags = CASE WHEN cardinality(matched.tags) > 0 THEN matched.tags
                    ELSE coalesce(CAST(told.tags AS text[]), '{}') END
            FROM (
                SELECT group_row,
                    (array_agg(name ORDER BY row) FILTER (WHERE name IS NOT NULL))[1]
                        AS name,
                    (
                        array_agg(category ORDER BY row)
                        FILTER (WHERE category IS NOT NULL)
                    )[1] AS category,
                    (
                        array_agg(description ORDER BY row)
                        FILTER (WHERE description IS NOT NULL)
                    )[1] AS description,
                    (
                        array_agg(CAST(tags AS text) ORDER BY row)
                        FILTER (WHERE cardinality(tags) > 0)
                    )[1] AS tags,
                    (
                        array_agg(tax_class ORDER BY row)
                        FILTER (WHERE tax_class IS NOT NULL)
                    )[1] AS tax_class,
                    (array_agg(brand ORDER BY row) FILTER (WHERE brand IS NOT NULL))[1]
                        AS brand,
                    (
                        array_agg(status ORDER BY row) FILTER (WHERE status IS NOT NULL)
                    )[1] AS status
                FROM matched WHERE group_rows > 1
                GROUP BY group_row
            ) AS told
            WHERE told.group_row = matched.group_row
            """
        )
    )


def _fill_in(session: Session, defaults: Defaults) -> None:
    """Give new products what their row does not tell; a bad cell tells something."""
    if defaults.category is not None:
        session.execute(
            text(
                """
                UPDATE matched
                SET category = :category, category_key = lower(:category)
                WHERE product_id IS NULL AND category IS NULL
                    AND NOT coalesce(faults @> '[{"column": "category"}]', false)
                """
            ),
            {"category": defaults.category},
        )
    if defaults.status is not None:
        session.execute(
            text(
                "UPDATE matched SET status = :status"
                " WHERE product_id IS NULL AND status IS NULL"
            ),
            {"status": defaults.status},
        )
    if defaults.quantity is not None:
        session.execute(
            text(
                """
                UPDATE matched SET quantity = :quantity
                WHERE variant_id IS NULL AND quantity IS NULL
                    AND NOT coalesce(faults @> '[{"column": "quantity"}]', false)
                """
            ),
            {"quantity": defaults.quantity},
        )


def differs(said: str, known: str, columns: Sequence[str]) -> Fragment:
    """Whether what is said would change what is known, of these columns.

    An empty cell says nothing of what cannot be empty, and empties the rest; a cell
    that is not there says nothing.
    """
    conditions = []
    for column in columns:
        parts = {
            "said": Fragment(f"{said}.{column}"),
            "known": Fragment(f"{known}.{column}"),
        }
        if column in OPTIONAL:
            condition = Fragment(
                "({said} IS DISTINCT FROM {known} AND '{column}' <> ALL ({unsaid}))",
                column=Fragment(column),
                unsaid=Fragment(f"{said}.unsaid"),
                **parts,
            )
        else:
            condition = Fragment("coalesce({said} <> {known}, false)", **parts)
        conditions.append(condition)
    return Fragment.joined(" OR ", conditions or [Fragment("false")])


# What a row says of the limit, where it says something.
SAID_LIMIT = Fragment(
    """
    CASE {said}.backorder_limit
        WHEN 'unlimited' THEN NULL ELSE CAST({said}.backorder_limit AS integer) END
    """
)


def _is_kept_otherwise(columns: Sequence[str]) -> Fragment:
    """Whether a row says another way to keep the stock."""
    conditions = []
    if "tracked" in columns:
        conditions.append(Fragment("coalesce(matched.tracked <> stock.tracked, false)"))
    if "backorder_limit" in columns:
        conditions.append(
            Fragment(
                "(matched.backorder_limit IS NOT NULL"
                " AND {limit} IS DISTINCT FROM stock.backorder_limit)",
                limit=Fragment(SAID_LIMIT, said=Fragment("matched")),
            )
        )
    any_of = Fragment.joined(" OR ", conditions or [Fragment("false")])
    return Fragment("({any_of})", any_of=any_of)


def _is_revalued(columns: Sequence[str]) -> Fragment:
    """Whether a row says another cost, of the decimals that are shown of it."""
    if "cost" not in columns:
        return Fragment("false")
    return Fragment(
        "matched.cost IS DISTINCT FROM round(stock.cost, 4)"
        " AND 'cost' <> ALL (matched.unsaid)"
    )
