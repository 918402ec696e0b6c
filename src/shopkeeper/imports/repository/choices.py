"""What the rows of an import are of the options of their products.

`matched.choice` says it: a list of names and values, in the order of the options. A
product whose rows tell no options in which they differ differs in the sku.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.models.base import COLLATION

# In what variants differ of which the file tells nothing but the sku.
BY_SKU = "SKU"


def _key(expression: str) -> Fragment:
    return Fragment(f"lower({expression} COLLATE {COLLATION})")


_NAME_KEY = _key("(option.told->>0)")
# One row for each option that a row tells.
_TOLD = Fragment(
    """
    SELECT matched.row, group_row, group_rows, sku_key, sku, product_id, option.place,
        option.told->>0 AS name, {name_key} AS name_key, option.told->>1 AS value
    FROM matched, jsonb_array_elements(told_options)
        WITH ORDINALITY AS option (told, place)
    """,
    name_key=_NAME_KEY,
)


def choose(session: Session, *, are_said: bool) -> None:
    """Find what each row is of the options of its product.

    Args:
        session: The import's transaction, its rows matched.
        are_said: Whether the options that rows tell are meant as such, and not only
            columns that may be some.
    """
    has_several = session.scalar(
        text(
            "SELECT EXISTS (SELECT FROM matched WHERE group_rows > 1"
            " OR option_count > 0 OR (:said AND told_options IS NOT NULL))"
        ),
        {"said": are_said},
    )
    if not has_several:
        return
    _choose_for_known_options(session)
    _choose_for_new_options(session, are_said=are_said)
    _choose_by_sku(session)


def _choose_for_known_options(session: Session) -> None:
    """What rows are of the options that their product has."""
    session.execute(
        text(
            Fragment(
                """
                WITH told AS ({told} WHERE option_count > 0
                    UNION ALL
                    SELECT matched.row, group_row, group_rows, sku_key, sku, product_id,
                        1, '{sku}', lower('{sku}'), sku
                    FROM matched
                    WHERE option_count = 1 AND sku IS NOT NULL AND NOT EXISTS (
                        SELECT FROM jsonb_array_elements(told_options) AS option (told)
                        WHERE {name_key} = lower('{sku}')
                    )
                ), chosen AS (
                    SELECT told.row, told.product_id,
                        jsonb_agg(
                            jsonb_build_array(options.name, told.value)
                            ORDER BY options.position
                        ) AS choice,
                        array_agg(value.id ORDER BY options.position) AS value_ids
                    FROM told
                    JOIN product_options AS options
                        ON options.product_id = told.product_id
                        AND lower(options.name) = told.name_key
                    LEFT JOIN option_values AS value ON value.option_id = options.id
                        AND lower(value.value) = {value_key}
                    GROUP BY told.row, told.product_id
                )
                UPDATE matched
                SET choice = chosen.choice, value_ids = chosen.value_ids
                FROM chosen
                WHERE chosen.row = matched.row
                    AND jsonb_array_length(chosen.choice) = matched.option_count
                """,
                told=_TOLD,
                sku=Fragment(BY_SKU),
                name_key=_NAME_KEY,
                value_key=_key("told.value"),
            )
        )
    )
    session.execute(
        text(
            """
            UPDATE matched SET variant_id = variants.id
            FROM variants
            WHERE matched.variant_id IS NULL AND matched.choice IS NOT NULL
                AND variants.product_id = matched.product_id
                AND variants.removed_at IS NULL
                AND variants.value_ids = matched.value_ids
            """
        )
    )


def _choose_for_new_options(session: Session, *, are_said: bool) -> None:
    """What rows are of the options that their product is to have.

    Of columns that may be options, those in which the rows of a product differ; they
    are, if no two rows are the same in them.
    """
    session.execute(
        text(
            Fragment(
                """
                WITH told AS (
                    {told} WHERE option_count = 0 AND (group_rows > 1 OR :said)
                ), kept AS (
                    SELECT group_row, name_key, min(place) AS place,
                        (array_agg(name ORDER BY row))[1] AS name
                    FROM told
                    GROUP BY group_row, name_key
                    HAVING :said OR (
                        count(DISTINCT {value_key}) > 1 AND count(*) = max(group_rows)
                    )
                ), picked AS (
                    SELECT told.row, told.group_row, max(told.group_rows) AS group_rows,
                        jsonb_agg(
                            jsonb_build_array(kept.name, told.value) ORDER BY kept.place
                        ) AS choice
                    FROM told JOIN kept USING (group_row, name_key)
                    GROUP BY told.row, told.group_row
                ), sound AS (
                    SELECT group_row FROM picked GROUP BY group_row
                    HAVING :said OR (
                        count(*) = max(group_rows)
                        AND count(DISTINCT {choice_key}) = count(*)
                    )
                )
                UPDATE matched SET choice = picked.choice
                FROM picked JOIN sound USING (group_row)
                WHERE picked.row = matched.row
                """,
                told=_TOLD,
                value_key=_key("value"),
                choice_key=_key("CAST(choice AS text)"),
            )
        ),
        {"said": are_said},
    )


def _choose_by_sku(session: Session) -> None:
    """Rows of a product that differ in nothing else differ in their sku."""
    session.execute(
        text(
            """
            WITH several AS (
                SELECT group_row FROM matched
                WHERE option_count = 0 AND group_rows > 1
                GROUP BY group_row
                HAVING count(choice) = 0 AND count(DISTINCT sku_key) > 1
            )
            UPDATE matched
            SET choice = jsonb_build_array(jsonb_build_array(CAST(:name AS text), sku))
            FROM several
            WHERE several.group_row = matched.group_row AND sku IS NOT NULL
            """
        ),
        {"name": BY_SKU},
    )
