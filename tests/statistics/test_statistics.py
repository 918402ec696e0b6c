import io
from codecs import BOM_UTF8
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from testing.world import World, pointers, problem

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
        "without_cost": {"units": 0, "revenue": "0.00"},
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


def test_the_best_of_each_category_keep_their_shares(trade: World) -> None:
    path = f"category-product-sales?{PERIODS['january']}"
    whole, best = get(trade, path)["items"], get(trade, f"{path}&limit=1")["items"]

    for item in whole:
        item["products"] = item["products"][:1]
    assert best == whole
    assert best[0]["products"][0]["sales_percentage_within_category"] == "66.67"


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


def test_sales_over_time_have_no_gaps(trade: World) -> None:
    month = "from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z"
    series = get(trade, f"sales-over-time?{month}&granularity=month")

    assert [
        (item["start"], item["orders"], item["units"], item["revenue"], item["refunds"])
        for item in series["items"]
    ] == [
        ("2026-01-01T00:00:00Z", 2, 7, "52.00", "0.00"),
        ("2026-02-01T00:00:00Z", 0, -2, "-23.00", "23.00"),
    ]
    days = get(trade, f"sales-over-time?{month}")["items"]
    assert len(days) == 59
    assert sum(Decimal(day["profit"]) for day in days) == Decimal("17.9997")
    assert series["total"]["profit"] == "17.9997"
    weeks = get(trade, f"sales-over-time?{month}&granularity=week")["items"]
    # The first is cut where the period begins; the others begin on a Monday.
    assert [week["start"][:10] for week in weeks[:2]] == ["2026-01-01", "2026-01-05"]


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("UTC", "2026-01-10T13:00:00Z"),
        ("Asia/Kathmandu", "2026-01-10T12:15:00Z"),
    ],
)
def test_hours_are_those_on_the_wall(trade: World, zone: str, first: str) -> None:
    until = "to=2026-01-10T15:00:00Z&granularity=hour"

    items = get(trade, f"sales-over-time?{until}&timezone={zone}")["items"]

    assert items[0]["start"] == first
    assert items[0]["orders"] == 2
    assert items[-1]["end"] == "2026-01-10T15:00:00Z"


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("granularity=year", "granularity"),
        ("timezone=Mars/Olympus", "timezone"),
        ("from=1990-01-01T00:00:00Z&granularity=hour", "granularity"),
        ("country=Narnia", "country"),
        ("product_id=x", "product_id"),
    ],
)
def test_bad_questions_are_refused(trade: World, query: str, place: str) -> None:
    answer = trade.manager.get(f"/statistics/sales-over-time?{query}")

    assert answer.status_code == 422
    assert pointers(answer) == [place]


def test_countries_share_one_hundred_percent(trade: World) -> None:
    germany = {
        "location": "Deutschland",
        "items": [{"product_id": stocked(trade, "ink"), "quantity": 3}],
    }
    person = trade.person()
    order = person.post("/orders/create", json=germany).json
    person.post("/orders/execute", json={"id": order["id"]})

    items = get(trade, "countries")["items"]

    assert [
        (item["country_code"], item["country"], item["units"], item["sales_percentage"])
        for item in items
    ] == [("IE", "Ireland", 5, "62.50"), ("DE", "Germany", 3, "37.50")]
    only = get(trade, "profit?country=germany")
    assert (only["number_of_executed_orders"], only["total_revenue"]) == (1, "30.00")


def stocked(world: World, name: str) -> int:
    found = world.client.get(f"/products?search={name}").json["items"]
    return int(found[0]["id"])


def test_filters_tell_of_what(trade: World) -> None:
    pen = stocked(trade, "pen")
    january = PERIODS["january"]

    of_pens = get(trade, f"profit?{january}&category=PENS")
    of_pen = get(trade, f"product-sales?{january}&product_id={pen}")
    of_nothing = get(trade, f"profit?{january}&category=Nonsense")

    assert of_pens["number_of_executed_orders"] == 2
    assert of_pens["total_revenue"] == "32.00"
    assert [item["product_name"] for item in of_pen["items"]] == ["Pen"]
    assert of_pen["items"][0]["sales_percentage"] == "100.00"
    assert of_nothing["number_of_executed_orders"] == 0


def test_a_product_has_its_own_series(trade: World) -> None:
    pen = stocked(trade, "pen")
    trade.manager.put("/products/update", json={"id": pen, "name": "Fountain pen"})

    series = get(trade, f"products/{pen}?granularity=month&to=2026-03-01T00:00:00Z")

    assert series["product_name"] == "Pen"  # As it was sold.
    assert [item["units"] for item in series["items"]] == [4, -1]
    unsold = get(trade, f"products/{pen}?to=2026-01-01T00:00:00Z")
    assert (unsold["product_name"], unsold["items"]) == ("Fountain pen", [])
    missing = trade.manager.get("/statistics/products/987654")
    assert problem(missing) == (404, "product_not_found")


