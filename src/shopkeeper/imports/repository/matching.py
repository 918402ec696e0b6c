"""An import's rows matched with the catalogue, and with each other: `matched`.

Rows of one product stand in one group. A row is matched with its product by the
name or the sku, with its variant by the sku, by its options (see `choices`), or as
the only one that there is.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.imports.columns import COLUMN_NAMES

_COLUMNS = {name: Fragment(name) for name in COLUMN_NAMES}
_COLUMNS["tags"] = Fragment("coalesce(tags, '{}') AS tags")  # None are a list, too.
# The product that a row is about, and the variant of it that its sku tells.
_MATCHES = {
    "name": Fragment(
        """
        LEFT JOIN products ON products.removed_at IS NULL
            AND lower(products.name) = keyed.name_key
        LEFT JOIN variants ON variants.removed_at IS NULL
            AND variants.product_id = products.id
            AND lower(variants.sku) = keyed.sku_key
        """
    ),
    # A sku that nobody has yet is one more of the product that the rows of the same
    # name are about, or that has this name and options to differ in.
    "sku": Fragment(
        """
        LEFT JOIN variants ON variants.removed_at IS NULL
            AND lower(variants.sku) = keyed.sku_key
        LEFT JOIN products ON products.removed_at IS NULL
            AND products.id = variants.product_id
        """
    ),
}
_PRODUCT_IDS = {
    "name": Fragment("products.id"),
    "sku": Fragment(
        """
        coalesce(
            products.id,
            CASE WHEN keyed.sku_key IS NOT NULL
                AND coalesce(keyed.family, keyed.name_key) IS NOT NULL
            THEN coalesce(
                min(products.id) OVER (
                    PARTITION BY coalesce(keyed.family, keyed.name_key)
                ),
                {several}
            ) END
        )
        """
    ),
}
# Whose the name or the sku is that a row would give its product.
_OWNERS = {
    "name": Fragment(
        "LEFT JOIN products AS owner ON owner.removed_at IS NULL"
        " AND lower(owner.name) = keyed.name_key"
    ),
    "sku": Fragment(
        "LEFT JOIN variants AS owner ON owner.removed_at IS NULL"
        " AND lower(owner.sku) = keyed.sku_key"
    ),
}
_OWNER_IDS = {"name": Fragment("owner.id"), "sku": Fragment("owner.product_id")}


# What plans are made by; the rest is wide, and never asked about.
ANALYZED = """
ANALYZE matched (row, group_row, group_rows, product_id, variant_id, option_count,
    sku_key, category_key)
"""


def match(session: Session, columns: Sequence[str], match_by: str) -> None:
    """Match every row with the catalogue, in `matched`.

    Args:
        session: The import's transaction, its rows staged.
        columns: Which of our columns the file has.
        match_by: `name` or `sku`: what tells the product.
    """
    owner_by = "sku" if match_by == "name" else "name"
    owner, owner_id = Fragment(""), Fragment("NULL::bigint")
    if owner_by in columns:
        owner, owner_id = _OWNERS[owner_by], _OWNER_IDS[owner_by]
    several = Fragment("NULL::bigint")
    if owner_by == "name" and owner:
        several = Fragment("CASE WHEN owner.option_count > 0 THEN owner.id END")
    product_id = _PRODUCT_IDS[match_by]
    if match_by == "sku":
        product_id = Fragment(product_id, several=several)
    session.execute(
        text(
            Fragment(
                """
                CREATE TEMPORARY TABLE matched ON COMMIT DROP AS
                WITH keyed AS (
                    SELECT
                        row, {columns}, faults, coalesce(unsaid, '{}') AS unsaid,
                        CAST(options AS jsonb) AS told_options, family,
                        lower(name) AS name_key,
                        lower(sku) AS sku_key,
                        lower(category) AS category_key,
                        {first_name_row} AS first_name_row,
                        {first_sku_row} AS first_sku_row
                    FROM staged
                ),
                found AS (
                    SELECT keyed.*, {product_id} AS product_id,
                        variants.id AS variant_id, {owner_id} AS owner_id
                    FROM keyed
                    {match}
                    {owner}
                ),
                grouped AS (
                    SELECT *, min(row) OVER same_product AS group_row,
                        count(*) OVER same_product AS group_rows
                    FROM found
                    WINDOW same_product AS (
                        PARTITION BY CASE
                            WHEN product_id IS NOT NULL THEN 'p' || product_id
                            WHEN family IS NOT NULL THEN 'f' || family
                            WHEN name_key IS NOT NULL THEN 'n' || name_key
                            ELSE 'r' || row
                        END
                    )
                )
                SELECT grouped.*,
                    coalesce(products.option_count, 0) AS option_count,
                    products.default_variant_id,
                    coalesce(products.variant_count, 1) AS variant_count,
                    NULL::jsonb AS choice, NULL::bigint[] AS value_ids
                FROM grouped LEFT JOIN products ON products.id = grouped.product_id
                """,
                columns=Fragment.joined(", ", [_COLUMNS[c] for c in COLUMN_NAMES]),
                first_name_row=_first_row_with("name", columns),
                first_sku_row=_first_row_with("sku", columns),
                product_id=product_id,
                owner_id=owner_id,
                match=_MATCHES[match_by],
                owner=owner,
            )
        )
    )
    session.execute(text("CREATE INDEX ON matched (row)"))
    session.execute(text(ANALYZED))


def match_only_variants(session: Session) -> None:
    """A row that tells no options, of a product that has one variant, is about that."""
    session.execute(
        text(
            """
            UPDATE matched SET variant_id = default_variant_id
            WHERE variant_id IS NULL AND product_id IS NOT NULL AND variant_count = 1
                AND (
                    (group_rows = 1 AND option_count = 0)
                    OR group_row NOT IN (
                        SELECT group_row FROM matched WHERE choice IS NOT NULL
                    )
                )
            """
        )
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
