"""Categories below each other: found, moved, placed, taken away with all below."""

from typing import Any

import pytest
from testing.lists import walk
from testing.world import Client, World, problem


def add(world: World, name: str, **values: object) -> Any:
    answer = world.manager.post("/categories/add", json={"name": name, **values})
    assert answer.status_code == 201, answer.text
    return answer.json


def paths(client: Client, query: str = "") -> list[str]:
    """Of all categories, page by page."""
    page = client.get(f"/categories?limit=2{query}").json
    found = [item["path"] for item in page["items"]]
    while page["next_cursor"]:
        after = f"&cursor={page['next_cursor']}"
        page = client.get(f"/categories?limit=2{query}{after}").json
        found += [item["path"] for item in page["items"]]
    return found


@pytest.fixture
def tree(world: World) -> dict[str, int]:
    """The ids of a small tree, by its paths."""
    made = {}
    for path in ("Women", "Men", "Men > Shoes", "Women > Shoes", "Men > Shoes > Boots"):
        made[path] = add(world, path)["id"]
    return made


def test_categories_stand_below_each_other(world: World, tree: dict[str, int]) -> None:
    boots = world.client.get("/categories?sort=position").json["items"][4]
    assert boots["path"] == "Men > Shoes > Boots"
    assert (boots["id"], boots["parent_id"]) == (
        tree["Men > Shoes > Boots"],
        tree["Men > Shoes"],
    )
    assert (boots["name"], boots["position"]) == ("Boots", 1)
    assert paths(world.client) == [
        *("Men", "Men > Shoes", "Men > Shoes > Boots", "Women", "Women > Shoes")
    ]
    # As the shop has made them: what came first stands first.
    assert paths(world.client, "&sort=position") == [
        *("Women", "Women > Shoes", "Men", "Men > Shoes", "Men > Shoes > Boots")
    ]
    below = f"&parent_id={tree['Men']}"
    for sort in ("name", "position"):
        assert paths(world.client, f"{below}&sort={sort}") == ["Men > Shoes"]


def test_products_of_a_category_are_those_below_it_too(
    world: World, tree: dict[str, int]
) -> None:
    for name, path in (
        ("Trainer", "Men > Shoes"),
        ("Boot", "men > shoes > boots"),
        ("Pump", "Women>Shoes"),
        ("Belt", "Men"),
    ):
        world.product(name=name, category=path)

    def names(query: str) -> list[str]:
        return walk(world.client, f"/products?limit=1&{query}")

    assert names("category=Men") == ["Belt", "Boot", "Trainer"]
    assert names("category=Men&sort=-name") == ["Trainer", "Boot", "Belt"]
    assert names("category=Men&in_stock=true") == ["Belt", "Boot", "Trainer"]
    assert names("category=Men&search=o") == ["Boot"]
    assert names("category=Boots") == ["Boot"]
    assert names("category=Women+>+Shoes") == ["Pump"]
    assert names("category=Nowhere") == []
    assert len(names("category=Men&sort=quantity")) == 3
    by_id = f"/categories/products?limit=1&id={tree['Men > Shoes']}"
    assert walk(world.client, by_id) == ["Boot", "Trainer"]
    counts = {
        item["path"]: item["product_count"]
        for item in world.client.get("/categories").json["items"]
    }
    assert counts == {
        "Men": 3,
        "Men > Shoes": 2,
        "Men > Shoes > Boots": 1,
        "Women": 1,
        "Women > Shoes": 1,
    }
    boot = world.client.get("/products?search=boot").json["items"][0]
    assert boot["category"] == "Men > Shoes > Boots"


@pytest.mark.usefixtures("tree")
def test_a_name_of_several_is_refused_naming_their_paths(world: World) -> None:
    new = {"name": "Sandal", "category": "shoes", "quantity": 1, "price": "5"}

    for answer in (
        world.manager.post("/products/add", json=new),
        world.client.get("/products?category=Shoes"),
        world.client.get("/categories/products?category=Shoes"),
    ):
        assert problem(answer) == (422, "category_ambiguous")
        assert answer.json["paths"] == ["Men > Shoes", "Women > Shoes"]


def test_of_a_name_at_the_top_and_below_the_one_at_the_top_is_meant(
    world: World, tree: dict[str, int]
) -> None:
    top = add(world, "Shoes")

    sandal = world.product(category="shoes")

    assert sandal["category_id"] == top["id"]
    assert tree["Men > Shoes"] != top["id"]


