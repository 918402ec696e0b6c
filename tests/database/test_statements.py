"""What rows are made of, SQL made of parts, and every statement of the shop."""

import gc
import importlib
import pkgutil
from typing import Any, NamedTuple

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

import shopkeeper
from shopkeeper.catalogue.repository.lists import (
    ProductFilters,
    ProductOrder,
    ask_for_products,
)
from shopkeeper.database.sessions import Readers
from shopkeeper.database.statements import (
    Batch,
    Fragment,
    Statement,
    columns,
    scalar,
    texts,
)
from shopkeeper.database.statements.compiled import Compiled, labels_of
from shopkeeper.database.statements.rows import row_reader
from shopkeeper.orders.repository.lists import (
    OrderFilters,
    OrderOrder,
    ask_for_orders,
)


class Name(NamedTuple):
    first: str
    last: str = "Doe"


class Couple(NamedTuple):
    one: Name
    other: Name | None
    years: int


@pytest.mark.parametrize(
    ("labels", "row", "couple"),
    [
        (
            ["one.first", "one.last", "other.first", "other.last", "years"],
            ("Ada", "King", "Ann", "Lee", 3),
            Couple(Name("Ada", "King"), Name("Ann", "Lee"), 3),
        ),
        (
            ["years", "other.last", "one.last", "other.first", "one.first"],
            (3, "Lee", "King", "Ann", "Ada"),
            Couple(Name("Ada", "King"), Name("Ann", "Lee"), 3),
        ),
        (
            ["one.first", "other.first", "other.last", "years"],
            ("Ada", None, None, 3),
            Couple(Name("Ada", "Doe"), None, 3),
        ),
    ],
)
def test_rows_are_made_by_the_labels_of_columns(
    labels: list[str], row: tuple[Any, ...], couple: Couple
) -> None:
    assert row_reader(Couple, labels)(row) == couple


@pytest.mark.parametrize(
    "labels",
    [
        ["one.first", "years"],  # The other is missing.
        ["one.first", "other.first", "years", "days"],
        ["one.first", "one.first", "other.first", "years"],
        ["one.first", "one.middle", "other.first", "years"],
        ["one", "one.first", "other.first", "years"],
    ],
)
def test_columns_that_are_not_what_a_row_is_made_of_are_refused(
    labels: list[str],
) -> None:
    with pytest.raises(TypeError, match="is not made of"):
        row_reader(Couple, labels)


def test_a_scalar_is_one_column() -> None:
    assert row_reader(scalar, ["count"])((7,)) == 7
    with pytest.raises(TypeError, match="is not made of"):
        row_reader(scalar, ["a", "b"])


def test_sql_is_made_of_sql_of_ours_alone() -> None:
    mine = Fragment("user_id = :user_id")
    most = Fragment("LIMIT {n}", n=20)

    assert (
        Fragment("SELECT '{}' FROM orders WHERE {mine} {most}", mine=mine, most=most)
        == "SELECT '{}' FROM orders WHERE user_id = :user_id LIMIT 20"
    )
    later = Fragment("SELECT {what} FROM {table}", table=Fragment("orders"))
    assert Fragment(later, what=Fragment("id")) == "SELECT id FROM orders"
    assert columns(Fragment("a"), ["x", "y"], "b") == 'a.x AS "b.x", a.y AS "b.y"'


@pytest.mark.parametrize("part", ["1; DROP TABLE orders", True, 1.5])
def test_what_somebody_sent_is_no_part_of_sql(part: Any) -> None:
    with pytest.raises(TypeError, match="no SQL of ours"):
        Fragment("SELECT {it}", it=part)
    with pytest.raises(TypeError, match="no SQL of ours"):
        Fragment.joined(" AND ", [part])


def test_a_part_that_is_not_named_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="no parts of this fragment"):
        Fragment("SELECT 1", it=Fragment("2"))


def statements_of_the_shop() -> list[Compiled[Any]]:
    """All that its modules keep compiled, and lists asked for in every way."""
    for module in pkgutil.walk_packages(shopkeeper.__path__, "shopkeeper."):
        if not module.name.endswith(("__main__", "env")):
            importlib.import_module(module.name)
    batch = Batch()
    for column in ("created_at", "executed_at", "updated_at"):
        some = OrderFilters(search="some tea", payment="due")
        ask_for_orders(batch, some, OrderOrder(column), 20)
    for column in ("name", "price", "created_at"):
        wanted = ProductFilters(search="some tea", in_stock=True)
        ask_for_products(batch, wanted, ProductOrder(column), 20)
    return [it for it in gc.get_objects() if type(it) is Statement]


def test_every_statement_is_sql_whose_rows_are_what_it_says(
    shared_engine: Engine,
) -> None:
    found = statements_of_the_shop()
    with Readers(shared_engine)() as session, session.connection() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        for number, statement in enumerate(found):
            name = f"checked_{number}".encode()
            prepared = driver.pgconn.prepare(name, statement.sql.encode())
            assert not prepared.error_message, statement.sql
            described = driver.pgconn.describe_prepared(name)
            row_reader(statement.row, labels_of(described))
            driver.pgconn.exec_(b"DEALLOCATE " + name)

    assert len({statement.sql for statement in found}) > 20


LETTERS = st.characters(exclude_characters="\0", codec="utf-8")


@given(values=st.lists(st.none() | st.text(LETTERS)))
def test_texts_arrive_as_they_are(
    shared_engine: Engine, values: list[str | None]
) -> None:
    with shared_engine.connect() as connection:
        arrived = connection.scalar(
            text("SELECT CAST(:values AS text[])"), {"values": texts(values)}
        )

    assert arrived == values
