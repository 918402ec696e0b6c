"""The main job on real input: a catalogue and its orders through a real server.

What comes out is compared with a few lines of independent arithmetic over the
same files. If the AdventureWorks data is not beside the project, a smaller
story of the project's own is told instead.
"""

import csv
import io
import random
from collections import defaultdict
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from testing.real_server import HttpClient, RealServer, running

from shopkeeper.demo.catalogue import CATALOGUE

ADVENTUREWORKS = Path(__file__).parents[3] / "shared" / "data" / "adventureworks"
Record = dict[str, str]


@dataclass
class Story:
    """Rows as they are in the files; orders in time order."""

    products_csv: str
    lines: list[Record]
    valid: int
    executed: int | None = None

    @property
    def products(self) -> list[Record]:
        return list(csv.DictReader(io.StringIO(self.products_csv)))

    @property
    def orders(self) -> list[list[Record]]:
        return [
            list(order) for _, order in groupby(self.lines, lambda r: r["order_id"])
        ]


def adventureworks() -> Story:
    if not ADVENTUREWORKS.is_dir():
        pytest.skip("the AdventureWorks data is not beside the project")
    with (ADVENTUREWORKS / "orders.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    products = (ADVENTUREWORKS / "products.csv").read_text()
    return Story(products, lines, valid=285, executed=873)


def our_own() -> Story:
    """The demonstration catalogue with bad rows among it, and 120 orders."""
    chance = random.Random(7)
    rows = ["sku,name,category,quantity,price,cost"]
    items = [(category, item) for category, its in CATALOGUE.items() for item in its]
    for category, item in items:
        stock = chance.randrange(3, 25)
        rows.append(
            f'{item.sku},"{item.name}",{category},{stock},{item.price},{item.cost}'
        )
    rows += [
        "B-1,No price,Pens,5,0,0",
        "B-2,No category,,5,1,1",
        "B-3,Fine,Pens,5,1.005,1",
    ]
    lines = []
    for order in range(120):
        for _, item in chance.sample(items, k=chance.randrange(1, 5)):
            lines.append(
                {
                    "order_id": str(order),
                    "customer_id": str(chance.randrange(15)),
                    "country": "Ireland",
                    "sku": item.sku,
                    "quantity": str(chance.randrange(1, 4)),
                }
            )
    for _, order_lines in groupby(lines, lambda line: line["order_id"]):
        first, *rest = order_lines
        for line in rest:
            line["customer_id"] = first["customer_id"]
    return Story("\n".join(rows) + "\n", lines, valid=len(items))


@dataclass
class Books:
    """The same story by independent arithmetic, one order after another."""

    stock: dict[str, int] = field(default_factory=dict)
    sold: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    executed: list[str] = field(default_factory=list)
    revenue: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    categories: dict[str, dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )

    @classmethod
    def of(cls, story: Story) -> "Books":
        books = cls()
        good = {row["sku"]: row for row in story.products if cls.is_valid(row)}
        books.stock = {sku: int(row["quantity"]) for sku, row in good.items()}
        for order in story.orders:
            wanted = [(line["sku"], int(line["quantity"])) for line in order]
            if any(books.stock.get(sku, 0) < n for sku, n in wanted):
                continue
            books._sell(order[0]["order_id"], wanted, good)
        return books

    @classmethod
    def of_executed(cls, story: Story, executed: Collection[str]) -> "Books":
        """As if just these orders had been executed, in whatever order."""
        books = cls()
        good = {row["sku"]: row for row in story.products if cls.is_valid(row)}
        books.stock = {sku: int(row["quantity"]) for sku, row in good.items()}
        for order in story.orders:
            if order[0]["order_id"] in executed:
                wanted = [(line["sku"], int(line["quantity"])) for line in order]
                books._sell(order[0]["order_id"], wanted, good)
        return books

    def _sell(
        self, order_id: str, wanted: list[tuple[str, int]], good: dict[str, Record]
    ) -> None:
        self.executed.append(order_id)
        for sku, n in wanted:
            self.stock[sku] -= n
            self.sold[sku] += n
            self.revenue += n * Decimal(good[sku]["price"])
            self.cost += n * Decimal(good[sku]["cost"])
            self.categories[good[sku]["category"]][sku] += n

    @staticmethod
    def is_valid(row: Record) -> bool:
        price = Decimal(row["price"])
        return bool(row["category"]) and price > 0 and price == round(price, 2)


STORIES = [pytest.param(adventureworks, marks=pytest.mark.long), our_own]


@pytest.mark.parametrize("tell", STORIES)
def test_the_books_are_right(tell: Any, tmp_path: Path) -> None:
    story = tell()
    books = Books.of(story)
    with running(RealServer(tmp_path / "shop" / "data")) as server:
        admin = server.admin()
        import_catalogue(admin, story)
        products = {item["sku"]: item for item in admin.items("/products?limit=100")}
        assert len(products) == story.valid
        customers = register_customers(server, story)
        executed = replay(story.orders, products, customers)

        assert executed == books.executed
        assert story.executed in {None, len(executed)}
        check_stock(admin, books)
        check_statistics(admin, books)
        for client in [admin, *customers.values()]:
            client.close()


@pytest.mark.parametrize("tell", STORIES)
def test_sixteen_clients_at_once_leave_exact_books(tell: Any, tmp_path: Path) -> None:
    """Who gets the last piece may differ; that everything adds up may not."""
    story = tell()
    for line in story.lines:  # Sixteen people, each with many orders.
        line["customer_id"] = str(int(line["customer_id"]) % 16)
    with running(RealServer(tmp_path / "shop" / "data")) as server:
        admin = server.admin()
        import_catalogue(admin, story)
        products = {item["sku"]: item for item in admin.items("/products?limit=100")}
        customers = register_customers(server, story)

        shares = [story.orders[n::16] for n in range(16)]
        with ThreadPoolExecutor(16) as pool:
            parts = pool.map(lambda o: replay(o, products, customers), shares)
            executed = {number for part in parts for number in part}

        books = Books.of_executed(story, executed)
        assert min(books.stock.values()) >= 0
        check_stock(admin, books)
        check_statistics(admin, books)
        audit = server.command("audit")
        assert audit.returncode == 0, audit.stdout
        for client in [admin, *customers.values()]:
            client.close()


def import_catalogue(admin: HttpClient, story: Story) -> None:
    files = {"file": ("products.csv", story.products_csv.encode())}
    patient = {"Prefer": "wait=30"}  # However busy the machine is.
    whole = admin.call("POST", "/products/bulk-import", files=files, headers=patient)
    assert whole["created"] == 0
    assert whole["status"] == "failed"

    report = admin.call(
        "POST",
        "/products/bulk-import",
        files=files,
        data={"on_error": "skip_rows"},
        headers=patient,
    )

    assert report["rows"] == len(story.products)
    assert report["created"] == story.valid
    assert report["rejected"] == whole["rejected"] == report["rows"] - story.valid


def register_customers(server: RealServer, story: Story) -> dict[str, HttpClient]:
    customers = {line["customer_id"]: HttpClient(server.url) for line in story.lines}

    def enter(customer: str) -> None:
        email = f"customer-{customer}@example.com"
        customers[customer].register(email)
        customers[customer].log_in(email)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, customers))
    return customers


