"""Drafts and archived products: managers' alone, and not to be ordered; brand, tags."""

from typing import Any

import pytest
from testing.world import World


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json["items"]]


def test_only_active_products_are_public(fresh_world: World) -> None:
    world = fresh_world
    made = {
        status: world.product(name=status.title(), status=status)
        for status in ("active", "draft", "archived")
    }

    assert names(world.client.get("/products")) == ["Active"]
    assert names(world.manager.get("/products")) == ["Active"]
    assert names(world.manager.get("/products?status=draft")) == ["Draft"]
    assert names(world.manager.get("/products?status=all")) == [
        *("Active", "Archived", "Draft")
    ]
    for status, product in made.items():
        path = f"/products/{product['id']}"
        assert world.manager.get(path).json["status"] == status
        shown = 200 if status == "active" else 404
        assert world.client.get(path).status_code == shown
    refused = world.client.get("/products?status=all")
    assert refused.status_code == 422
    assert refused.json["errors"][0]["parameter"] == "status"


@pytest.mark.parametrize("way", ["product_id", "variant_id", "sku"])
def test_only_active_products_are_ordered(fresh_world: World, way: str) -> None:
    world = fresh_world
    product = world.product(name="Lamp", sku="LA", status="draft")
    named = {"product_id": product["id"], "variant_id": product["variant_id"]}
    line = {way: {**named, "sku": "LA"}[way], "quantity": 1}
    customer = world.person()
    order = {"location": "Ireland", "items": [line]}

    refused = customer.post("/orders/create", json=order)
    assert refused.status_code == 404, refused.text
    body = {"id": product["id"], "status": "active"}
    assert world.manager.put("/products/update", json=body).status_code == 200
    assert customer.post("/orders/create", json=order).status_code == 201


def test_an_order_from_before_is_carried_out(fresh_world: World) -> None:
    world = fresh_world
    product = world.product(name="Lamp", quantity=3)
    customer = world.person()
    line = {"product_id": product["id"], "quantity": 1}
    order = customer.post(
        "/orders/create", json={"location": "Ireland", "items": [line]}
    ).json
    body = {"id": product["id"], "status": "archived"}
    world.manager.put("/products/update", json=body)

    executed = customer.post("/orders/execute", json={"id": order["id"]})

    assert executed.status_code == 200, executed.text


def test_brand_and_tags_are_kept_and_found(fresh_world: World) -> None:
    world = fresh_world
    lamp = world.product(name="Lamp", brand="Acme", tags=["sale", "warm", "sale"])
    world.product(name="Desk", brand="ACME")
    world.product(name="Chair")

    assert (lamp["brand"], lamp["tags"]) == ("Acme", ["sale", "warm"])
    assert names(world.client.get("/products?brand=acme")) == ["Desk", "Lamp"]
    assert names(world.client.get("/products?tag=warm")) == ["Lamp"]
    body = {"id": lamp["id"], "brand": None, "tags": []}
    changed = world.manager.put("/products/update", json=body).json
    assert (changed["brand"], changed["tags"]) == (None, [])
    assert names(world.client.get("/products?tag=warm")) == []


def test_too_many_tags_are_refused(fresh_world: World) -> None:
    answer = fresh_world.manager.post(
        "/products/add",
        json={
            "name": "Lamp",
            "category": fresh_world.category("Lamps")["name"],
            "price": "1",
            "quantity": 1,
            "tags": [f"tag {n}" for n in range(101)],
        },
    )

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/tags"