def test_the_inventory_is_told_as_it_was(trade: World) -> None:
    told = get(trade, "inventory?low_stock=8")
    # Ten of each were there: four pens were sold, and one came back.
    assert (told["products"], told["units"]) == (3, 7 + 8 + 9)
    assert told["value_at_cost"] == "39.0007"  # 7 times 1.0001, 8 times 4, no tray's.
    assert told["value_at_price"] == "281.00"
    assert (told["out_of_stock"], told["low_stock"]) == (0, 2)
    before = get(trade, f"inventory?as_of={told['as_of']}")
    assert before == told | {"low_stock": before["low_stock"]}

    pen = stocked(trade, "pen")
    change = {"id": pen, "price": "9", "quantity": 0, "cost": "2", "category": "Desk"}
    trade.manager.put("/products/update", json=change)
    trade.manager.delete(f"/products/remove?id={stocked(trade, 'ink')}")

    assert get(trade, f"inventory?as_of={told['as_of']}") == before
    now = get(trade, "inventory?low_stock=8")
    assert (now["products"], now["units"], now["out_of_stock"]) == (2, 9, 1)


def test_cover_is_told_by_what_was_sold(trade: World) -> None:
    span = "from=2026-01-01T00:00:00Z&to=2026-01-31T00:00:00Z"

    told = get(trade, f"inventory?{span}")

    # Ten of each less seven; as for products, they were made later than that.
    assert (told["products"], told["units_sold"]) == (0, 7)
    assert (told["sold_from"], told["sold_to"]) == (
        "2026-01-01T00:00:00Z",
        "2026-01-31T00:00:00Z",
    )
    now = get(trade, "inventory?from=2026-01-01T00:00:00Z")
    days = (datetime.now(UTC) - datetime(2026, 1, 1, tzinfo=UTC)).days
    assert now["days_of_cover"] == pytest.approx(24 * days / 5, rel=0.01)


def test_statistics_can_be_had_as_csv(trade: World) -> None:
    trade.manager.put(
        "/products/update", json={"id": stocked(trade, "pen"), "name": "=Pen"}
    )
    trade.executed_order(trade.person(), [({"id": stocked(trade, "pen")}, 1)])
    headers = {"Accept": "text/csv"}

    def rows(path: str) -> list[str]:
        answer = trade.manager.get(f"/statistics/{path}", headers=headers)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert "Accept" in answer.headers["Vary"].split(", ")
        return str(answer.data.decode()).split("\r\n")[:-1]

    sales = rows("product-sales?limit=2")
    assert sales[0].startswith("product_id,product_name,total_quantity_sold,revenue")
    assert "'=Pen" in sales[1]
    assert len(sales) == 3
    profit = rows(f"profit?{PERIODS['february']}")
    assert len(profit) == 2
    assert "-23.00" in profit[1].split(",")  # A number is no formula.
    assert len(rows("category-product-sales")) == 4
    assert rows("countries")[0].startswith("country_code,country,orders,units")
    assert len(rows(f"sales-over-time?{PERIODS['january']}")) == 32
    assert len(rows("inventory")) == 2
    by_default = trade.manager.get("/statistics/profit", headers={"Accept": "*/*"})
    assert by_default.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("start", "zone", "granularity"),
    [
        ("0001-01-01T00:00:00Z", "America/Lima", "day"),
        ("0001-01-01T00:00:00Z", "Pacific/Kiritimati", "week"),
        ("9999-12-31T23:00:00Z", "Pacific/Kiritimati", "month"),
        ("9999-12-31T23:00:00Z", "UTC", "hour"),
    ],
)
def test_steps_beyond_the_calendar_are_refused_or_empty(
    world: World, start: str, zone: str, granularity: str
) -> None:
    path = f"/statistics/sales-over-time?from={start}&timezone={zone}"

    answer = world.manager.get(
        f"{path}&granularity={granularity}&to=9999-12-31T23:59:59Z"
    )

    assert answer.status_code in {200, 422}, answer.text


