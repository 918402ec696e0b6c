"""A product stands in one category, and is found in others too."""

from typing import Any

import pytest
from testing.world import World, problem


@pytest.fixture
def shop(world: World) -> World:
    """Men > Shoes, Men > Sale, and New at the top."""
    manager = world.manager
    men = manager.post("/categories/add", json={"name": "Men"}).json
    for name in ("Shoes", "Sale"):
        body = {"name": name, "parent_id": men["id"]}
        assert manager.post("/categories/add", json=body).status_code == 201
    world.category("New")
    return world


def boots(world: World, **fields: Any) -> dict[str, Any]:
    further = ["Men > Sale", "new"]
    return world.product(
        name="Boots", category="Shoes", further_categories=further, **fields
    )


def names(world: World, category: str, more: str = "") -> list[str]:
    answer = world.client.get(f"/products?category={category}{more}")
    return [product["name"] for product in answer.json["items"]]


def counts(world: World) -> dict[str, int]:
    rows = world.client.get("/categories").json["items"]
    return {row["path"]: row["product_count"] for row in rows}


def test_it_is_listed_in_each_of_them_once(shop: World) -> None:
    made = boots(shop)
    shop.product(name="Apron", category="New")
    shop.product(name="Zips", category="Men > Sale", price="1")

    assert made["category"] == "Men > Shoes"
    assert made["further_categories"] == ["Men > Sale", "New"]
    assert names(shop, "New") == ["Apron", "Boots"]
    assert names(shop, "Men") == ["Boots", "Zips"]
    assert names(shop, "Sale", "&sort=price") == ["Zips", "Boots"]
    assert names(shop, "New", "&sort=-name&limit=1") == ["Boots"]
    assert names(shop, "New", "&search=boot") == ["Boots"]
    assert names(shop, "New", "&sort=-quantity") == ["Apron", "Boots"]
    assert counts(shop) == {"Men": 2, "Men > Sale": 2, "Men > Shoes": 1, "New": 2}
    first = shop.client.get("/products?category=New&limit=1").json
    after = f"&cursor={first['next_cursor']}"
    assert names(shop, "New", after) == ["Boots"]


def test_they_are_changed_together(shop: World) -> None:
    made = boots(shop)

    def change(**fields: Any) -> Any:
        body = {"id": made["id"], **fields}
        return shop.manager.put("/products/update", json=body)

    again = change(further_categories=["New", "Sale"])
    assert again.headers["ETag"] == change(name="Boots").headers["ETag"]
    assert change(category="New").json["further_categories"] == ["Men > Sale"]
    assert change(further_categories=["Shoes", "New", "shoes"]).json[
        "further_categories"
    ] == ["Men > Shoes"]
    assert change(further_categories=[]).json["further_categories"] == []
    assert problem(change(further_categories=["None"])) == (404, "category_not_found")
    many = change(further_categories=["New"] * 51)
    assert problem(many) == (422, "validation_failed")


def test_a_category_that_is_renamed_or_goes(shop: World) -> None:
    made, tree = boots(shop), shop.client.get("/categories").json["items"]
    ids = {row["path"]: row["id"] for row in tree}
    seen = shop.client.get(f"/products/{made['id']}")
    body = {"id": ids["New"], "name": "Arrivals"}
    assert shop.manager.put("/categories/update", json=body).status_code == 200

    now = shop.client.get(f"/products/{made['id']}")

    assert now.json["further_categories"] == ["Arrivals", "Men > Sale"]
    assert now.headers["ETag"] != seen.headers["ETag"]
    gone = shop.manager.delete(f"/categories/delete?id={ids['New']}")
    assert gone.status_code in {200, 204}
    kept = shop.client.get(f"/products/{made['id']}").json
    assert kept["further_categories"] == ["Men > Sale"]
    body = {"id": ids["New"]}
    assert shop.manager.post("/categories/restore", json=body).status_code == 200
    assert names(shop, "Arrivals") == ["Boots"]
