"""One list of columns, of which staging, COPY, exports and options are made."""

import pandas as pd
import pytest
from testing.world import World

from shopkeeper.imports.columns import (
    AS_WRITTEN,
    COLUMN_NAMES,
    COLUMNS,
    MONEY,
    NUMERIC,
    OF_A_PRODUCT,
    OF_A_VARIANT,
    OF_STOCK,
    REQUIRED,
    Listed,
    Notation,
    ProductColumn,
)
from shopkeeper.imports.repository.staging import COPY, STAGED
from shopkeeper.imports.sheets.numbers import DecimalMark
from shopkeeper.imports.sheets.product_sheets import _as_text, examples
from shopkeeper.imports.sheets.words import STATUS_HEADERS, meanings


@pytest.mark.parametrize("column", COLUMNS, ids=COLUMN_NAMES)
def test_what_a_column_writes_it_reads(column: ProductColumn) -> None:
    at = COLUMN_NAMES.index(column.name)
    written = [_as_text(product, 0)[at] for product in examples()]
    notation = Notation({column.name: DecimalMark.POINT})

    values, faults = column.cells(notation).clean(pd.Series(written, dtype="str"))

    assert faults == {}
    if column.name == "tags":  # As PostgreSQL reads a list.
        written = ['{"desk","walnut"}', ""]
    assert values == [text or None for text in written]


@pytest.mark.parametrize("column", COLUMNS, ids=COLUMN_NAMES)
def test_a_column_is_meant_by_its_own_headers(column: ProductColumn) -> None:
    if column.name == "status":  # There are several, and none is the column alone.
        assert column.name in STATUS_HEADERS
        return
    assert (column.name, True) in meanings(column.name)
    for header in column.headers:
        assert (column.name, True) in meanings(header)
    for header in column.vague_headers:
        assert meanings(header) == [(column.name, False)]


def test_no_header_means_two_columns() -> None:
    said = [header for column in COLUMNS for header in column.headers]

    assert len(said) == len(set(said))


def test_rows_are_handed_over_as_they_are_staged() -> None:
    listed = ", ".join(COLUMN_NAMES)

    assert f"(row, {listed}, cells, faults, unsaid, options, family)" in COPY
    for column in COLUMNS:
        assert f" {column.name} {column.sql_type}" in STAGED


def test_what_follows_from_the_list() -> None:
    assert set(REQUIRED) == {"name", "category", "quantity", "price"}
    assert set(MONEY) == {"price", "cost", "compare_at_price"}
    measures = {"length_mm", "width_mm", "height_mm"}
    assert set(NUMERIC) == {*MONEY, "quantity", "weight_grams", *measures}
    assert set(NUMERIC) - set(AS_WRITTEN) == {"weight_grams"}
    assert {name for name in vars(Listed) if not name.startswith("_")} == {
        *COLUMN_NAMES,
        "option_names",
        "option_values",
        "most_options",
    }


def test_every_column_changes_a_product_or_its_stock() -> None:
    of_stock, own = {"quantity", "cost", *OF_STOCK}, {"category"}

    assert {*OF_A_VARIANT, *OF_A_PRODUCT, *of_stock, *own} == {*COLUMN_NAMES}


def test_a_template_has_them_in_their_order(world: World) -> None:
    template = world.manager.get("/products/import-template").text

    header, *rows = template.splitlines()
    assert header.split(",") == [*COLUMN_NAMES]
    assert len(rows) == 2
