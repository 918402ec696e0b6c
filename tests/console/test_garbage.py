"""What nobody should type, or ask for: each has an answer, and nothing is done."""

import pytest
from testing.traded import executed_order, stock_of
from testing.visitor import Visitor
from testing.world import World

GARBAGE = ["²", "-1", "1.5", "9" * 30, "9" * 5000, "x", "0x10", "١"]


@pytest.mark.parametrize("said", GARBAGE)
def test_what_is_no_number_is_told_and_nothing_is_done(
    visitor: Visitor, world: World, said: str
) -> None:
    order, product = executed_order(world)
    variant = product["variant_id"]
    sent = [
        (f"/console/orders/{order['id']}/refund", {f"refund-{variant}": said}),
        (f"/console/orders/{order['id']}/refund", {f"refund-{said}": "1"}),
        ("/console/stock/count", {f"counted-{variant}": said}),
        ("/console/stock/count", {f"counted-{said}": "1"}),
        (f"/console/stock/{variant}/threshold", {"threshold": said}),
        (f"/console/products/{product['id']}/receive", {"quantity": said}),
        ("/console/products/bulk", {"id": said, "percent": "1"}),
        ("/console/products/bulk", {"id": product["id"], "percent": said}),
    ]

    for path, typed in sent:
        answer = visitor.send(path, **typed)

        is_change = path.endswith("bulk") and typed["percent"] == said
        accepted = {200} if is_change else set()
        assert answer.status_code in {404, 409, 422} | accepted, (path, typed)
    assert stock_of(world, product) == 6
    shown = world.manager.get(f"/orders/{order['id']}").json
    assert shown["refunds"] == []


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/orders?cursor=x",
            "/orders?status=x",
            "/products?sort=x",
            "/stock?cursor=x",
        ),
        *(
            "/reports?back=²",
            "/activity?to=9999-12-31",
            "/reports?back=" + "9" * 5000,
            "/find?q=" + "x" * 150,
            "/reports?back=-1",
            "/reports?period=x",
            "/find?q=%00",
        ),
        *("/orders/print?id=²&id=x", "/products?search=" + "x" * 3000),
        *("/orders/99999999999999999999", "/customers/0", "/users?cursor=%FF"),
    ],
)
def test_garbage_in_an_address_has_a_page(visitor: Visitor, path: str) -> None:
    page = visitor.visit(path)

    assert page.status_code < 500, page.text
