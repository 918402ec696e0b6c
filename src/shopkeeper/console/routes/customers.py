"""Those who order."""

from flask import Response

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.pages import show


@show("/customers")
def list_console_customers(desk: Desk) -> Response:
    """Accounts that a name or an email finds, with what they have bought."""
    asked = {"search": desk.asked("search"), "cursor": desk.asked("cursor")}
    found = desk.api.get("/customers", limit=50, **asked)
    return desk.page(
        "customers.html",
        customers=found["items"],
        next_cursor=found["next_cursor"],
        asked=asked,
    )


@show("/customers/<id:user_id>")
def show_customer(desk: Desk, user_id: int) -> Response:
    """What somebody has ordered, and what it comes to."""
    found = desk.api.get(
        "/orders", user_id=user_id, limit=50, cursor=desk.asked("cursor")
    )
    return desk.page(
        "customer.html",
        customer=desk.api.get(f"/customers/{user_id}"),
        orders=found["items"],
        next_cursor=found["next_cursor"],
    )
