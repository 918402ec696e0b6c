"""Categories that statistics are asked for: by their paths, or by a name alone."""

from typing import Any

from testing.world import World, problem


def sell(world: World, category: str) -> None:
    product, person = world.product(category=category, quantity=9), world.person()
    order = world.order(person, [(product, 1)])
    assert person.post("/orders/execute", json={"id": order["id"]}).status_code == 200


def orders(world: World, query: str) -> Any:
    answer = world.manager.get(f"/statistics/profit?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json["number_of_executed_orders"]


def test_a_name_alone_is_what_it_was_by_then(fresh_world: World) -> None:
    world = fresh_world
    for path in ("Men", "Men > Shoes"):
        world.category(path)
    sell(world, "Men > Shoes")
    then = world.manager.get("/statistics/profit").json["as_of"]

    assert orders(world, "category=men") == orders(world, "category=Shoes") == 1
    assert orders(world, "category=Men+>+Shoes") == 1
    assert orders(world, "category=Boots") == 0
    for path in ("Women", "Women > Shoes"):
        world.category(path)
    sell(world, "Women > Shoes")
    refused = world.manager.get("/statistics/product-sales?category=shoes")
    assert problem(refused) == (422, "category_ambiguous")
    assert refused.json["paths"] == ["Men > Shoes", "Women > Shoes"]
    assert problem(world.manager.get("/statistics/inventory?category=shoes"))[0] == 422
    # What it was then, it was then.
    assert orders(world, f"category=shoes&as_of={then}") == 1
    world.category("Shoes")
    assert orders(world, "category=shoes") == 0


def test_what_was_moved_keeps_what_it_was(fresh_world: World) -> None:
    world = fresh_world
    shoes, men = world.category("Shoes"), world.category("Men")
    sell(world, "Shoes")
    body = {"id": shoes["id"], "parent_id": men["id"]}
    assert world.manager.put("/categories/update", json=body).status_code == 200
    sell(world, "Men > Shoes")

    assert orders(world, "category=Shoes") == 1
    assert orders(world, "category=Men") == 1
    assert orders(world, f"category_id={shoes['id']}") == 2
