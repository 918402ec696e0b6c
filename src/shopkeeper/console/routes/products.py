"""Products: found, added, changed, removed and brought back."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from flask import Response

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.languages import N_
from shopkeeper.console.routes.pages import act, show
from shopkeeper.console.routes.shop_api import Refused, Wanted
from shopkeeper.console.routes.typed import number, plain, whole
from shopkeeper.utils.errors import PreconditionFailed

STALE = "stale_version"
FILTERS = ("search", "category", "status", "sort", "cursor")
# What of a product its form changes; those that an empty field clears.
TEXTS = ("name", "category", "price", "status")
# The columns of the grid of its variants.
COLUMNS = (
    ("sku", N_("Sku")),
    ("price", N_("Price")),
    ("compare_at_price", N_("Compare at")),
    ("cost", N_("Cost")),
    ("barcode", N_("Barcode")),
    ("weight_grams", N_("Weight in grams")),
)
CLEARED = ("sku", "cost", "description", "brand", "tax_class")


@show("/products")
def list_console_products(desk: Desk) -> Response:
    """Products that match, a page at a time, each with its price to change."""
    asked = {name: desk.asked(name) for name in FILTERS}
    asked["status"] = asked["status"] or "all"
    found = desk.api.get("/products", limit=50, **asked)
    return desk.page(
        "products.html",
        products=found["items"],
        next_cursor=found["next_cursor"],
        asked=asked,
    )


@act(
    "/products/bulk",
    calls=["POST /products/bulk-update"],
    again=list_console_products,
)
def change_many(desk: Desk) -> Response:
    """What a change of the chosen products would do; or, confirmed, do it."""
    ids = [whole(each) for each in desk.every("id")]
    changes: dict[str, Any] = {}
    if desk.typed("percent"):
        changes["price"] = {"by_percent": number(desk.typed("percent"))}
    for name in ("status", "category", "brand"):
        if desk.typed(name):
            changes[name] = desk.typed(name)
    if not ids or not changes:
        return desk.done_there("/products", "nothing_chosen")
    body = {"ids": ids, "changes": changes}
    outcome = desk.api.ask(
        Wanted("POST", "/products/bulk-update", body={**body, "dry_run": True})
    )[0]
    shown = sha256(json.dumps(outcome["items"]).encode()).hexdigest()
    if desk.typed("confirmed") == shown:
        desk.send("POST", "/products/bulk-update", body)
        return desk.done_there("/products", "saved")
    # Not seen yet, or not what was seen any more.
    typed = dict(desk.form)
    return desk.page("bulk.html", outcome=outcome, ids=ids, typed=typed, shown=shown)


@show("/products/new")
def show_new_product(desk: Desk) -> Response:
    """The form of a product that there is not yet."""
    empty: dict[str, Any] = dict.fromkeys((*TEXTS, *CLEARED), "")
    return desk.page(
        "product_new.html",
        product={**empty, "status": "active", "variants": []},
        categories=_categories(desk),
    )


@act("/products/add", calls=["POST /products/add"], again=show_new_product)
def add_console_product(desk: Desk) -> Response:
    """Put a product into the catalogue."""
    body: dict[str, Any] = {"name": desk.typed("name")}
    for name in (*TEXTS[1:], *CLEARED):
        if desk.typed(name):
            body[name] = desk.typed(name)
    body["quantity"] = whole(desk.typed("quantity") or "0")
    product = desk.send("POST", "/products/add", body)
    return desk.done(f"/products/{product['id']}", "added")


@show("/products/<id:product_id>")
def show_console_product(desk: Desk, product_id: int) -> Response:
    """A product: what it is, what is there of it, and how it sells."""
    product, tag = desk.api.get_tagged(f"/products/{product_id}")
    # Each of several variants has a ledger of its own, which a link leads to.
    only = None if product["variants"] else product["variant_id"]
    movements = (
        desk.api.get(f"/variants/{only}/stock-movements", limit=20) if only else None
    )
    sales = desk.api.get(f"/statistics/products/{product_id}", granularity="month")
    return desk.page(
        "product.html",
        product=product,
        tag=tag,
        movements=movements["items"] if movements else None,
        sales=sales,
        categories=_categories(desk),
        cells=COLUMNS,
        variant_choices=[(str(v["id"]), v["title"]) for v in product["variants"]],
        # What somebody else has changed while this was being typed.
        differences=_differences(desk, product),
    )


@act(
    "/products/<id:product_id>/save",
    calls=["PUT /products/update"],
    again=show_console_product,
)
def save_product(desk: Desk, product_id: int) -> Response:
    """Change what was changed in the form, and nothing else: no quantity is sent."""
    body: dict[str, Any] = {"id": product_id}
    for name in (*TEXTS, *CLEARED):
        if name not in desk.form or desk.typed(name) == desk.typed(f"was-{name}"):
            continue
        value = desk.typed(name)
        body[name] = None if not value and name in CLEARED else value
    if len(body) > 1:
        _save(desk, body)
    return desk.done(f"/products/{product_id}", "saved")


def _save(desk: Desk, body: Mapping[str, Any]) -> None:
    """Save it over what it is now, unless somebody else has changed what is shown.

    A sale makes another version of a product, and is no reason to ask anybody.

    Raises:
        Refused: If it is refused, or somebody has.
    """
    try:
        desk.send("PUT", "/products/update", body)
    except Refused as refused:
        if refused.problem["code"] != STALE:
            raise
        product, tag = desk.api.get_tagged(f"/products/{body['id']}")
        if any(now != typed for _, _, now, typed in _changes_since(desk, product)):
            raise
        desk.send("PUT", "/products/update", body, tag=tag)


@act(
    "/products/<id:product_id>/receive",
    calls=["POST /products/receive"],
    again=show_console_product,
)
def receive_goods(desk: Desk, product_id: int) -> Response:
    """Take in pieces with what each of them has cost."""
    body: dict[str, Any] = {
        "id": product_id,
        "quantity": whole(desk.typed("quantity")),
        "unit_cost": desk.typed("unit_cost"),
    }
    if desk.typed("variant_id"):
        body["variant_id"] = whole(desk.typed("variant_id"))
    if desk.typed("reference"):
        body["reference"] = desk.typed("reference")
    desk.send("POST", "/products/receive", body)
    return desk.done(f"/products/{product_id}", "received_goods")


@act(
    "/products/<id:product_id>/remove",
    calls=["DELETE /products/remove"],
    again=show_console_product,
)
def remove_console_product(desk: Desk, product_id: int) -> Response:
    """Take a product out of the catalogue; the next page brings it back."""
    desk.send("DELETE", "/products/remove", query={"id": product_id})
    return desk.done("/products", "removed", removed=product_id)


@act(
    "/products/<id:product_id>/restore",
    calls=["POST /products/restore"],
    again=lambda desk, **_: list_console_products(desk),
)
def restore_console_product(desk: Desk, product_id: int) -> Response:
    """Bring back a product that was removed."""
    desk.send("POST", "/products/restore", {"id": product_id})
    return desk.done(f"/products/{product_id}", "restored")


@act(
    "/products/<id:product_id>/price",
    calls=["PUT /products/update"],
    again=lambda desk, **_: list_console_products(desk),
)
def set_price(desk: Desk, product_id: int) -> Response:
    """Change the price in its row of the list."""
    product, tag = desk.api.get_tagged(f"/products/{product_id}")
    price = desk.typed("price")
    if product["price"] not in {desk.typed("was-price"), price}:
        raise PreconditionFailed(
            f"{product['name']} was {desk.typed('was-price')}, and is"
            f" {product['price']} now: somebody has changed it meanwhile."
        )
    body = {"id": product_id, "price": price}
    desk.send("PUT", "/products/update", body, tag=tag)
    return desk.done_there("/products", "saved")


def _categories(desk: Desk) -> list[str]:
    found = desk.api.get("/categories", limit=100, sort="name")
    return [category["path"] for category in found["items"]]


def _differences(
    desk: Desk, product: Mapping[str, Any]
) -> list[tuple[str, str, str, str]]:
    """What somebody else has changed, once it was told that somebody has."""
    if desk.refused is None or desk.refused.problem["code"] != STALE:
        return []
    return _changes_since(desk, product)


def _changes_since(
    desk: Desk, product: Mapping[str, Any]
) -> list[tuple[str, str, str, str]]:
    """What is not as the form has found it: what it was, is now, and was typed."""
    found = []
    for name in (*TEXTS, *CLEARED):
        was, now = desk.typed(f"was-{name}"), plain(product.get(name))
        if name in desk.form and now != was:
            found.append((name, was, now, desk.typed(name)))
    return found
