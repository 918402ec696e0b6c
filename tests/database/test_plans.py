"""What a shop of some size is asked, PostgreSQL finds by an index.

The plans are those that the server's connections keep: for every way of asking,
whatever is asked for.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from bench.big_shop import Size, fill
from psycopg._queries import PostgresQuery
from psycopg.adapt import Transformer
from sqlalchemy import Engine, event, text
from testing.world import Client, Person, World

from shopkeeper.app import create_app
from shopkeeper.database.engine import make_engine
from shopkeeper.database.statements.compiled import Compiled
from shopkeeper.models import Role
from shopkeeper.utils.settings import get_settings

# Smaller ones, such as the categories, are read whole with good reason.
LARGE = {
    *("products", "stock", "stock_movements", "users"),
    *("orders", "order_items", "payments", "refunds", "refund_items"),
    *("activities", "activity_changes"),
}
Asked = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def statements() -> Iterator[list[Asked]]:
    """What was sent since the list was last cleared."""
    seen: list[Asked] = []
    execution = Compiled.execution

    def note(self: Compiled[Any], values: dict[str, Any]) -> Any:
        seen.append((self.sql, {}))  # With its parameters numbered, as in the plan.
        return execution(self, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Compiled, "execution", note)
        yield seen


@pytest.fixture(scope="module")
def engine(large_engine: Engine, statements: list[Asked]) -> Engine:
    def note(_c: Any, _k: Any, sql: str, values: Any, *_rest: Any) -> None:
        statements.append((sql, dict(values)))

    event.listen(large_engine, "before_cursor_execute", note)
    return large_engine


@pytest.fixture(scope="module")
def large_engine(
    make_database: Callable[[], AbstractContextManager[str]],
) -> Iterator[Engine]:
    with make_database() as url:
        engine = make_engine(url, get_settings())
        fill(engine, Size(orders=20_000, products=20_000), tell=lambda _: None)
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def people(engine: Engine) -> dict[str, Person]:
    app = create_app(engine)
    with app.dispatcher.sessions() as session:
        world = World(Client(app), session)
        return {"customer": world.person(), "manager": world.person(Role.ADMIN)}


SORTS = ["name", "-name", "price", "-price", "created_at", "-created_at"]
FILTERS = ["", "&category=Shelf+7", "&min_price=20&max_price=21", "&in_stock=true"]
PATHS = [
    *(
        ("customer", f"/products?sort={sort}{chosen}")
        for sort in SORTS
        for chosen in FILTERS
    ),
    ("customer", "/products?search=article+1234"),
    ("customer", "/products?search=1234&category=Shelf+7&sort=price"),
    ("customer", "/categories/products?category=Shelf+7"),
    ("customer", "/products?brand=acme"),
    ("customer", "/products?tag=summer"),
    ("manager", "/products?status=draft"),
    ("manager", "/products?status=all&sort=price"),
    ("customer", "/orders/user"),
    ("customer", "/orders/user?status=pending"),
    ("manager", "/orders"),
    ("manager", "/orders?status=executed"),
    ("manager", "/orders?user_id=17"),
    ("manager", "/orders?user_id=17&status=executed"),
    ("manager", "/orders?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z"),
    ("manager", "/orders?sort=updated_at&updated_since=2026-01-01T00:00:00Z"),
    ("manager", "/orders?sort=-executed_at&executed_from=2026-01-01T00:00:00Z"),
    ("manager", "/orders?payment=due"),
    ("manager", "/users"),
    ("manager", "/customers"),
    ("manager", "/customers/17"),
    ("manager", "/products/{product}/stock-movements"),
    ("manager", "/products/{product}"),
    ("manager", "/orders/{order}"),
    ("manager", "/activities"),
    ("manager", "/activities?user_id=17"),
    ("manager", "/activities?product_id={product}"),
    ("manager", "/activities?entity=products&entity_id={product}"),
]


@pytest.mark.parametrize(("who", "path"), PATHS)
def test_every_page_is_found_by_an_index(
    engine: Engine,
    people: dict[str, Person],
    statements: list[Asked],
    who: str,
    path: str,
) -> None:
    with engine.connect() as connection:
        product = connection.scalar(text("SELECT min(id) FROM products"))
    path = path.format(product=product, order=1)
    statements.clear()

    first = people[who].get(path)
    following = (first.json or {}).get("next_cursor")
    if following:
        separator = "&" if "?" in path else "?"
        assert (
            people[who].get(f"{path}{separator}cursor={following}").status_code == 200
        )

    assert first.status_code == 200, first.text
    asked = [found for found in statements if found[0].lstrip().startswith("SELECT")]
    assert asked
    for sql, values in asked:
        assert read_whole(engine, sql, values) == set(), sql


@pytest.mark.parametrize("sort", SORTS)
def test_a_page_in_any_order_is_not_sorted_first(
    engine: Engine,
    people: dict[str, Person],
    statements: list[Asked],
    sort: str,
) -> None:
    statements.clear()
    people["customer"].get(f"/products?sort={sort}")

    ((sql, values),) = [found for found in statements if "products" in found[0]]
    # What is looked up for a row may be sorted.
    rows = plan(engine, sql, values)
    kinds = {node["Node Type"] for node in nodes(rows, with_subplans=False)}
    assert "Sort" not in kinds


@pytest.mark.parametrize("limit", [1, 20, 100])
@pytest.mark.parametrize("words", ["zzzqqq", "article", "be+ba+bi+bo+bu+da+de+di"])
def test_a_search_goes_by_its_own_index_however_few_are_asked_for(
    engine: Engine,
    people: dict[str, Person],
    statements: list[Asked],
    words: str,
    limit: int,
) -> None:
    statements.clear()
    people["customer"].get(f"/products?search={words}&limit={limit}")

    ((sql, values),) = [found for found in statements if "products" in found[0]]
    indexes = {node.get("Index Name") for node in nodes(plan(engine, sql, values))}
    assert "ix_products_search" in indexes
    assert "uq_products_name" not in indexes


def read_whole(engine: Engine, sql: str, values: dict[str, Any]) -> set[str]:
    """The large tables that a statement reads from one end to the other."""
    return {
        node["Relation Name"]
        for node in nodes(plan(engine, sql, values))
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE
    }


def plan(engine: Engine, sql: str, values: dict[str, Any]) -> dict[str, Any]:
    """The plan that is kept for a statement, whatever it is asked for."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        asked = sql.encode()
        if values:
            query = PostgresQuery(Transformer(raw))
            query.convert(sql, values)
            asked = query.query
        told = raw.execute(b"EXPLAIN (GENERIC_PLAN, FORMAT JSON) " + asked).fetchone()[
            0
        ]
    (found,) = json.loads(told) if isinstance(told, str) else told
    return dict(found["Plan"])


def nodes(
    plan: dict[str, Any], *, with_subplans: bool = True
) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        if with_subplans or child["Parent Relationship"] != "SubPlan":
            yield from nodes(child, with_subplans=with_subplans)
