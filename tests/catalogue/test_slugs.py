"""What products are called in addresses, and where old ones lead."""

from typing import Any

import pytest
from sqlalchemy import text
from testing.world import World, problem


def add(world: World, name: str, **fields: Any) -> Any:
    body = {"name": name, "category": "Shelf", "quantity": 1, "price": "1", **fields}
    return world.manager.post("/products/add", json=body)


def change(world: World, product: Any, **fields: Any) -> Any:
    body = {"id": product["id"], **fields}
    return world.manager.put("/products/update", json=body)


def found(world: World, slug: str) -> Any:
    return world.client.get(f"/products/by-slug/{slug}")


@pytest.fixture
def shop(world: World) -> World:
    world.category("Shelf")
    return world


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Walnut desk organiser", "walnut-desk-organiser"),
        ("  Crème brûlée, 2 × 100 g! ", "creme-brulee-2-100-g"),
        ("Straße", "strasse"),
        ("東京 タワー", "東京-タワー"),
        ("Пирог", "пирог"),
        ("!!!", "product"),
        ("x" * 255, "x" * 230),
    ],
)
def test_it_follows_from_the_name(shop: World, name: str, slug: str) -> None:
    made = add(shop, name).json

    assert made["slug"] == slug
    assert found(shop, slug).json["id"] == made["id"]


def test_names_that_look_alike_get_slugs_of_their_own(shop: World) -> None:
    slugs = [add(shop, f"A{sign}B").json["slug"] for sign in " -+/.,;:!?="]

    assert slugs[:9] == ["a-b", *(f"a-b-{number}" for number in range(2, 10))]
    assert len(set(slugs)) == len(slugs)


def test_what_somebody_says_is_made_one(shop: World) -> None:
    made = add(shop, "Tee", slug="Summer Tee!")
    other = add(shop, "Top", slug="summer-tee")

    assert made.json["slug"] == "summer-tee"
    assert problem(other) == (409, "slug_taken")
    assert change(shop, made.json, slug="Ünique").json["slug"] == "unique"
    assert found(shop, "Unique").json["id"] == made.json["id"]


def test_an_old_one_leads_to_the_new(shop: World) -> None:
    made = add(shop, "Tee").json
    renamed = change(shop, made, name="Shirt").json
    assert renamed["slug"] == "tee"

    change(shop, made, slug="shirt")
    change(shop, made, slug="blouse")

    for slug in ("tee", "shirt", "blouse"):
        assert found(shop, slug).json["slug"] == "blouse"
    assert change(shop, made, slug="tee").json["slug"] == "tee"
    assert found(shop, "blouse").json["slug"] == "tee"
    # Nobody is given an old one by chance, but whoever asks for it gets it.
    assert add(shop, "Shirt!").json["slug"] == "shirt-2"
    taken = add(shop, "Real shirt", slug="shirt").json
    assert found(shop, "shirt").json["id"] == taken["id"]


def test_a_removed_product_gives_its_slug_up(shop: World) -> None:
    made = add(shop, "Tee").json
    removed = shop.manager.delete(f"/products/remove?id={made['id']}")
    assert removed.status_code == 204
    assert problem(found(shop, "tee")) == (404, "product_not_found")
    other = add(shop, "tee.").json
    assert other["slug"] == "tee"

    back = shop.manager.post("/products/restore", json={"id": made["id"]})

    assert back.json["slug"] == "tee-2"
    assert found(shop, "tee").json["id"] == other["id"]


def test_only_what_is_public_is_found(shop: World) -> None:
    add(shop, "Secret", status="draft")

    assert problem(found(shop, "secret")) == (404, "product_not_found")
    assert shop.manager.get("/products/by-slug/secret").status_code == 200
    assert problem(found(shop, "none")) == (404, "product_not_found")


def test_a_slug_is_lower_case_and_has_no_blanks(shop: World) -> None:
    add(shop, "Tee")

    wrong = shop.session.scalar(
        text(
            "SELECT count(*) FROM products"
            " WHERE slug <> slug_of(slug) OR slug <> slug_of(slug_of(slug))"
        )
    )

    assert wrong == 0
