"""A T-shirt in sizes, as tests of variants have it."""

from typing import Any

from testing.world import Person, World

SIZES = [{"name": "Size", "values": ["S", "M", "L"]}]


def shirt(world: World, **fields: Any) -> dict[str, Any]:
    """A T-shirt in three sizes: 5 of S, 2 of M, none of L."""
    body = {
        "name": "T-shirt",
        "category": world.category()["name"],
        "price": "20.00",
        "options": SIZES,
        "variants": [
            {"options": {"Size": "S"}, "quantity": 5, "sku": "TS-S", "cost": "4"},
            {"options": {"size": "m"}, "quantity": 2, "sku": "TS-M"},
            {"options": {"Size": "L"}, "quantity": 0, "price": "22.00"},
        ],
        **fields,
    }
    answer = world.manager.post("/products/add", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def ordered(person: Person, *items: dict[str, Any]) -> Any:
    body = {"location": "Ireland", "items": [{"quantity": 1, **item} for item in items]}
    return person.post("/orders/create", json=body)
