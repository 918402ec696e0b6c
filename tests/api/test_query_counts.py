"""How many trips to the database each call makes, so that none grows unnoticed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event
from tests.world import World

BOOKKEEPING = ("SAVEPOINT", "RELEASE", "ROLLBACK")


@pytest.fixture
def count(shared_engine: Engine) -> Iterator[Callable[[], int]]:
    """Count the statements since the last time it was asked."""
    seen: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(BOOKKEEPING):
            seen.append(statement)

    def since_last() -> int:
        statements = len(seen)
        seen.clear()
        return statements

    event.listen(shared_engine, "before_cursor_execute", note)
    yield since_last
    event.remove(shared_engine, "before_cursor_execute", note)


def test_reading_the_catalogue_takes_one_trip(
    world: World, count: Callable[[], int]
) -> None:
    products = [world.product() for _ in range(3)]
    paths = [
        f"/products/{products[0]['id']}",
        "/products",
        f"/products?category={products[0]['category']}&search=product&min_price=1",
        "/categories",
    ]
    for path in paths:
        count()
        assert world.client.get(path).status_code == 200
        assert count() == 1, path


@pytest.mark.parametrize("orders", [1, 5])
def test_a_list_of_orders_takes_as_many_trips_as_one_order(
    world: World, count: Callable[[], int], orders: int
) -> None:
    person, product = world.person(), world.product()
    for _ in range(orders):
        world.executed_order(person, [(product, 1)])
    count()

    person.get("/orders/user")

    # Who is calling; orders; lines; payments; refunds.
    assert count() == 5


@pytest.mark.parametrize("lines", [1, 6])
def test_trips_of_an_order_do_not_grow_with_its_lines(
    world: World, count: Callable[[], int], lines: int
) -> None:
    person = world.person()
    wanted = [(world.product(), 1) for _ in range(lines)]
    count()

    order = world.order(person, wanted)
    creating = count()
    person.post("/orders/execute", json={"id": order["id"]})
    executing = count()

    assert creating == 8
    assert executing == 13