def replay(
    orders: list[list[Record]],
    products: dict[str, Any],
    customers: dict[str, HttpClient],
) -> list[str]:
    """Create and execute the orders one by one; give the numbers of the executed."""
    executed = []
    for order in orders:
        customer = customers[order[0]["customer_id"]]
        if any(line["sku"] not in products for line in order):
            continue  # Of a product that could not be imported.
        items = [
            {
                "product_id": products[line["sku"]]["id"],
                "quantity": int(line["quantity"]),
            }
            for line in order
        ]
        body = {"location": order[0]["country"], "items": items}
        created = customer.send("POST", "/orders/create", json=body)
        if created.status_code == 409:
            assert created.json()["code"] == "insufficient_stock"
            continue
        assert created.status_code == 201, created.text
        number = created.json()["id"]
        done = customer.send("POST", "/orders/execute", json={"id": number})
        if done.status_code == 409:  # Somebody else was faster.
            assert done.json()["code"] == "insufficient_stock"
            continue
        assert done.json()["status"] == "executed", done.text
        executed.append(order[0]["order_id"])
    return executed


def check_stock(admin: HttpClient, books: Books) -> None:
    after = {
        item["sku"]: item["quantity"] for item in admin.items("/products?limit=100")
    }

    assert after == books.stock


def check_statistics(admin: HttpClient, books: Books) -> None:
    profit = admin.call("GET", "/statistics/profit")
    assert profit["number_of_executed_orders"] == len(books.executed)
    assert Decimal(profit["total_revenue"]) == books.revenue
    assert Decimal(profit["total_cost"]) == books.cost
    assert Decimal(profit["total_profit"]) == books.revenue - books.cost

    names = {item["id"]: item["sku"] for item in admin.items("/products?limit=100")}
    sales = list(admin.items("/statistics/product-sales?limit=50"))
    assert {
        names[s["product_id"]]: s["total_quantity_sold"] for s in sales
    } == books.sold
    assert sum(Decimal(s["sales_percentage"]) for s in sales) == Decimal("100.00")
    quantities = [s["total_quantity_sold"] for s in sales]
    assert quantities == sorted(quantities, reverse=True)

    categories = admin.call("GET", "/statistics/category-product-sales")["items"]
    told = {
        category["category_name"]: {
            names[product["product_id"]]: product["quantity_sold"]
            for product in category["products"]
        }
        for category in categories
    }
    assert told == books.categories
    for category in categories:
        shares = [
            Decimal(p["sales_percentage_within_category"]) for p in category["products"]
        ]
        assert sum(shares) == Decimal("100.00")
