"""Products of several variants: made, shown, changed, ordered, refunded."""

from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from testing.payments import shop_settings
from testing.shirts import SIZES, ordered, shirt
from testing.world import World, pointers, problem

from shopkeeper.catalogue.service.products import lock_product
from shopkeeper.web.application import Shop


def test_it_is_shown_with_all_of_them(world: World) -> None:
    product = world.client.get(f"/products/{shirt(world)['id']}").json

    assert product["options"] == SIZES
    assert [
        (each["title"], each["sku"], each["price"], each["quantity"])
        for each in product["variants"]
    ] == [
        ("S", "TS-S", "20.00", 5),
        ("M", "TS-M", "20.00", 2),
        ("L", None, "22.00", 0),
    ]
    assert product["variants"][1]["options"] == {"Size": "M"}
    assert (product["price"], product["quantity"]) == ("20.00", 7)
    assert product["sku"] is None
    assert product["variant_id"] == product["variants"][0]["id"]
    assert "cost" not in product["variants"][0]


def test_a_product_without_options_is_its_only_variant(world: World) -> None:
    product = world.product(sku="PEN-1")

    assert (product["options"], product["variants"]) == ([], [])
    answer = ordered(world.person(), {"variant_id": product["variant_id"]})
    (line,) = answer.json["items"]
    assert (line["product_id"], line["sku"]) == (product["id"], "PEN-1")
    assert (line["variant_title"], line["options"]) == (None, None)


def test_lists_show_filter_and_sort_by_all_of_them(world: World) -> None:
    category = world.category()["name"]
    product = shirt(world, category=category)
    plain = world.product(category=category, quantity=6, price="21")

    def ids(query: str) -> list[int]:
        found = world.client.get(f"/products?category={category}&{query}").json["items"]
        return [each["id"] for each in found]

    assert ids("sort=quantity") == [plain["id"], product["id"]]
    assert ids("sort=price") == [product["id"], plain["id"]]
    assert ids("max_quantity=6") == [plain["id"]]
    assert ids("search=TS-M") == [product["id"]]
    first = world.client.get(f"/products?category={category}&sort=quantity&limit=1")
    assert ids(f"sort=quantity&cursor={first.json['next_cursor']}") == [product["id"]]
    (listed,) = [
        each
        for each in world.client.get(f"/products?category={category}").json["items"]
        if each["id"] == product["id"]
    ]
    assert [each["title"] for each in listed["variants"]] == ["S", "M", "L"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"variants": [{"options": {}, "quantity": 1}]}, "/variants/0/options"),
        (
            {"variants": [{"options": {"Colour": "Red"}, "quantity": 1}]},
            "/variants/0/options",
        ),
        (
            {
                "variants": [
                    {"options": {"Size": "S"}, "quantity": 1},
                    {"options": {"Size": "s"}, "quantity": 1},
                ]
            },
            "/variants/1/options",
        ),
        ({"options": [*SIZES, {"name": "SIZE", "values": ["1"]}]}, "/options/1/name"),
        ({"options": [{"name": "Size", "values": ["S", "s"]}]}, "/options/0/values/1"),
        (
            {"variants": [{"options": {"Size": "S", "SIZE": "M"}, "quantity": 1}]},
            "/variants/0/options",
        ),
        (
            {
                "variants": [
                    {"options": {"Size": "S"}, "quantity": 1, "sku": "A"},
                    {"options": {"Size": "M"}, "quantity": 1, "sku": "a"},
                ]
            },
            "/variants/1/sku",
        ),
        # The same to the database, though not to Python.
        (
            {"options": [{"name": "Size", "values": ["S", "\u0130", "i"]}]},
            "/options/0/values/2",
        ),
        ({"quantity": 3}, "/quantity"),
        ({"price": None, "options": SIZES}, "/price"),
        (
            {"variants": [{"options": {"Size": "S"}, "quantity": 1, "barcode": "12"}]},
            "/variants/0/barcode",
        ),
    ],
)
def test_what_is_wrong_with_it_is_named(
    world: World, change: dict[str, Any], pointer: str
) -> None:
    body = {
        "name": "T-shirt",
        "category": world.category()["name"],
        "price": "20.00",
        "options": SIZES,
        "variants": [{"options": {"Size": "S"}, "quantity": 5}],
        **change,
    }

    answer = world.manager.post("/products/add", json=body)

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == [pointer]


