"""What staff has done, as a manager reads it."""

from typing import Any

from testing.world import World


def activities(world: World, **query: Any) -> list[dict[str, Any]]:
    answer = world.manager.get("/activities", query_string=query)
    assert answer.status_code == 200, answer.json
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def last(world: World, **query: Any) -> dict[str, Any]:
    return activities(world, limit=1, **query)[0]
