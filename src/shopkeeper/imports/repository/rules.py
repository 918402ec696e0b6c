"""The rules a row of an import has to keep beside the catalogue and the file.

Each is a condition on `planned` (see `planning`) that makes a row a bad
one, and what is told of it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LARGEST_STOCK = 2**31 - 1
# What a new product may be given by an option.
WITH_DEFAULTS = ("category", "quantity")
# Among fewer columns a name alone is a product whose row is not filled in.
COLUMNS_BESIDE_A_HEADING = 2


@dataclass(frozen=True)
class Rule:
    """A condition of bad rows; `message` is an expression of SQL, or says `told`."""

    condition: str
    column: str
    code: str
    message: str = "CAST(:told AS text)"
    told: str | None = None


def rules_for(
    columns: Sequence[str],
    required: Sequence[str],
    *,
    mode: str,
    match_by: str,
    adding: bool,
    create_categories: bool,
    is_match_said: bool,
    spare_header: str | None,
) -> Iterator[Rule]:
    """The rules for a file with these columns, imported in this way.

    Args:
        columns: Those that the file has.
        required: Those that a new product cannot do without.
        mode: What may happen to a row.
        match_by: What tells that a row is a product we have.
        adding: Whether quantities come on top of what is there.
        create_categories: Whether categories are made.
        is_match_said: Whether `match_by` was chosen, and not left as it is.
        spare_header: One of the file that means nothing to us, for an example.
    """
    is_new = "product_id IS NULL"
    has_key = f"{match_by} IS NOT NULL"
    is_heading = _is_heading(columns) if match_by == "name" else "false"
    yield Rule(f"NOT ({has_key})", match_by, "missing", "'is needed'")
    yield from _once_each(columns)
    # A product that we have would lose its sku to a heading of the same name.
    takes_sku = "product_sku IS NOT NULL" if "sku" in columns else "false"
    is_doubtful = takes_sku if mode == "update" else f"{is_new} OR {takes_sku}"
    yield Rule(
        f"{is_heading} AND ({is_doubtful})",
        "name",
        "heading",
        told="stands alone in its row; if it is the category of the rows below, say"
        " category_from_above=true",
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
                    f"{is_new} AND {column} IS NULL AND NOT ({is_heading})",
                    column,
                    "missing",
                    told=_missing(column, columns, spare_header),
                )
    if match_by == "name":
        yield Rule(
            "variant_count > 1 AND variant_id IS NULL",
            "sku",
            "variant_required",
            "'has to say which of the several variants of product ' || product_id"
            " || ' is meant'",
        )
    if mode == "insert":
        yield Rule(
            f"NOT ({is_new})",
            match_by,
            "already_exists",
            "'is that of product ' || product_id || ' already'",
        )
    if match_by == "name" and "sku" in columns and not is_match_said:
        yield Rule(
            "lower(sku) <> lower(product_sku)",
            "sku",
            "sku_differs",
            "'is not that of product ' || product_id || ', which has this name and the"
            " sku ' || product_sku || '; say match_by=name to change it, match_by=sku"
            " to tell products by their skus'",
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


def _once_each(columns: Sequence[str]) -> Iterator[Rule]:
    """A name and a sku tell one row; a product of variants has a row of each."""
    conditions = {
        "name": "first_name_row < row AND (variant_count = 1 OR product_id IS DISTINCT"
        " FROM (SELECT before.product_id FROM planned AS before"
        " WHERE before.row = planned.first_name_row))",
        "sku": "first_sku_row < row",
    }
    for column, condition in conditions.items():
        if column in columns:
            yield Rule(
                condition,
                column,
                "duplicate_in_file",
                f"'stands in row ' || first_{column}_row || ' already'",
            )


def _is_heading(columns: Sequence[str]) -> str:
    """Whether a row has a name and nothing else, as the heading of others has."""
    others = [column for column in columns if column != "name"]
    if len(others) < COLUMNS_BESIDE_A_HEADING:
        return "false"
    empty = " AND ".join(f"{column} IS NULL" for column in others)
    return f"(name IS NOT NULL AND faults IS NULL AND {empty})"


def _missing(column: str, columns: Sequence[str], spare_header: str | None) -> str:
    """What tells that a new product needs something, and how to say it."""
    needed = "is needed for a new product"
    default = f"default_{column}" if column in WITH_DEFAULTS else None
    if column in columns:
        return f"{needed}; {default} gives one to all" if default else needed
    ways = [f"say {default}"] if default else []
    if spare_header is not None:
        example = json.dumps({spare_header: column}, ensure_ascii=False)
        ways.append(f"say with columns which does, such as columns={example}")
    hint = f": {', or '.join(ways)}" if ways else ""
    return f"{needed}, and no header of the file means it{hint}"