def test_one_of_options_and_variants_needs_the_other(world: World) -> None:
    body = {"name": "T-shirt", "category": world.category()["name"], "options": SIZES}
    assert pointers(world.manager.post("/products/add", json=body)) == ["/variants"]
    del body["options"]
    body["variants"] = [{"options": {}, "quantity": 1, "price": "3"}]
    assert pointers(world.manager.post("/products/add", json=body)) == ["/options"]
    del body["variants"]
    answer = world.manager.post("/products/add", json=body)
    assert pointers(answer) == ["/quantity", "/price"]


def test_two_thousand_are_written_in_one_call(world: World) -> None:
    sizes = [str(number) for number in range(50)]
    colours = [f"Colour {number}" for number in range(40)]
    product = shirt(
        world,
        options=[
            {"name": "Size", "values": sizes},
            {"name": "Colour", "values": colours},
        ],
        variants=[
            {"options": {"Size": size, "Colour": colour}, "quantity": 1}
            for size in sizes
            for colour in colours
        ],
    )

    assert (len(product["variants"]), product["quantity"]) == (2000, 2000)
    assert product["variants"][-1]["title"] == "49 / Colour 39"


def test_it_is_changed_by_its_own_id(world: World) -> None:
    product = shirt(world)
    small, medium, large = product["variants"]
    etag = world.client.get(f"/products/{product['id']}").headers["ETag"]
    change = {
        "id": large["id"],
        "price": "18.00",
        "quantity": 4,
        "sku": "TS-L",
        "barcode": "4006381333931",
        "compare_at_price": "25",
        "weight_grams": 180.5,
        "cost": "3",
    }

    answer = world.manager.put(
        "/variants/update", json=change, headers={"If-Match": etag}
    )

    assert answer.status_code == 200, answer.text
    changed = answer.json["variants"][2]
    assert {name: changed[name] for name in ("price", "quantity", "sku")} == {
        "price": "18.00",
        "quantity": 4,
        "sku": "TS-L",
    }
    assert (changed["barcode"], changed["weight_grams"]) == ("4006381333931", 180.5)
    whole = {"id": changed["id"], "weight_grams": 200}
    assert world.manager.put("/variants/update", json=whole).status_code == 200
    no_number = {"id": changed["id"], "weight_grams": False}
    refused = world.manager.put("/variants/update", json=no_number)
    assert problem(refused) == (422, "validation_failed")
    assert (changed["compare_at_price"], changed["cost"]) == ("25.00", "3.0000")
    assert (answer.json["price"], answer.json["quantity"]) == ("18.00", 11)
    stale = world.manager.put(
        "/variants/update",
        json={"id": small["id"], "price": "1"},
        headers={"If-Match": etag},
    )
    assert problem(stale) == (412, "stale_version")
    taken = {"id": small["id"], "sku": "ts-l"}
    answer = world.manager.put("/variants/update", json=taken)
    assert problem(answer) == (409, "sku_taken")
    whole = {"id": product["id"], "price": "1"}
    refused = world.manager.put("/products/update", json=whole)
    assert problem(refused) == (422, "variant_required")
    renamed = {"id": product["id"], "name": "Tee"}
    assert world.manager.put("/products/update", json=renamed).status_code == 200
    assert medium["id"]


def test_a_change_of_any_stock_is_a_new_version(world: World) -> None:
    product = shirt(world)
    before = world.client.get(f"/products/{product['id']}").headers["ETag"]
    change = {"id": product["variants"][1]["id"], "quantity": 9}
    world.manager.put("/variants/update", json=change)

    assert world.client.get(f"/products/{product['id']}").headers["ETag"] != before


def test_pieces_come_in_for_one_of_them(world: World) -> None:
    product = shirt(world)
    medium = product["variants"][1]
    received = {"id": product["id"], "quantity": 8, "unit_cost": "5"}

    refused = world.manager.post("/products/receive", json=received)
    assert problem(refused) == (422, "variant_required")
    answer = world.manager.post(
        "/products/receive", json={**received, "variant_id": medium["id"]}
    )

    assert answer.status_code == 200, answer.text
    assert answer.json["movement"]["variant_id"] == medium["id"]
    assert answer.json["movement"]["balance_after"] == 10
    other = {**received, "variant_id": world.product()["variant_id"]}
    answer = world.manager.post("/products/receive", json=other)
    assert problem(answer) == (404, "variant_not_found")


