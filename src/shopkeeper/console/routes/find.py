"""Whatever a few letters find: pages, orders, products, customers."""

from collections.abc import Iterator
from typing import Any

from flask import Response

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.languages import N_, translations
from shopkeeper.console.routes.pages import show
from shopkeeper.console.routes.session import PATH

FEW = 5
# No customer is looked for by more.
LONGEST_NAME = 120
# Where one may go, with the letter that goes there behind a g.
PLACES = (
    (N_("Home"), "", "h"),
    (N_("Orders"), "/orders", "o"),
    (N_("Products"), "/products", "p"),
    (N_("Categories"), "/categories", "c"),
    (N_("Stock"), "/stock", "s"),
    (N_("Imports"), "/imports", "i"),
    (N_("Customers"), "/customers", "u"),
    (N_("Reports"), "/reports", "r"),
    (N_("Books"), "/books", "b"),
    (N_("Activity"), "/activity", "a"),
    (N_("Help"), "/help", "?"),
    (N_("Add a product"), "/products/new", ""),
)


@show("/find")
def find(desk: Desk) -> Response:
    """What a few letters find, as a page or as the part of one that tells it."""
    said = desk.asked("q")
    template = "found.html" if desk.asked("part") == "yes" else "find.html"
    return desk.page(template, said=said, found=list(_found(desk, said)))


def _found(desk: Desk, said: str) -> Iterator[tuple[str, str, str]]:
    """The kind, the name and the address of each."""
    tell = translations(desk.language).gettext
    folded = said.casefold()
    for name, path, _ in PLACES:
        if folded in tell(name).casefold():
            yield tell(N_("Page")), tell(name), PATH + path
    if not said:
        return
    for order in desk.api.get("/orders", search=said, limit=FEW)["items"]:
        yield tell(N_("Order")), _order_name(order), f"{PATH}/orders/{order['id']}"
    products = desk.api.get("/products", search=said, status="all", limit=FEW)
    for product in products["items"]:
        address = f"{PATH}/products/{product['id']}"
        yield tell(N_("Product")), product["name"], address
    if len(said) > LONGEST_NAME:
        return
    for customer in desk.api.get("/customers", search=said, limit=FEW)["items"]:
        name = f"{customer['full_name']} {customer['email']}"
        yield tell(N_("Customer")), name, f"{PATH}/customers/{customer['id']}"


def _order_name(order: dict[str, Any]) -> str:
    customer = order["customer"]
    whose = customer["full_name"] or customer["email"] or ""
    return f"#{order['id']} {whose}".strip()