def test_a_shelf_lasts_by_what_its_products_sold_under_any_name(world: World) -> None:
    shelf = world.category("Summer")
    product = world.product(quantity=10, category="Summer")
    world.executed_order(world.person(), [(product, 4)])
    renamed = {"id": shelf["id"], "name": "Autumn"}
    world.manager.put("/categories/update", json=renamed)
    other = world.product(quantity=5)
    world.executed_order(world.person(), [(other, 3)])
    moved = {"id": other["id"], "category": "Autumn"}
    world.manager.put("/products/update", json=moved)

    by_name = get(world, "inventory?category=autumn")
    by_id = get(world, f"inventory?category_id={shelf['id']}")
    of_one = get(world, f"inventory?category=autumn&product_id={other['id']}")

    assert (by_name["units"], by_name["units_sold"]) == (6 + 2, 4 + 3)
    assert by_name["days_of_cover"] is not None
    assert by_id["units_sold"] == 7
    assert (of_one["units"], of_one["units_sold"]) == (2, 3)
    assert get(world, "inventory?category=summer")["units_sold"] == 0
    # What was sold in the category, on the other hand, is what was sold in it.
    assert get(world, "profit?category=summer")["number_of_executed_orders"] == 1
    sold = get(world, f"profit?category_id={shelf['id']}")
    assert sold["number_of_executed_orders"] == 1


def test_of_no_revenue_or_less_there_is_no_margin(world: World) -> None:
    product = world.product(quantity=10, price="4.00", cost="1.00")
    order = world.executed_order(world.person(), [(product, 2)])
    first = get(world, "profit")["as_of"]
    world.manager.post("/orders/refund", json={"id": order["id"], "restock": False})

    refunds_alone = get(world, f"profit?from={first}")
    nothing_left = get(world, "profit")

    assert refunds_alone["total_revenue"] == "-8.00"
    assert refunds_alone["margin_percentage"] is None
    assert (nothing_left["total_revenue"], nothing_left["margin_percentage"]) == (
        *("0.00", None),
    )


def test_what_was_sold_at_no_known_cost_is_told(world: World) -> None:
    known = world.product(quantity=10, price="4.00", cost="1.00")
    unknown = world.product(quantity=10, price="3.00", cost=None)
    order = world.executed_order(world.person(), [(known, 2), (unknown, 3)])
    items = [{"product_id": unknown["id"], "quantity": 1}]
    world.manager.post("/orders/refund", json={"id": order["id"], "items": items})

    told = get(world, "profit")
    csv = world.manager.get("/statistics/profit", headers={"Accept": "text/csv"}).text

    assert told["without_cost"] == {"units": 2, "revenue": "6.00"}
    header, row = [line.split(",") for line in csv.splitlines()]
    assert dict(zip(header, row, strict=True))["without_cost_revenue"] == "6.00"


def sheet_of(data: bytes) -> Any:
    return load_workbook(io.BytesIO(data)).active


def test_statistics_come_as_a_workbook_too(trade: World) -> None:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    asked = trade.manager.get("/statistics/product-sales", headers={"Accept": kind})
    linked = trade.manager.get("/statistics/profit?format=xlsx")

    assert asked.headers["Content-Type"] == kind
    assert linked.headers["Content-Disposition"] == 'attachment; filename="profit.xlsx"'
    (header, *rows) = sheet_of(asked.data).values
    told = get(trade, "product-sales")["items"]
    assert len(rows) == len(told)
    for row, item in zip(rows, told, strict=True):
        shown = dict(zip(header, row, strict=True))
        assert shown["product_name"] == item["product_name"]
        # Numbers are numbers, exact to their last digit.
        assert Decimal(str(shown["revenue"])) == Decimal(item["revenue"])
        assert shown["total_quantity_sold"] == item["total_quantity_sold"]
    sheet = sheet_of(linked.data)
    assert sheet.title == "profit"
    assert all(cell.data_type in {"n", "s"} for row in sheet.rows for cell in row)


@pytest.mark.parametrize("said", ["true", "True", "1", "TRUE"])
def test_a_csv_for_excel_begins_with_a_mark(trade: World, said: str) -> None:
    marked = trade.manager.get(f"/statistics/countries?format=csv&bom={said}")
    plain = trade.manager.get("/statistics/countries?format=csv&bom=False")
    file = trade.manager.get(f"/products/export?bom={said}")
    template = trade.manager.get(f"/products/import-template?bom={said}")

    for answer in (marked, file, template):
        assert answer.data.startswith(BOM_UTF8)
    assert marked.data == BOM_UTF8 + plain.data
    for bad in ("yes", "2", ""):
        answer = trade.manager.get(f"/statistics/countries?format=csv&bom={bad}")
        assert pointers(answer) == ["bom"], bad


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "0001-01-20T00:00:00Z"])
@pytest.mark.parametrize("name", ["as_of", "to"])
def test_the_shelves_were_empty_at_the_beginning_of_time(
    trade: World, name: str, moment: str
) -> None:
    told = get(trade, f"inventory?{name}={moment}")

    assert (told["products"], told["units_sold"]) == (0, 0)
