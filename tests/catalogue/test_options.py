"""Options of products: one more, renamed, put in another order."""

from typing import Any

import pytest
from testing.world import World, problem


def shirt(world: World) -> Any:
    values = {"Size": ["S", "M"], "Colour": ["Red", "Blue"]}
    answer = world.manager.post(
        "/products/add",
        json={
            "name": "T-shirt",
            "category": world.category()["name"],
            "price": "5",
            "options": [{"name": n, "values": v} for n, v in values.items()],
            "variants": [
                {"options": {"Size": size, "Colour": colour}, "quantity": 3}
                for size in values["Size"]
                for colour in values["Colour"]
            ],
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.json


def titles(product: Any) -> list[str]:
    return [variant["title"] for variant in product["variants"]]


def update(world: World, product: Any, name: str, **changes: Any) -> Any:
    body = {"product_id": product["id"], "name": name, **changes}
    return world.manager.put("/options/update", json=body)


def test_a_product_without_options_gets_one(world: World) -> None:
    product = world.product(quantity=7, sku="P-1")
    person = world.person()
    before = world.order(person, [(product, 1)])

    answer = world.manager.post(
        "/options/add",
        json={"product_id": product["id"], "name": "Size", "values": ["M", "L"]},
    )

    assert answer.status_code == 201, answer.text
    made = answer.json
    (variant,) = made["variants"]
    assert (variant["title"], variant["quantity"], variant["sku"]) == ("M", 7, "P-1")
    assert variant["id"] == product["variant_id"]
    added = world.manager.post(
        "/variants/add",
        json={
            "product_id": product["id"],
            "variants": [{"options": {"size": "L"}, "quantity": 2, "price": "6"}],
        },
    )
    assert titles(added.json) == ["M", "L"]
    assert added.json["options"] == [{"name": "Size", "values": ["M", "L"]}]
    done = person.post("/orders/execute", json={"id": before["id"]})
    assert done.status_code == 200, done.text


def test_one_more_of_all_variants(world: World) -> None:
    product = shirt(world)

    made = world.manager.post(
        "/options/add",
        json={"product_id": product["id"], "name": "Cloth", "values": ["Cotton"]},
    ).json

    assert titles(made) == [
        f"{size} / {colour} / Cotton" for size in "SM" for colour in ("Red", "Blue")
    ]


def test_names_and_words_change(world: World) -> None:
    product = shirt(world)

    answer = update(
        world,
        product,
        "size",
        new_name="Grösse",
        rename_values={"s": "Klein", "M": "Mittel"},
        values=["Mittel"],
    )

    assert answer.status_code == 200, answer.text
    assert answer.json["options"][0] == {
        "name": "Grösse",
        "values": ["Mittel", "Klein"],
    }
    assert titles(answer.json)[0] == "Klein / Red"


def test_words_change_places(world: World) -> None:
    product = shirt(world)

    made = update(world, product, "Size", rename_values={"S": "M", "m": "S"}).json

    assert titles(made) == ["M / Red", "M / Blue", "S / Red", "S / Blue"]
    assert made["options"][0]["values"] == ["M", "S"]


def test_options_change_places(world: World) -> None:
    product = shirt(world)

    made = update(world, product, "Colour", position=1).json

    assert [option["name"] for option in made["options"]] == ["Colour", "Size"]
    assert titles(made) == ["Red / S", "Blue / S", "Red / M", "Blue / M"]
    again = update(world, product, "Colour", position=5).json
    assert titles(again) == titles(product)


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("Cut", {"new_name": "Fit"}, (404, "option_not_found")),
        ("Size", {"new_name": "colour"}, (422, "validation_failed")),
        ("Size", {"values": ["XL"]}, (422, "validation_failed")),
        ("Size", {"values": ["S", "s"]}, (422, "validation_failed")),
        ("Size", {"rename_values": {"XL": "L"}}, (422, "validation_failed")),
        ("Size", {"rename_values": {"S": "m"}}, (422, "validation_failed")),
        ("Size", {"rename_values": {"S": "A", "s": "B"}}, (422, "validation_failed")),
        ("Size", {"position": 6}, (422, "validation_failed")),
    ],
)
def test_changes_that_cannot_be(
    world: World, name: str, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert problem(update(world, shirt(world), name, **changes)) == expected


def test_options_that_cannot_be_added(world: World) -> None:
    product = shirt(world)

    def add(name: str, *values: str) -> Any:
        body = {"product_id": product["id"], "name": name, "values": values}
        return world.manager.post("/options/add", json=body)

    assert problem(add("SIZE", "X")) == (422, "validation_failed")
    assert problem(add("Cut", "X", "x")) == (422, "validation_failed")
    for name in ("Cut", "Cloth", "Print"):
        assert add(name, "X").status_code == 201
    assert problem(add("Sixth", "X")) == (422, "validation_failed")


def test_a_version_that_was_seen(world: World) -> None:
    product = shirt(world)
    tag = world.manager.get(f"/products/{product['id']}").headers["ETag"]
    body = {"product_id": product["id"], "name": "Size", "new_name": "Fit"}

    first = world.manager.put("/options/update", json=body, headers={"If-Match": tag})
    body = {**body, "name": "Fit"}
    second = world.manager.put("/options/update", json=body, headers={"If-Match": tag})

    assert first.status_code == 200
    assert second.status_code == 412
