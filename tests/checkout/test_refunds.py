from typing import Any

from testing.world import World, problem


def test_refunding_all_restocks_and_returns_the_total(world: World) -> None:
    product = world.product(quantity=5)
    order = world.executed_order(world.person(), [(product, 3)])

    answer = world.manager.post(
        "/orders/refund", json={"id": order["id"], "reason": "Broken"}
    )

    assert answer.json["status"] == "refunded"
    assert answer.json["refunded_total"] == answer.json["total"]
    assert answer.json["items"][0]["refunded_quantity"] == 3
    assert answer.json["executed"] is True
    assert world.stock(product) == 5


def test_refunding_by_line_several_times(world: World) -> None:
    product, other = world.product(price="2"), world.product(price="5")
    order = world.executed_order(world.person(), [(product, 3), (other, 1)])

    def refund(quantity: int, *, restock: bool) -> Any:
        items = [{"product_id": product["id"], "quantity": quantity}]
        body = {"id": order["id"], "items": items, "restock": restock}
        return world.manager.post("/orders/refund", json=body)

    first = refund(2, restock=False)
    second = refund(2, restock=True)
    third = refund(1, restock=True)
    rest = world.manager.post("/orders/refund", json={"id": order["id"]})
    none = world.manager.post("/orders/refund", json={"id": order["id"]})

    assert (first.json["status"], first.json["refunded_total"]) == (
        "partially_refunded",
        "4.00",
    )
    assert problem(second) == (409, "refund_too_large")
    assert third.json["refunded_total"] == "6.00"
    assert (rest.json["status"], rest.json["refunded_total"]) == ("refunded", "11.00")
    assert problem(none) == (409, "refund_too_large")
    assert (world.stock(product), world.stock(other)) == (8, 10)


def test_only_what_was_executed_and_sold_is_refunded(world: World) -> None:
    person, product = world.person(), world.product()
    pending = world.order(person, [(product, 1)])
    sold = world.executed_order(person, [(product, 1)])
    stranger = [{"product_id": world.product()["id"], "quantity": 1}]

    early = world.manager.post("/orders/refund", json={"id": pending["id"]})
    foreign = world.manager.post(
        "/orders/refund", json={"id": sold["id"], "items": stranger}
    )
    nothing = world.manager.post("/orders/refund", json={"id": 987654321})

    assert problem(early) == (409, "order_not_executed")
    assert problem(foreign) == (404, "product_not_found")
    assert problem(nothing) == (404, "order_not_found")


def test_what_comes_back_finds_room_in_the_fullest_stock(world: World) -> None:
    product = world.product(quantity=1)
    order = world.executed_order(world.person(), [(product, 1)])
    world.manager.put(
        "/products/update", json={"id": product["id"], "quantity": 2**31 - 1}
    )

    answer = world.manager.post("/orders/refund", json={"id": order["id"]})

    assert answer.json["status"] == "refunded"
    assert world.stock(product) == 2**31
    lowered = {"id": product["id"], "quantity": 0}
    assert world.manager.put("/products/update", json=lowered).status_code == 200
