"""Those who order."""

from flask import Response

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.pages import show


@show("/customers")
def list_console_customers(desk: Desk) -> Response:
    """Accounts that a name or an email finds."""
    asked = {"search": desk.asked("search"), "cursor": desk.asked("cursor")}
    found = desk.api.get("/users", limit=50, **asked)
    return desk.page(
        "customers.html",
        customers=found["items"],
        next_cursor=found["next_cursor"],
        asked=asked,
    )


@show("/customers/<id:user_id>")
def show_customer(desk: Desk, user_id: int) -> Response:
    """What somebody has ordered."""
    found = desk.api.get(
        "/orders", user_id=user_id, limit=50, cursor=desk.asked("cursor")
    )
    orders = found["items"]
    return desk.page(
        "customer.html",
        customer=orders[0]["customer"] if orders else None,
        user_id=user_id,
        orders=orders,
        next_cursor=found["next_cursor"],
    )
