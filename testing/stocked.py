"""A shop with something in each of its pages, made over HTTP."""

from dataclasses import dataclass
from typing import Any

from testing.real_server import HttpClient

BUYER = "grace@example.com"


@dataclass
class Stocked:
    """What is there to be worked on."""

    products: dict[str, dict[str, Any]]
    orders: list[int]


def stock_up(admin: HttpClient) -> Stocked:
    """Products in categories, one of variants, and the orders of a customer."""
    for name in ("Pens", "Paper"):
        admin.call("POST", "/categories/add", 201, json={"name": name})
    products = {}
    for name, category, price, quantity in (
        ("Walnut pen", "Pens", "40.00", 20),
        ("Oak pen", "Pens", "30.00", 20),
        ("Blotter", "Paper", "8.00", 1),
        ("Ledger", "Paper", "12.00", 0),
    ):
        body = {
            "name": name,
            "category": category,
            "price": price,
            "quantity": quantity,
            "cost": "3.00",
            "sku": name.upper().replace(" ", "-"),
        }
        products[name] = admin.call("POST", "/products/add", 201, json=body)
    shirt = {
        "name": "Apron",
        "category": "Paper",
        "price": "25.00",
        "options": [{"name": "Size", "values": ["S", "M"]}],
        "variants": [
            {"options": {"Size": size}, "quantity": 4, "price": "25.00"}
            for size in ("S", "M")
        ],
    }
    products["Apron"] = admin.call("POST", "/products/add", 201, json=shirt)
    buyer = HttpClient(admin.url)
    buyer.register(BUYER)
    buyer.log_in(BUYER)
    orders = []
    for _ in range(10):
        items = [
            {"product_id": products[name]["id"], "quantity": 1}
            for name in ("Walnut pen", "Oak pen")
        ]
        body = {"location": "Ireland", "items": items}
        placed = buyer.call("POST", "/orders/create", 201, json=body)
        buyer.call("POST", "/orders/execute", json={"id": placed["id"]})
        orders.append(placed["id"])
    buyer.close()
    return Stocked(products, orders)