def test_more_are_added_and_some_removed(world: World) -> None:
    product = shirt(world)
    more = {
        "product_id": product["id"],
        "variants": [
            {"options": {"Size": "XL"}, "quantity": 1, "price": "24", "sku": "TS-XL"}
        ],
    }

    added = world.manager.post("/variants/add", json=more)

    assert added.status_code == 201, added.text
    assert added.json["options"] == [{"name": "Size", "values": ["S", "M", "L", "XL"]}]
    assert added.json["variants"][-1]["title"] == "XL"
    again = {**more, "variants": [{**more["variants"][0], "sku": "TS-XL-2"}]}
    answer = world.manager.post("/variants/add", json=again)
    assert problem(answer) == (409, "variant_taken")
    for variant in added.json["variants"][:3]:
        removed = world.manager.delete(f"/variants/remove?id={variant['id']}")
        assert removed.status_code == 204
    shown = world.client.get(f"/products/{product['id']}").json
    assert shown["options"] == [{"name": "Size", "values": ["XL"]}]
    assert (shown["price"], shown["sku"]) == ("24.00", "TS-XL")
    last = shown["variants"][0]["id"]
    answer = world.manager.delete(f"/variants/remove?id={last}")
    assert problem(answer) == (409, "last_variant")
    person = world.person()
    gone = ordered(person, {"variant_id": product["variants"][0]["id"]})
    assert problem(gone) == (404, "variant_not_found")
    line = ordered(person, {"product_id": product["id"]}).json["items"][0]
    assert (line["variant_id"], line["options"]) == (last, {"Size": "XL"})


def test_a_product_without_options_gets_no_more(world: World) -> None:
    body = {
        "product_id": world.product()["id"],
        "variants": [{"options": {}, "quantity": 1, "price": "24"}],
    }
    assert pointers(world.manager.post("/variants/add", json=body)) == ["/product_id"]


def test_each_has_movements_of_its_own(world: World) -> None:
    product = shirt(world)
    small = product["variants"][0]["id"]
    world.manager.delete(f"/variants/remove?id={small}")

    found = world.manager.get(f"/variants/{small}/stock-movements").json["items"]
    assert [(each["variant_id"], each["delta"]) for each in found] == [(small, 5)]
    whole = world.manager.get(f"/products/{product['id']}/stock-movements")
    assert problem(whole) == (422, "variant_required")
    none = world.manager.get("/variants/999999999/stock-movements")
    assert problem(none) == (404, "variant_not_found")


def test_its_skus_are_free_once_it_is_removed(world: World) -> None:
    product = shirt(world)
    world.manager.delete(f"/products/remove?id={product['id']}")

    assert shirt(world)["variants"][0]["sku"] == "TS-S"


def test_whoever_changes_it_holds_the_stock_of_all(
    fresh_world: World, fresh_engine: Engine
) -> None:
    product = shirt(fresh_world)
    hold = text("SELECT 1 FROM stock WHERE variant_id = :id FOR NO KEY UPDATE NOWAIT")

    with Session(fresh_engine) as one, Session(fresh_engine) as other:
        lock_product(one, product["id"])
        for variant in product["variants"]:
            with pytest.raises(OperationalError):
                other.execute(hold, {"id": variant["id"]})
            other.rollback()


def test_where_quantities_are_nobodys_business_none_is_told(
    app: Shop, world: World
) -> None:
    product = shirt(world)
    with shop_settings(app, public_stock="coarse"):
        shown = world.client.get(f"/products/{product['id']}")
        change = {"id": product["variants"][2]["id"], "quantity": 50}
        world.manager.put("/variants/update", json=change)
        later = world.client.get(f"/products/{product['id']}")

    assert [x["quantity"] for x in shown.json["variants"]] == [None, None, None]
    assert [x["availability"] for x in shown.json["variants"]] == [
        "in_stock",
        "low_stock",
        "out_of_stock",
    ]
    assert later.json["variants"][2]["availability"] == "in_stock"
    assert later.headers["ETag"] != shown.headers["ETag"]
