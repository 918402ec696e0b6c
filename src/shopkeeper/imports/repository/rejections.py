"""What is wrong with the rows of an import: found, set aside, and kept to be told."""

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.imports.columns import AS_WRITTEN
from shopkeeper.imports.repository.rules import Rule, rules_for_the_rest

REJECTIONS = """
CREATE TEMPORARY TABLE rejections (
    row integer, "column" text, code text, message text, value text
) ON COMMIT DROP
"""


def reject(session: Session, rules: Iterable[Rule]) -> None:
    """Note what is wrong with rows: what the reader found, and what rules say."""
    session.execute(text(REJECTIONS))
    session.execute(
        text(
            """
            INSERT INTO rejections
            SELECT fault.row, fault."column", fault.code, fault.message, fault.value
            FROM staged, jsonb_to_recordset(staged.faults) AS fault
                (row integer, "column" text, code text, message text, value text)
            WHERE staged.faults IS NOT NULL
            """
        )
    )
    apply_rules(session, rules)


def apply_rules(session: Session, rules: Iterable[Rule]) -> None:
    """Note which of the planned rows do not keep to rules."""
    for rule in rules:
        session.execute(
            text(
                Fragment(
                    """
                    INSERT INTO rejections
                    SELECT row, CAST(:column AS text), CAST(:code AS text), {message},
                        left(CAST({column} AS text), 200)
                    FROM planned
                    WHERE ({condition})
                        AND NOT coalesce(faults @> CAST(:known AS jsonb), false)
                        AND NOT coalesce(faults @> '[{"column": null}]', false)
                    """,
                    message=Fragment(rule.message),
                    column=Fragment(rule.column),
                    condition=Fragment(rule.condition),
                )
            ),
            {
                "column": rule.column,
                "code": rule.code,
                "told": rule.told,
                # What the reader has refused already needs no second reason.
                "known": json.dumps([{"column": rule.column}]),
            },
        )


def take_out_rejected(session: Session, *, are_options_said: bool) -> int:
    """How many rows have a fault; they are taken out of `planned`.

    So is what cannot be without them; and a row that is left alone of those that
    would have been variants is a product without options.
    """
    _take_out(session)
    if not are_options_said:
        session.execute(
            text(
                """
                UPDATE planned SET choice = NULL
                WHERE option_count = 0 AND choice IS NOT NULL
                    AND (product_id IS NULL OR variant_id IS NOT NULL)
                    AND NOT EXISTS (
                    SELECT FROM planned AS other
                    WHERE other.group_row = planned.group_row
                        AND other.row <> planned.row
                )
                """
            )
        )
    apply_rules(session, rules_for_the_rest())
    return _take_out(session)


def _take_out(session: Session) -> int:
    session.execute(
        text(
            "DELETE FROM planned"
            " WHERE EXISTS (SELECT FROM rejections WHERE rejections.row = planned.row)"
        )
    )
    return session.scalar(text("SELECT count(DISTINCT row) FROM rejections")) or 0


def keep_rejections(
    session: Session,
    import_id: int,
    header: Sequence[str],
    columns: Mapping[str, str],
    mark: str,
) -> None:
    """Keep every fault and every bad row beyond this transaction.

    Args:
        session: The import's transaction.
        import_id: Under which they are kept.
        header: The headers of the file.
        columns: The header of each column of ours.
        mark: What separates decimals in the file.
    """
    session.execute(
        text(
            """
            INSERT INTO import_errors
                (import_id, row, place, "column", code, message, value)
            SELECT :import_id, row,
                row_number() OVER (
                    PARTITION BY row
                    ORDER BY
                        coalesce(
                            array_position(CAST(:columns AS text[]), "column"), 0
                        ),
                        code
                ),
                "column", code, message, value
            FROM rejections
            """
        ),
        {"import_id": import_id, "columns": list(columns)},
    )
    session.execute(
        text(
            """
            INSERT INTO import_rejected_rows (import_id, row, cells)
            SELECT :import_id, row, string_to_array(cells, E'\\x1f')
            FROM staged
            WHERE row IN (SELECT row FROM rejections)
            """
        ),
        {"import_id": import_id},
    )
    for column in AS_WRITTEN:
        if column in columns:
            place = list(header).index(columns[column]) + 1
            _write_plainly(session, import_id, column, place, mark)


def _write_plainly(
    session: Session, import_id: int, column: str, place: int, mark: str
) -> None:
    """Write a number of a bad row as no one can read it in two ways.

    `1,250` was understood by the whole column; without the good rows, nobody
    could. Three decimals get a fourth, which thousands cannot have. All other
    numbers stay as they stand in the file.
    """
    session.execute(
        text(
            Fragment(
                """
                UPDATE import_rejected_rows AS kept
                SET cells[:place] = replace(
                    CAST(
                        CASE
                            WHEN scale(trim_scale(CAST(staged.{column} AS numeric))) = 3
                            THEN round(staged.{column}, 4)
                            ELSE trim_scale(CAST(staged.{column} AS numeric))
                        END
                        AS text
                    ),
                    '.',
                    :mark
                )
                FROM staged
                WHERE kept.import_id = :import_id AND kept.row = staged.row
                    AND staged.{column} IS NOT NULL
                    AND kept.cells[:place]
                        ~ '^[^0-9]*[1-9][0-9]{0,2}[.,][0-9]{3}[^0-9]*$'
                """,
                column=Fragment(column),
            )
        ),
        {"import_id": import_id, "place": place, "mark": mark},
    )
