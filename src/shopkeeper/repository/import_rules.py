"""The rules a row of an import has to keep beside the catalogue and the file.

Each is a condition on `planned` (see `import_staging`) that makes a row a bad
one, and what is told of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LARGEST_STOCK = 2**31 - 1


@dataclass(frozen=True)
class Rule:
    """A condition of bad rows; `message` is an expression of SQL."""

    condition: str
    column: str
    code: str
    message: str


def rules_for(
    columns: Sequence[str],
    required: Sequence[str],
    *,
    mode: str,
    match_by: str,
    adding: bool,
    create_categories: bool,
) -> Iterator[Rule]:
    """The rules for a file with these columns, imported in this way."""
    is_new = "product_id IS NULL"
    has_key = f"{match_by} IS NOT NULL"
    yield Rule(f"NOT ({has_key})", match_by, "missing", "'is needed'")
    for column in ("name", "sku"):
        if column in columns:
            yield Rule(
                f"first_{column}_row < row",
                column,
                "duplicate_in_file",
                f"'stands in row ' || first_{column}_row || ' already'",
            )
    if mode == "update":
        yield Rule(
            f"{is_new} AND {has_key}",
            match_by,
            "not_found",
            "'is no product of the catalogue'",
        )
    else:
        for column in required:
            if column != match_by:
                yield Rule(
                    f"{is_new} AND {column} IS NULL",
                    column,
                    "missing",
                    "'is needed for a new product'",
                )
    if mode == "insert":
        yield Rule(
            f"NOT ({is_new})",
            match_by,
            "already_exists",
            "'is that of product ' || product_id || ' already'",
        )
    other = "sku" if match_by == "name" else "name"
    yield Rule(
        "owner_id IS NOT NULL AND owner_id IS DISTINCT FROM product_id",
        other,
        f"{other}_taken",
        "'is that of product ' || owner_id",
    )
    if not create_categories:
        yield Rule(
            "category IS NOT NULL AND category_id IS NULL",
            "category",
            "category_not_found",
            "'is no category'",
        )
    if adding:
        yield Rule(
            f"stock_quantity + quantity > {LARGEST_STOCK}",
            "quantity",
            "too_large",
            "'and the ' || stock_quantity || ' in stock are more than can be counted'",
        )
