"""Categories that are moved, filled and removed at once."""

from typing import Any

from testing.at_once import at_once, statuses
from testing.world import World


def test_two_categories_never_come_to_stand_below_each_other(
    fresh_world: World,
) -> None:
    manager = fresh_world.manager
    for turn in range(5):
        one, other = (fresh_world.category(f"{name} {turn}")["id"] for name in "ab")
        moves = [(one, other), (other, one)]

        answers = at_once(
            2,
            lambda n, moves=moves: manager.put(  # type: ignore[misc]  # Of this turn.
                "/categories/update",
                json=dict(zip(("id", "parent_id"), moves[n], strict=True)),
            ),
        )

        assert statuses(answers) == {200: 1, 409: 1}


def test_nothing_is_left_below_a_category_that_goes(fresh_world: World) -> None:
    manager = fresh_world.manager
    for turn in range(5):
        top = fresh_world.category(f"Top {turn}")["id"]
        middle = manager.post(
            "/categories/add", json={"name": "Middle", "parent_id": top}
        ).json["id"]

        def act(n: int, top: int = top, middle: int = middle) -> Any:
            if n == 0:
                return manager.delete(f"/categories/delete?id={top}")
            body = {"name": f"Below {n}", "parent_id": middle}
            return manager.post("/categories/add", json=body)

        removed, *added = at_once(5, act)

        assert removed.status_code == 204
        assert {answer.status_code for answer in added} <= {201, 404}
        assert manager.get(f"/categories?parent_id={middle}").json["items"] == []
    assert manager.get("/categories").json["items"] == []


def test_placing_waits_for_nobody_who_waits_for_it(fresh_world: World) -> None:
    manager = fresh_world.manager
    tops = [fresh_world.category(f"Top {number}") for number in range(4)]
    below = [fresh_world.category(f"{top['name']} > Same")["id"] for top in tops]

    def act(n: int) -> Any:
        top = tops[n % 4]
        if n % 3 == 0:
            body = {"id": below[n % 4], "position": 1, "parent_id": tops[0]["id"]}
            return manager.put("/categories/update", json=body)
        if n % 3 == 1:
            body = {"name": f"New {n}", "parent_id": top["id"], "position": 1}
            return manager.post("/categories/add", json=body)
        product = {"name": f"P {n}", "quantity": 1, "price": "1"}
        words = "Same" if n % 2 else f"{top['name']} > Same"
        return manager.post("/products/add", json={**product, "category": words})

    answers = at_once(24, act)

    # Of one name beside each other, or of several places: nothing else is told.
    assert {answer.status_code for answer in answers} <= {200, 201, 404, 409, 422}
