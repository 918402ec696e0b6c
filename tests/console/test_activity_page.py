"""The page of what staff has done: found from what it was done to."""

import re

from testing.visitor import Visitor
from testing.world import World

from shopkeeper.models import Role


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page))


def test_who_has_changed_a_price_is_found_from_the_product(
    visitor: Visitor, world: World
) -> None:
    pen = world.product(name="Pen", price="10.00")
    world.product(name="Ink", price="3.00")
    world.manager.put(
        "/products/update",
        json={"id": pen["id"], "price": "12.50", "status": "draft"},
    )

    product = visitor.visit(f"/products/{pen['id']}").text
    link = re.search(r"/console(/activity\?product_id=\d+)", product)
    assert link
    found = text_of(visitor.visit(link[1]).text)

    assert "changed a product" in found
    assert "Pen : Price $10.00 $12.50" in found
    assert "Pen : Status active draft" in found
    assert "Ink" not in found.partition("Who What")[2]


def test_what_one_of_them_did_on_a_day(visitor: Visitor, world: World) -> None:
    other = world.person(Role.MANAGER)
    pen, ink = world.product(name="Pen"), world.product(name="Ink")
    other.put("/products/update", json={"id": pen["id"], "price": "2.00"})
    world.manager.put("/products/update", json={"id": ink["id"], "price": "2.00"})

    theirs = visitor.visit(f"/activity?user_id={other.id}").text
    long_ago = visitor.visit("/activity?to=2020-01-01").text
    nonsense = visitor.visit("/activity?from=yesterday")

    assert "Pen" in theirs
    assert "Ink" not in theirs
    assert "nobody can take it away" in long_ago
    assert nonsense.status_code == 422


def test_all_that_a_change_of_many_has_changed(visitor: Visitor, world: World) -> None:
    ids = [world.product(name=f"Pen {n:02}", price="1.00")["id"] for n in range(12)]
    world.manager.post(
        "/products/bulk-update",
        json={"ids": ids, "changes": {"price": {"by_amount": "1"}}},
    )

    listed = visitor.visit("/activity").text
    link = re.search(r"/console(/activity/[0-9a-f-]{36})", listed)
    assert link
    all_of_it = visitor.visit(link[1]).text

    assert "all 12" in listed
    assert all_of_it.count("$2.00") == 12
