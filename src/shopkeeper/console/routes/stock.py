"""Stock: what is out and what is low, and what is booked without a trade."""

from typing import Any

from flask import Response

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.pages import act, show
from shopkeeper.console.routes.typed import signed, whole

REASONS = ("adjustment", "damage", "theft", "loss", "found")
FILTERS = ("availability", "waiting", "cursor")


@show("/stock")
def show_stock(desk: Desk) -> Response:
    """What is there of each variant, what runs out first at the top."""
    asked = {name: desk.asked(name) for name in FILTERS}
    found = desk.api.get("/stock", limit=50, **asked)
    return desk.page(
        "stock.html",
        levels=found["items"],
        next_cursor=found["next_cursor"],
        asked=asked,
        whole=desk.api.get("/statistics/inventory"),
    )


@act("/stock/count", calls=["POST /stock/count"], again=show_stock)
def count_console_stock(desk: Desk) -> Response:
    """Book what was counted; what was left empty was not."""
    lines = [
        {"variant_id": whole(name.removeprefix("counted-")), "counted": whole(counted)}
        for name, counted in desk.form.items()
        if name.startswith("counted-") and counted.strip()
    ]
    if not lines:
        return desk.done_there("/stock", "nothing_chosen")
    body: dict[str, Any] = {"lines": lines}
    if desk.typed("counted_at"):
        body["counted_at"] = desk.typed("counted_at")
    desk.send("POST", "/stock/count", body)
    return desk.done_there("/stock", "counted")


@show("/stock/<id:variant_id>")
def show_ledger(desk: Desk, variant_id: int) -> Response:
    """Each change of a variant's stock and cost, the last one first."""
    variant = desk.api.get(f"/variants/{variant_id}")
    found = desk.api.get(
        f"/variants/{variant_id}/stock-movements",
        limit=100,
        cursor=desk.asked("cursor"),
    )
    levels = desk.api.get("/stock", product_id=variant["product_id"], limit=100)
    own = [each for each in levels["items"] if each["variant_id"] == variant_id]
    return desk.page(
        "ledger.html",
        threshold=own[0]["low_stock_threshold"] if own else None,
        variant=variant,
        product=desk.api.get(f"/products/{variant['product_id']}"),
        movements=found["items"],
        next_cursor=found["next_cursor"],
        reasons=REASONS,
    )


@act("/stock/<id:variant_id>/adjust", calls=["POST /stock/adjust"], again=show_ledger)
def adjust_console_stock(desk: Desk, variant_id: int) -> Response:
    """Book pieces that are damaged, stolen, lost or found."""
    line = {"variant_id": variant_id, "delta": signed(desk.typed("delta"))}
    body: dict[str, Any] = {"lines": [line], "reason": desk.typed("reason")}
    if desk.typed("note"):
        body["note"] = desk.typed("note")
    desk.send("POST", "/stock/adjust", body)
    return desk.done(f"/stock/{variant_id}", "adjusted")


@act(
    "/stock/<id:variant_id>/threshold",
    calls=["PUT /stock/thresholds"],
    again=show_ledger,
)
def set_threshold(desk: Desk, variant_id: int) -> Response:
    """Set below how many pieces a variant is low; empty is as the shop has it."""
    said = desk.typed("threshold")
    low = whole(said) if said else None
    line = {"variant_id": variant_id, "low_stock_threshold": low}
    desk.send("PUT", "/stock/thresholds", {"lines": [line]})
    return desk.done(f"/stock/{variant_id}", "saved")
