import pytest
from testing.lists import walk
from testing.world import Client, World, problem


def test_categories_are_listed_by_name_with_counts(world: World) -> None:
    for name in ("beta", "Alpha", "gamma"):
        world.category(name)
    world.product(category="Alpha")
    removed = world.product(category="Alpha")
    world.manager.delete(f"/products/remove?id={removed['id']}")

    assert walk(world.client, "/categories?limit=1") == ["Alpha", "beta", "gamma"]
    first = world.client.get("/categories").json["items"][0]
    assert first["product_count"] == 1


def test_category_names_are_unique_whatever_their_case(world: World) -> None:
    category = world.category("Pens")

    added = world.manager.post("/categories/add", json={"name": "PENS"})
    other = world.category()
    renamed = world.manager.put(
        "/categories/update", json={"id": other["id"], "name": "pens"}
    )

    assert problem(added) == problem(renamed) == (409, "category_name_taken")
    same = world.manager.put(
        "/categories/update", json={"id": category["id"], "name": "Pens"}
    )
    assert same.json["updated_at"] == category["updated_at"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("category=Nowhere", (404, "category_not_found")),
        ("id=999999", (404, "category_not_found")),
        ("", (422, "validation_failed")),
        ("id=999999&category=Pens", (404, "category_not_found")),
        ("id=x", (422, "validation_failed")),
    ],
)
def test_the_products_of_no_category(
    client: Client, query: str, expected: tuple[int, str]
) -> None:
    assert problem(client.get(f"/categories/products?{query}")) == expected


def test_deleting_a_category_takes_its_products_along(world: World) -> None:
    product, other = world.product(), world.product()
    world.product(category=product["category"])

    answer = world.manager.delete(f"/categories/delete?id={product['category_id']}")

    assert answer.status_code == 204
    assert walk(world.client, "/products") == [other["name"]]
    assert walk(world.client, "/categories") == [other["category"]]
    assert world.category(product["category"])["id"] != product["category_id"]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_category_that_is_not_there(world: World, method: str) -> None:
    if method == "PUT":
        answer = world.manager.put("/categories/update", json={"id": 9999, "name": "x"})
    else:
        answer = world.manager.delete("/categories/delete?id=9999")

    assert problem(answer) == (404, "category_not_found")