def test_moving_takes_what_is_below_along(world: World, tree: dict[str, int]) -> None:
    boot = world.product(category="Men > Shoes > Boots")
    tag = world.client.get(f"/products/{boot['id']}").headers["ETag"]

    moved = world.manager.put(
        "/categories/update",
        json={"id": tree["Men > Shoes"], "name": "Footwear", "parent_id": None},
    )

    assert (moved.json["path"], moved.json["position"]) == ("Footwear", 3)
    assert paths(world.client) == [
        *("Footwear", "Footwear > Boots", "Men", "Women", "Women > Shoes")
    ]
    after = world.client.get(f"/products/{boot['id']}")
    assert after.json["category"] == "Footwear > Boots"
    assert after.headers["ETag"] != tag
    # By its path, too.
    back = world.manager.put(
        "/categories/update",
        json={"id": tree["Men > Shoes"], "name": "Women > Shoes > Men's"},
    )
    assert back.json["parent_id"] == tree["Women > Shoes"]


@pytest.mark.parametrize("below", ["Men", "Men > Shoes", "Men > Shoes > Boots"])
def test_no_category_stands_below_itself(
    world: World, tree: dict[str, int], below: str
) -> None:
    answer = world.manager.put(
        "/categories/update", json={"id": tree["Men"], "parent_id": tree[below]}
    )

    assert problem(answer) == (409, "category_circle")


def test_a_tree_has_ten_levels(world: World, tree: dict[str, int]) -> None:
    above = "Men > Shoes > Boots"
    for level in range(4, 11):
        above = add(world, f"{above} > {level}")["path"]

    deeper = world.manager.post("/categories/add", json={"name": f"{above} > 11"})
    moved = world.manager.put(
        "/categories/update", json={"id": tree["Men"], "parent_id": tree["Women"]}
    )

    assert problem(deeper) == (422, "validation_failed")
    assert problem(moved) == (409, "category_too_deep")


def test_places_among_those_beside(world: World) -> None:
    ids = {name: add(world, name)["id"] for name in "abcd"}

    def move(name: str, **values: object) -> None:
        answer = world.manager.put(
            "/categories/update", json={"id": ids[name], **values}
        )
        assert answer.status_code == 200, answer.text

    move("d", position=1)
    assert paths(world.client, "&sort=position") == ["d", "a", "b", "c"]
    move("d", position=3)
    assert paths(world.client, "&sort=position") == ["a", "b", "d", "c"]
    move("a", position=99)
    assert paths(world.client, "&sort=position") == ["b", "d", "c", "a"]
    move("c", parent_id=ids["b"])
    assert paths(world.client, "&sort=position") == ["b", "b > c", "d", "a"]
    add(world, "e", position=2)
    assert paths(world.client, "&sort=position") == ["b", "b > c", "e", "d", "a"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"name": "Nowhere > Hats"}, (404, "category_not_found")),
        ({"name": "Hats", "parent_id": 999999}, (404, "category_not_found")),
        ({"name": "Men > shoes"}, (409, "category_name_taken")),
        ({"name": "Shoes > Hats"}, (404, "category_not_found")),
        ({"name": "Men > "}, (422, "validation_failed")),
        ({"name": f"Men > {'x' * 121}"}, (422, "validation_failed")),
        ({"name": "x" * 121}, (422, "validation_failed")),
        ({"name": "Men > Hats", "parent_id": 1}, (422, "validation_failed")),
    ],
)
@pytest.mark.usefixtures("tree")
def test_a_place_that_there_is_not(
    world: World, values: dict[str, object], expected: tuple[int, str]
) -> None:
    answer = world.manager.post("/categories/add", json=values)

    assert problem(answer) == expected


def test_how_much_goes_with_a_category_can_be_asked_before(
    world: World, tree: dict[str, int]
) -> None:
    world.product(category="Men > Shoes", quantity=5)
    world.product(category="Men > Shoes > Boots", quantity=2)
    kept = world.product(category="Women")
    url = f"/categories/delete?id={tree['Men']}"

    tried = world.manager.delete(f"{url}&dry_run=true")
    refused = world.manager.delete(f"{url}&expected_products=1")

    assert tried.status_code == 200
    assert tried.json == {"categories": 3, "products": 2, "variants": 2, "pieces": 7}
    assert problem(refused) == (409, "product_count_differs")
    assert refused.json["product_count"] == 2
    assert len(walk(world.client, "/products")) == 3
    gone = world.manager.delete(f"{url}&expected_products=2")
    assert gone.status_code == 204
    assert walk(world.client, "/products") == [kept["name"]]
    assert paths(world.client) == ["Women", "Women > Shoes"]
    assert problem(world.manager.delete(f"{url}&dry_run=1"))[0] == 404


def test_two_places_at_once(world: World, tree: dict[str, int]) -> None:
    answer = world.manager.put(
        "/categories/update",
        json={"id": tree["Men > Shoes"], "name": "Women > Boots", "parent_id": None},
    )

    assert problem(answer) == (422, "validation_failed")


def test_the_first_name_of_a_path_is_at_the_top(world: World) -> None:
    for path in ("Kids", "Kids > Men"):
        add(world, path)

    answer = world.manager.post("/categories/add", json={"name": "Men > Shoes"})

    assert problem(answer) == (404, "category_not_found")
