"""How many trips to the database each call makes, so that none grows unnoticed."""

import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg.pq import Trace
from sqlalchemy import event
from testing.visitor import Visitor
from testing.world import World

from shopkeeper.models import Role
from shopkeeper.web.application import Shop

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="libpq's trace goes to a file descriptor of Linux"
)
# What a client sends and then waits: one for each trip, BEGIN and COMMIT included.
WAITS = ("Sync", "Query")


@pytest.fixture
def count(fresh_app: Shop, tmp_path: Path) -> Iterator[Callable[[], int]]:
    """Count the trips since the last time it was asked, as libpq makes them."""
    path = tmp_path / "trace"
    read = 0
    with path.open("a") as trace:

        def follow(connection: Any, _record: Any) -> None:
            connection.pgconn.trace(trace.fileno())
            connection.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)

        def since_last() -> int:
            nonlocal read
            lines = path.read_text(errors="replace").splitlines()
            seen, read = lines[read:], len(lines)
            sent = [line.split("\t")[2] for line in seen if line.startswith("F\t")]
            return sum(message.strip() in WAITS for message in sent)

        for engine in (fresh_app.engine, fresh_app.public_engine):
            event.listen(engine, "connect", follow)
        yield since_last
        fresh_app.engine.dispose()


def trips_of(count: Callable[[], int], call: Callable[[], Any]) -> int:
    """The trips of a call like those before it: by then its statements are prepared."""
    for _ in range(2):
        assert call().status_code < 300
    count()
    assert call().status_code < 300
    return count()


def test_reading_the_catalogue_takes_one_trip(
    fresh_world: World, count: Callable[[], int]
) -> None:
    client = fresh_world.client
    products = [fresh_world.product() for _ in range(3)]
    paths = [
        f"/products/{products[0]['id']}",
        "/products",
        f"/products?category={products[0]['category']}&search=product&min_price=1",
        "/categories",
    ]
    for path in paths:
        assert trips_of(count, lambda path=path: client.get(path)) == 1, path  # type: ignore[misc]  # Of this turn.


@pytest.mark.parametrize("orders", [1, 5])
def test_a_list_of_orders_takes_as_many_trips_as_one_order(
    fresh_world: World, count: Callable[[], int], orders: int
) -> None:
    person, product = fresh_world.person(), fresh_world.product()
    for _ in range(orders):
        order = fresh_world.executed_order(person, [(product, 1)])

    # Who is calling, and the orders with lines and payments.
    assert trips_of(count, lambda: person.get("/orders/user")) == 1
    assert trips_of(count, lambda: person.get(f"/orders/{order['id']}")) == 1


def test_refunds_of_orders_take_one_trip_more(
    fresh_world: World, count: Callable[[], int]
) -> None:
    person, product = fresh_world.person(), fresh_world.product()
    for _ in range(2):
        order = fresh_world.executed_order(person, [(product, 1)])
        fresh_world.manager.post("/orders/refund", json={"id": order["id"]})

    assert trips_of(count, lambda: person.get("/orders/user")) == 2


@pytest.mark.parametrize("lines", [1, 6])
def test_trips_of_an_order_do_not_grow_with_its_lines(
    fresh_world: World, count: Callable[[], int], lines: int
) -> None:
    person = fresh_world.person()
    wanted = [(fresh_world.product(), 1) for _ in range(lines)]
    orders = [fresh_world.order(person, wanted) for _ in range(3)]

    creating = trips_of(
        count,
        lambda: person.post(
            "/orders/create",
            headers={"Idempotency-Key": uuid.uuid4().hex},
            json={
                "location": "Ireland",
                "items": [
                    {"product_id": product["id"], "quantity": quantity}
                    for product, quantity in wanted
                ],
            },
        ),
    )
    executing = trips_of(
        count,
        lambda: person.post(
            "/orders/execute",
            headers={"Idempotency-Key": uuid.uuid4().hex},
            json={"id": orders.pop()["id"]},
        ),
    )

    # BEGIN, who is calling and their key, and what is on offer; the order, the answer
    # under its key, and COMMIT.
    assert creating == 2
    # The same, with the order and its stock held and looked at; the sale, the same.
    assert executing == 2


# Of one page; each statistic on it reads in a transaction of its own, which takes six.
MOST_TRIPS_OF_A_PAGE = 12
OF_STATISTICS = {"": 28, "product": 18, "reports": 22}


def test_a_page_of_the_console_takes_few_trips(
    fresh_app: Shop, fresh_world: World, count: Callable[[], int]
) -> None:
    customer = fresh_world.person()
    product = fresh_world.product(cost="1")
    assert product["id"] == 1
    order = fresh_world.order(customer, [(product, 1)])
    customer.post("/orders/execute", json={"id": order["id"]})
    visitor = Visitor(fresh_app)
    visitor.sign_in(fresh_world.person(Role.ADMIN).email)
    paths = [
        *("", "/orders", f"/orders/{order['id']}", "/products", "/products/new"),
        *("/products/1", "/categories", "/stock", "/imports", "/users"),
        *(f"/stock/{product['variant_id']}", "/reports", "/reports/products", "/you"),
        *("/find?q=a", "/help", f"/customers/{customer.id}"),
    ]

    trips = {
        path: trips_of(count, lambda path=path: visitor.visit(path))  # type: ignore[misc]  # Of this turn.
        for path in paths
    }

    for path, taken in trips.items():
        page = path.strip("/").split("/")[0]
        page = "product" if path.startswith("/products/1") else page
        assert 1 <= taken <= OF_STATISTICS.get(page, MOST_TRIPS_OF_A_PAGE), trips
