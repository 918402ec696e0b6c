"""The rules a row of an import has to keep beside the catalogue and the file.

Each is a condition on `planned` (see `planning`) that makes a row a bad
one, and what is told of it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shopkeeper.models.option import MOST_OPTIONS
from shopkeeper.models.variant import MOST_VARIANTS

LARGEST_STOCK = 2**31 - 1
# What a new product may be given by an option.
WITH_DEFAULTS = ("category", "quantity")
OF_THE_PRODUCT = ("name", "category")
# Whether a row puts a variant on sale, and does not say of which options.
IS_ADDED = "variant_id IS NULL"
LACKS_CHOICE = "choice IS NULL"
MAKES_A_VARIANT = (
    "'makes a variant of product ' || product_id || ', which has none yet; a row"
    " with its own sku has to say what it is itself'"
)
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
    yield from _of_one_product()
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
        yield Rule(
            "product_id IS NOT NULL AND variant_id IS NULL AND choice IS NOT NULL",
            match_by,
            "not_found",
            "'is no variant of product ' || product_id",
        )
    else:
        for column in required:
            if column != match_by:
                lacks = is_new if column in OF_THE_PRODUCT else IS_ADDED
                yield Rule(
                    f"{lacks} AND {column} IS NULL AND NOT ({is_heading})",
                    column,
                    "missing",
                    told=_missing(column, columns, spare_header),
                )
    yield from _of_options()
    if mode == "insert":
        yield Rule(
            "variant_id IS NOT NULL",
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
    if match_by == "sku":
        yield Rule(
            "variant_id IS NOT NULL AND product_sku IS NULL"
            " OR lower(sku) <> lower(product_sku)",
            "sku",
            "options_differ",
            "'is not that of product ' || product_id || ', which has these options"
            " already' || coalesce(' with the sku ' || product_sku, '')",
        )
    other = "sku" if match_by == "name" else "name"
    yield Rule(
        "owner_id IS NOT NULL AND owner_id IS DISTINCT FROM product_id",
        other,
        f"{other}_taken",
        "'is that of product ' || owner_id",
    )
    yield Rule(
        "meant_paths IS NOT NULL",
        "category",
        "category_ambiguous",
        "'is the name of several categories: ' || left(meant_paths, 1000)"
        " || '; say which by its path'",
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
    """A name tells one product, a sku and a choice of options one variant of it."""
    if "name" in columns:
        yield Rule(
            "first_name_row < row AND group_row <> (SELECT before.group_row"
            " FROM planned AS before WHERE before.row = planned.first_name_row)",
            "name",
            "duplicate_in_file",
            "'stands in row ' || first_name_row || ' already'",
        )
        # What has no choice of its own, where rows of the same name have none either.
        yield Rule(
            "first_sound_row < row AND group_choices = 0 AND variant_id IS NULL",
            "name",
            "duplicate_in_file",
            "'stands in row ' || first_sound_row || ' already'",
        )
    if "sku" in columns:
        yield Rule(
            "first_sku_row < row",
            "sku",
            "duplicate_in_file",
            "'stands in row ' || first_sku_row || ' already'",
        )
    for kind in ("choice", "variant"):
        condition = "choice" if kind == "choice" else "variant_id"
        other = "" if kind == "choice" else " AND choice IS NULL"
        yield Rule(
            f"{condition} IS NOT NULL{other} AND first_{kind}_row < row"
            " AND (first_sku_row IS NULL OR first_sku_row >= row)",
            "name",
            "duplicate_in_file",
            f"'stands in row ' || first_{kind}_row || ' already, of the same variant'",
        )


def _of_one_product() -> Iterator[Rule]:
    """What rows of one product say of it is the same."""
    for column in ("name", "category", "brand", "status"):
        yield Rule(
            f"group_row < row AND lower({column}) <> lower(first_{column})",
            column,
            "differs_in_file",
            f"'is another than in row ' || group_row || ', ' || first_{column}"
            " || ', which is of the same product'",
        )
    yield Rule(
        "family IS DISTINCT FROM first_family",
        "name",
        "duplicate_in_file",
        "'is that of the product of row ' || group_row || ' already'",
    )


def rules_for_the_rest() -> Iterator[Rule]:
    """The rules for rows that are left when bad ones are out."""
    yield Rule(
        "product_id IS NOT NULL AND option_count = 0 AND choice IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM planned AS own WHERE own.choice IS NOT NULL"
        " AND own.group_row = planned.group_row AND own.variant_id IS NOT NULL)",
        "sku",
        "variant_required",
        MAKES_A_VARIANT,
    )


def _of_options() -> Iterator[Rule]:
    """Each variant of a product tells what it is of its options, and only of these."""
    yield Rule(
        f"product_id IS NOT NULL AND variant_id IS NULL AND ({LACKS_CHOICE})"
        " AND group_choices = 0",
        "sku",
        "variant_required",
        "'has to say which of the several variants of product ' || product_id"
        " || ' is meant'",
    )
    yield Rule(
        f"({LACKS_CHOICE}) AND group_choices > 0 AND (variant_id IS NULL"
        " OR option_count = 0)",
        "sku",
        "missing",
        "'is needed, or what it is of the options, where rows of one product differ in"
        " them'",
    )
    yield Rule(
        "product_id IS NOT NULL AND option_count = 0 AND choice IS NOT NULL"
        " AND variant_id IS NULL AND NOT is_known_in_part",
        "sku",
        "variant_required",
        MAKES_A_VARIANT,
    )
    yield Rule(
        "option_count = 0 AND choice_names <> first_choice_names",
        "name",
        "options_differ",
        "'has other options than the rows of the same product before'",
    )
    yield Rule(
        "option_count > 0 AND variant_id IS NOT NULL AND choice IS NOT NULL"
        " AND value_ids IS DISTINCT FROM known_value_ids",
        "sku",
        "options_differ",
        "'is that of a variant of product ' || product_id || ' with other options'",
    )
    yield Rule(
        f"jsonb_array_length(choice) > {MOST_OPTIONS}",
        "name",
        "too_many_options",
        f"'has more than {MOST_OPTIONS} options'",
    )
    yield Rule(
        f"variants_then > {MOST_VARIANTS} AND {IS_ADDED}",
        "name",
        "too_many_variants",
        f"'has more than {MOST_VARIANTS} variants'",
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
