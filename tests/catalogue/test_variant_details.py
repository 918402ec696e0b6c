"""What is told of a variant, also of a product without options: measures, codes."""

from typing import Any

from testing.payments import shop_settings
from testing.world import World, problem

from shopkeeper.web.application import Shop

DETAILS = {
    "compare_at_price": "9.99",
    "barcode": "4006381333931",
    "weight_grams": 180,
    "length_mm": 300,
    "width_mm": 200,
    "height_mm": 20,
}


def shown(world: World, variant_id: int) -> dict[str, Any]:
    answer = world.manager.get(f"/variants/{variant_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def test_a_product_without_options_tells_them_itself(world: World) -> None:
    made = world.product(tax_class="reduced", **DETAILS)
    assert made["tax_class"] == "reduced"

    told = shown(world, made["variant_id"])

    assert {name: told[name] for name in DETAILS} == DETAILS
    assert (told["title"], told["options"]) == ("", {})
    assert told["product_id"] == made["id"]
    body = {"id": made["id"], "width_mm": None, "barcode": None, "tax_class": None}
    changed = world.manager.put("/products/update", json=body)
    assert changed.json["tax_class"] is None
    told = shown(world, made["variant_id"])
    assert (told["width_mm"], told["barcode"], told["length_mm"]) == (None, None, 300)
    again = world.manager.put("/products/update", json=body)
    assert again.headers["ETag"] == changed.headers["ETag"]


def test_of_several_variants_each_has_its_own(world: World) -> None:
    body = {
        "name": "Box",
        "category": world.category()["name"],
        "price": "5",
        "options": [{"name": "Size", "values": ["S", "L"]}],
        "variants": [
            {"options": {"Size": "S"}, "quantity": 1, "length_mm": 100},
            {"options": {"Size": "L"}, "quantity": 1, **DETAILS},
        ],
    }
    made = world.manager.post("/products/add", json=body).json
    assert [each["length_mm"] for each in made["variants"]] == [100, 300]

    refused = world.manager.put(
        "/products/update", json={"id": made["id"], "length_mm": 5}
    )

    assert problem(refused) == (422, "variant_required")
    small = made["variants"][0]["id"]
    body = {"id": small, "height_mm": 7}
    assert world.manager.put("/variants/update", json=body).status_code == 200
    assert shown(world, small)["height_mm"] == 7


def test_a_variant_is_shown_to_whom_its_product_is(
    fresh_world: World, fresh_app: Shop
) -> None:
    world = fresh_world
    made = world.product(cost="1")
    draft = world.product(status="draft")

    public = world.client.get(f"/variants/{made['variant_id']}").json

    assert public["quantity"] == 10
    assert "cost" not in public
    assert shown(world, made["variant_id"])["cost"] == "1.0000"
    hidden = world.client.get(f"/variants/{draft['variant_id']}")
    assert problem(hidden) == (404, "variant_not_found")
    assert shown(world, draft["variant_id"])["product_id"] == draft["id"]
    assert problem(world.client.get("/variants/99")) == (404, "variant_not_found")
    with shop_settings(fresh_app, public_stock="coarse"):
        coarse = world.client.get(f"/variants/{made['variant_id']}").json
    assert (coarse["quantity"], coarse["availability"]) == (None, "in_stock")


def test_measures_are_whole_and_above_nothing(world: World) -> None:
    product = world.product()
    for value in (0, -1, 1.5, "x", 10**7):
        body = {"id": product["id"], "length_mm": value}
        refused = world.manager.put("/products/update", json=body)
        assert problem(refused) == (422, "validation_failed")
