"""Orders: found, looked at, refunded, paid."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.languages import N_
from shopkeeper.console.routes.pages import act, show
from shopkeeper.console.routes.shop_api import Wanted
from shopkeeper.console.routes.typed import is_said, whole
from shopkeeper.web.problems import to_response

MOST_SHEETS = 50
# What people look for again and again, by the query that finds it.
VIEWS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "all": (N_("All"), {}),
    "executed": (N_("Executed"), {"status": "executed"}),
    "pending": (N_("Pending"), {"status": "pending"}),
    "due": (N_("Unpaid"), {"payment": "due"}),
    "disputed": (N_("Disputed"), {"payment": "disputed"}),
    "unmatched": (N_("Refunded elsewhere"), {"payment": "unmatched"}),
    "cancelled": (N_("Cancelled"), {"status": "cancelled"}),
}
FILTERS = ("search", "status", "payment", "sort", "cursor")


@show("/orders")
def list_console_orders(desk: Desk) -> Response:
    """Orders that match, a page at a time."""
    asked = {name: desk.asked(name) for name in FILTERS}
    found = desk.api.get("/orders", limit=50, **asked)
    orders = found["items"]
    if asked["search"].removeprefix("#").isdigit() and len(orders) == 1:
        return desk.done(f"/orders/{orders[0]['id']}")
    return desk.page(
        "orders.html",
        orders=orders,
        next_cursor=found["next_cursor"],
        asked=asked,
        narrowed={k: v for k, v in asked.items() if v and k != "cursor"},
        views=VIEWS,
    )


@show("/orders/export.<any(csv,xlsx):kind>")
def download_console_orders(desk: Desk, kind: str) -> Response:
    """The orders that the list shows, all of them, a row for each line."""
    asked = {name: desk.asked(name) for name in FILTERS if name != "cursor"}
    query = {**asked, "format": kind}
    return to_response(desk.api.answer(Wanted("GET", "/orders/export", query)))


@show("/orders/<id:order_id>")
def show_console_order(desk: Desk, order_id: int) -> Response:
    """An order, with who placed it and all that became of it."""
    order, tag = desk.api.get_tagged(f"/orders/{order_id}")
    return desk.page(
        "order.html",
        order=order,
        tag=tag,
        customer=desk.api.get(f"/orders/{order_id}/customer"),
    )


@show("/orders/print")
def print_orders(desk: Desk) -> Response:
    """Picking lists of the chosen orders, a sheet each."""
    asked = desk.request.args.getlist("id")
    chosen = [each for each in map(whole, asked) if isinstance(each, int)]
    orders = [
        {
            **desk.api.get(f"/orders/{order_id}"),
            "customer": desk.api.get(f"/orders/{order_id}/customer"),
        }
        for order_id in chosen[:MOST_SHEETS]
    ]
    return desk.page("print.html", orders=orders, left_out=chosen[MOST_SHEETS:])


@act(
    "/orders/<id:order_id>/refund",
    calls=["POST /orders/refund"],
    again=show_console_order,
)
def refund_order(desk: Desk, order_id: int) -> Response:
    """Give back the money of what is chosen, or a sum for no goods."""
    body: dict[str, Any] = {"id": order_id}
    items = [
        {"variant_id": whole(name.removeprefix("refund-")), "quantity": whole(quantity)}
        for name, quantity in desk.form.items()
        if name.startswith("refund-") and is_said(quantity)
    ]
    if items:
        body["items"] = items
        body["restock"] = desk.typed("restock") == "yes"
    if desk.typed("amount"):
        body["amount"] = desk.typed("amount")
    if not items and not desk.typed("amount"):
        # Without either, the API would refund all that is left: nobody asked that.
        return desk.done(f"/orders/{order_id}", "nothing_chosen")
    if desk.typed("reason"):
        body["reason"] = desk.typed("reason")
    desk.send("POST", "/orders/refund", body)
    return desk.done(f"/orders/{order_id}", "refunded")


@act(
    "/orders/<id:order_id>/received",
    calls=["POST /payments/received"],
    again=show_console_order,
)
def note_payment(desk: Desk, order_id: int) -> Response:
    """Note that money for an invoice has come."""
    body: dict[str, Any] = {"order_id": order_id}
    for name in ("amount", "reference"):
        if desk.typed(name):
            body[name] = desk.typed(name)
    desk.send("POST", "/payments/received", body)
    return desk.done(f"/orders/{order_id}", "received")
