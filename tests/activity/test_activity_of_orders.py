"""What staff does to orders: noted once, with what a provider's answer has changed."""

from typing import Any

from testing.activities import activities, last
from testing.payments import pay, shop_settings
from testing.world import World

from shopkeeper.web.application import Shop


def moved(done: dict[str, Any]) -> list[tuple[int, int]]:
    """How the pieces went, change by change."""
    return [
        (each["before"]["quantity"], each["after"]["quantity"])
        for each in done["changes"]
        if "quantity" in each["before"]
    ]


def test_what_a_provider_decides_belongs_to_what_has_asked_it(
    fresh_world: World, fresh_app: Shop
) -> None:
    world = fresh_world
    product = world.product(quantity=5)
    with shop_settings(fresh_app, payment_gateway="test"):
        order = world.order(world.manager, [(product, 2)])
        assert pay(world.manager, order, "declined").status_code == 402
        for _ in range(2):
            assert pay(world.manager, order, "success", "k").status_code == 200
        refunded = world.manager.post("/orders/refund", json={"id": order["id"]})

    assert refunded.status_code == 200, refunded.text
    done = activities(world, entity="orders", entity_id=order["id"])
    refund, taken, declined, _ = done
    assert [each["operation"] for each in done] == [
        *("refund_order", "execute_order", "execute_order", "create_order")
    ]
    assert moved(declined) == [(5, 3), (3, 5)]
    assert moved(taken) == [(5, 3)]
    assert moved(refund) == [(3, 5)]
    # What is done thereafter is nobody's of the staff.
    world.executed_order(world.person(), [(product, 1)])
    assert last(world, product_id=product["id"])["id"] == refund["id"]


def test_what_is_gone_on_with_is_noted_once(
    fresh_world: World, fresh_app: Shop
) -> None:
    world = fresh_world
    with shop_settings(fresh_app, payment_gateway="test"):
        order = world.order(world.manager, [(world.product(), 1)])
        for _ in range(3):
            answer = pay(world.manager, order, "action_then_success", "k")
            assert answer.status_code in {200, 202}, answer.text

    done = activities(world, entity="orders", entity_id=order["id"])
    assert [each["operation"] for each in done] == ["execute_order", "create_order"]


def test_what_becomes_of_an_order_is_told(world: World) -> None:
    product = world.product(price="2.00")
    order = world.order(world.manager, [(product, 2)])
    items = [{"product_id": product["id"], "quantity": 1}]
    world.manager.put("/orders/update", json={"id": order["id"], "items": items})
    world.manager.delete("/orders/delete", query_string={"id": order["id"]})

    cancelled, changed, _ = activities(world, entity="orders", entity_id=order["id"])

    (change,) = changed["changes"]
    assert (change["before"], change["after"]) == ({"total": "4.00"}, {"total": "2.00"})
    (change,) = cancelled["changes"]
    assert change["before"]["status"] == "pending"
    assert change["after"]["status"] == "cancelled"
