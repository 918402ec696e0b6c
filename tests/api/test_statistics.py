from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.world import World, pointers, problem

from shopkeeper.utils import clock

JANUARY = datetime(2026, 1, 10, 12, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 10, 12, tzinfo=UTC)
PERIODS = {
    "january": "from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z",
    "february": "from=2026-02-01T00:00:00Z&to=2026-03-01T00:00:00%2B00:00",
}


def get(world: World, path: str) -> Any:
    answer = world.manager.get(f"/statistics/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_shop_that_has_sold_nothing(world: World) -> None:
    profit = get(world, "profit")

    assert profit.pop("as_of").endswith("Z")
    assert profit == {
        "number_of_executed_orders": 0,
        "total_revenue": "0.00",
        "total_cost": "0.0000",
        "total_profit": "0.0000",
        "margin_percentage": None,
        "refunded_revenue": "0.00",
        "currency": "USD",
        "from": None,
        "to": None,
    }
    assert get(world, "product-sales")["items"] == []
    assert get(world, "category-product-sales")["items"] == []


@pytest.fixture
def trade(world: World) -> World:
    """Two orders in January, one of which is refunded in part in February."""
    person = world.person()
    pens = world.category("Pens")["name"]
    pen = world.product(name="Pen", price="3", cost="1.0001", category=pens)
    ink = world.product(name="Ink", price="10", cost="4", category=pens)
    tray = world.product(
        name="Tray", price="20", category=world.category("Desk")["name"]
    )
    with clock.standing_still_at(JANUARY):
        first = world.order(person, [(pen, 4), (tray, 1)])
        second = world.order(person, [(ink, 2)])
        world.order(person, [(ink, 5)])
    # The clock stood still for tokens too, so each is executed at its own time.
    for order in (first, second):
        with clock.standing_still_at(JANUARY + timedelta(hours=1)):
            person.post("/orders/execute", json={"id": order["id"]})
    with clock.standing_still_at(FEBRUARY):
        for product, restock in ((pen, True), (tray, False)):
            items = [{"product_id": product["id"], "quantity": 1}]
            body = {"id": first["id"], "items": items, "restock": restock}
            assert world.manager.post("/orders/refund", json=body).status_code == 200
    return world


def test_profit_is_revenue_less_the_cost_of_what_was_sold(trade: World) -> None:
    profit = get(trade, f"profit?{PERIODS['january']}")

    assert profit["number_of_executed_orders"] == 2
    assert profit["total_revenue"] == "52.00"
    assert profit["total_cost"] == "12.0004"
    assert profit["total_profit"] == "39.9996"
    assert profit["margin_percentage"] == "76.92"
    assert profit["refunded_revenue"] == "0.00"


def test_a_refund_counts_on_its_own_day(trade: World) -> None:
    profit = get(trade, f"profit?{PERIODS['february']}")

    assert profit["number_of_executed_orders"] == 0
    assert profit["total_revenue"] == "-23.00"
    assert profit["total_cost"] == "-1.0001"
    assert profit["refunded_revenue"] == "23.00"


def test_all_time_is_net_of_refunds(trade: World) -> None:
    profit = get(trade, "profit")

    assert profit["total_revenue"] == "29.00"
    assert profit["total_profit"] == "17.9997"


def test_the_same_question_as_of_then_has_the_same_answer(trade: World) -> None:
    paths = [
        f"{path}?as_of=2026-01-31T00:00:00Z"
        for path in ("profit", "product-sales", "category-product-sales")
    ]
    before = [get(trade, path) for path in paths]
    product = trade.client.get("/products?search=ink").json["items"][0]
    trade.manager.put(
        "/products/update",
        json={"id": product["id"], "name": "Renamed", "cost": "9", "category": "Desk"},
    )
    trade.manager.delete(f"/categories/delete?id={product['category_id']}")

    after = [get(trade, path) for path in paths]

    assert before == after
    assert before[0]["total_revenue"] == "52.00"


def test_product_sales_share_one_hundred_percent(trade: World) -> None:
    sales = get(trade, f"product-sales?{PERIODS['january']}")

    assert sales["total_quantity_sold"] == 7
    shown = [
        (item["product_name"], item["total_quantity_sold"], item["sales_percentage"])
        for item in sales["items"]
    ]
    assert shown == [("Pen", 4, "57.14"), ("Ink", 2, "28.57"), ("Tray", 1, "14.29")]
    assert sum(Decimal(item["sales_percentage"]) for item in sales["items"]) == 100
    assert [item["revenue"] for item in sales["items"]] == ["12.00", "20.00", "20.00"]
    assert sales["items"][0]["profit"] == "7.9996"


def test_pages_of_product_sales_are_of_the_same_books(trade: World) -> None:
    whole = get(trade, "product-sales")
    first = get(trade, "product-sales?limit=2")
    person, pen = trade.person(), trade.client.get("/products?search=pen").json
    trade.executed_order(person, [(pen["items"][0], 5)])

    rest = get(trade, f"product-sales?limit=2&cursor={first['next_cursor']}")

    assert first["items"] + rest["items"] == whole["items"]
    assert rest["next_cursor"] is None
    assert rest["as_of"] == first["as_of"]


def test_shares_within_each_category_as_sold(trade: World) -> None:
    items = get(trade, f"category-product-sales?{PERIODS['january']}")["items"]

    assert [
        (item["category_name"], item["total_category_quantity"]) for item in items
    ] == [("Pens", 6), ("Desk", 1)]
    pens = items[0]["products"]
    assert [(item["product_name"], item["quantity_sold"]) for item in pens] == [
        ("Pen", 4),
        ("Ink", 2),
    ]
    assert [item["sales_percentage_within_category"] for item in pens] == [
        "66.67",
        "33.33",
    ]


def test_what_only_came_back_has_no_share(trade: World) -> None:
    sales = get(trade, f"product-sales?{PERIODS['february']}")

    assert {item["total_quantity_sold"] for item in sales["items"]} == {-1}
    assert {item["sales_percentage"] for item in sales["items"]} == {"0.00"}


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("as_of=2999-01-01T00:00:00Z", "as_of"),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to"),
        ("from=then", "from"),
        ("until=now", "until"),
    ],
)
def test_bad_periods_are_refused(world: World, query: str, place: str) -> None:
    answer = world.manager.get(f"/statistics/profit?{query}")

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == [place]


@pytest.mark.parametrize("cursor", ["x", "WyJ4IiwxXQ", "WzEsMV0"])
def test_bad_cursors_of_sales_are_refused(world: World, cursor: str) -> None:
    answer = world.manager.get(f"/statistics/product-sales?cursor={cursor}")

    assert problem(answer) == (422, "validation_failed")
