"""Executing an order: payment and all its stock, once, or nothing."""

from testing.payments import shop_settings
from testing.world import World, pointers, problem

from shopkeeper.web.application import Shop


def test_a_price_that_has_changed_is_told_before_it_is_charged(world: World) -> None:
    person, product = world.person(), world.product(name="Ink", price="4.99")
    order = world.order(person, [(product, 3)])
    world.manager.put("/products/update", json={"id": product["id"], "price": "9"})

    refused = person.post("/orders/execute", json={"id": order["id"]})

    assert problem(refused) == (409, "price_changed")
    assert refused.json["lines"] == [
        {
            "product_id": product["id"],
            "name": "Ink",
            "unit_price": "4.99",
            "price": "9.00",
        }
    ]
    assert "update the order's items" in refused.json["detail"]
    shown = person.get(f"/orders/{order['id']}").json
    assert (shown["status"], shown["total"]) == ("pending", "14.97")

    items = [{"product_id": product["id"], "quantity": 3}]
    person.put("/orders/update", json={"id": order["id"], "items": items})
    executed = person.post("/orders/execute", json={"id": order["id"]}).json
    assert executed["total"] == "27.00"


def test_a_country_no_longer_shipped_to_is_told(app: Shop, world: World) -> None:
    person = world.person()
    order = world.order(person, [(world.product(), 1)])

    with shop_settings(app, ship_to=("FR",)):
        refused = person.post("/orders/execute", json={"id": order["id"]})

    assert problem(refused) == (409, "shipping_unavailable")
    assert refused.json["country_code"] == "IE"
    assert person.get(f"/orders/{order['id']}").json["status"] == "pending"


def test_executing_takes_payment_and_stock(world: World) -> None:
    person = world.person()
    first, second = world.product(quantity=5), world.product(quantity=7, price="1.50")

    order = world.executed_order(person, [(first, 5), (second, 2)])

    assert (order["status"], order["executed"]) == ("executed", True)
    assert order["executed_at"].endswith("Z")
    assert order["payment"]["method"] == "invoice"
    assert order["payment"]["amount"] == order["total"] == "27.95"
    assert (world.stock(first), world.stock(second)) == (0, 5)


def test_executing_takes_all_lines_or_none(world: World) -> None:
    person = world.person()
    plenty, scarce = world.product(quantity=5), world.product(quantity=1)
    order = world.order(person, [(plenty, 2), (scarce, 1)])
    world.executed_order(world.person(), [(scarce, 1)])

    answer = person.post("/orders/execute", json={"id": order["id"]})

    assert problem(answer) == (409, "insufficient_stock")
    assert answer.json["lines"] == [
        {
            "product_id": scarce["id"],
            "name": scarce["name"],
            "requested": 1,
            "available": 0,
        }
    ]
    assert world.stock(plenty) == 5
    assert person.get(f"/orders/{order['id']}").json == order


def test_an_order_is_executed_once(world: World) -> None:
    person, product = world.person(), world.product()
    order = world.executed_order(person, [(product, 1)])

    again = person.post("/orders/execute", json={"id": order["id"]})

    assert problem(again) == (409, "already_executed")
    assert world.stock(product) == 9


def test_a_removed_product_cannot_be_executed(world: World) -> None:
    person, product = world.person(), world.product()
    order = world.order(person, [(product, 1)])
    world.manager.delete(f"/products/remove?id={product['id']}")

    answer = person.post("/orders/execute", json={"id": order["id"]})

    assert problem(answer) == (409, "product_unavailable")
    assert answer.json["lines"][0]["product_id"] == product["id"]


def test_a_payment_may_be_named(world: World) -> None:
    person = world.person()
    order = world.order(person, [(world.product(), 1)])

    other = person.post(
        "/orders/execute", json={"id": order["id"], "payment": {"method": "barter"}}
    )
    invoice = person.post(
        "/orders/execute", json={"id": order["id"], "payment": {"method": "invoice"}}
    )

    assert pointers(other) == ["/payment/method"]
    assert invoice.json["status"] == "executed"


def test_a_stale_order_is_not_executed(world: World) -> None:
    person = world.person()
    order = world.order(person, [(world.product(), 1)])
    person.put("/orders/update", json={"id": order["id"], "location": "FR"})

    stale = person.post(
        "/orders/execute", json={"id": order["id"]}, headers={"If-Match": '"1"'}
    )
    stale_and_weak = person.delete(
        f"/orders/delete?id={order['id']}", headers={"If-Match": 'W/"1"'}
    )
    # As a proxy that packs makes it of ours.
    weak = person.delete(
        f"/orders/delete?id={order['id']}", headers={"If-Match": 'W/"2"'}
    )

    assert problem(stale) == problem(stale_and_weak) == (412, "stale_version")
    assert stale.json["current_etag"] == '"2"'
    assert weak.status_code == 204
