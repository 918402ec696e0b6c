"""What was traded, and what is left of it."""

from typing import Any

from testing.world import World


def executed_order(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    customer = world.person()
    product = world.product(price="5.00", quantity=10)
    placed = world.order(customer, [(product, 4)])
    answer = customer.post("/orders/execute", json={"id": placed["id"]})
    assert answer.status_code == 200, answer.text
    return answer.json, product


def stock_of(world: World, product: dict[str, Any]) -> int:
    return int(world.manager.get(f"/products/{product['id']}").json["quantity"])
