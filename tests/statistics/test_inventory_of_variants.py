"""The inventory of products with variants, now and then."""

from typing import Any

from testing.shirts import shirt
from testing.world import World


def test_the_inventory_is_that_of_all_its_variants(world: World) -> None:
    category = world.category()["name"]
    product = shirt(world, category=category)
    world.product(category=category, quantity=1, price="1.00", cost="0.50")

    def inventory(query: str) -> dict[str, Any]:
        path = f"/statistics/inventory?{query}"
        return dict(world.manager.get(path).json)

    whole = inventory(f"category={category}")
    assert (whole["products"], whole["units"]) == (2, 8)
    # Five at 20, two at 20, none at 22; one at 1. Five have cost 4, one 0.5.
    assert (whole["value_at_price"], whole["value_at_cost"]) == ("141.00", "20.5000")
    assert inventory(f"product_id={product['id']}")["out_of_stock"] == 0


def test_the_inventory_of_the_past_has_the_prices_of_then(world: World) -> None:
    product = shirt(world)
    before = world.manager.get("/statistics/inventory").json["as_of"]
    small, medium, _ = product["variants"]
    change = {"id": small["id"], "price": "99.00", "quantity": 1}
    world.manager.put("/variants/update", json=change)
    world.manager.delete(f"/variants/remove?id={medium['id']}")

    path = f"/statistics/inventory?product_id={product['id']}&as_of="
    then = world.manager.get(path + before).json
    now = world.manager.get(path.removesuffix("&as_of=")).json

    assert (then["units"], then["value_at_price"]) == (7, "140.00")
    assert (now["units"], now["value_at_price"]) == (1, "99.00")
