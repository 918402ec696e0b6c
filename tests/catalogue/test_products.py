import itertools
from typing import Any

import pytest
from testing.world import Client, World, pointers, problem


def test_a_new_product_is_on_sale_at_once(world: World) -> None:
    category = world.category("Stationery")

    answer = world.manager.post(
        "/products/add",
        json={
            "name": "  Brush pen ",
            "quantity": 7,
            "price": 4.5,
            "category": "STATIONERY",
            "cost": "1.3300",
            "sku": "PN-1",
            "description": "Soft.\nBlack.",
        },
    )

    assert answer.status_code == 201
    made = answer.json
    assert answer.headers["Location"] == f"/products/{made['id']}"
    shown = world.client.get(answer.headers["Location"]).json
    managed = {"cost", "tax_class", "tracked", "backorder_limit", "waiting"}
    assert shown == {name: made[name] for name in made.keys() - managed}
    assert made["cost"] == "1.3300"
    assert (made["name"], made["price"], made["currency"]) == (
        "Brush pen",
        "4.50",
        "USD",
    )
    assert (made["category"], made["category_id"]) == ("Stationery", category["id"])


def test_only_managers_see_the_cost(world: World) -> None:
    product = world.product(cost="2")
    path = f"/products/{product['id']}"

    assert "cost" not in world.client.get(path).json
    assert "cost" not in world.person().get(path).json
    assert world.manager.get(path).json["cost"] == "2.0000"
    assert world.manager.get("/products").json["items"][0]["cost"] == "2.0000"
    assert "cost" not in world.client.get("/products").json["items"][0]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/products/add"),
        ("PUT", "/products/update"),
        ("DELETE", "/products/remove?id=1"),
        ("POST", "/products/bulk-import"),
        ("POST", "/categories/add"),
        ("PUT", "/categories/update"),
        ("DELETE", "/categories/delete?id=1"),
        ("POST", "/orders/refund"),
        ("GET", "/orders"),
        ("GET", "/statistics/profit"),
        ("GET", "/users"),
    ],
)
def test_customers_may_not_manage(world: World, method: str, path: str) -> None:
    person = world.person()

    answer = person.client.open(path, method=method, headers=person.headers)

    # Told before anything of the request is looked at.
    assert problem(answer) == (403, "forbidden")


def test_names_are_unique_whatever_their_case(world: World) -> None:
    product = world.product(name="Übertopf", sku="A")

    twin = world.manager.post(
        "/products/add",
        json={
            "name": "ÜBERTOPF",
            "quantity": 1,
            "price": "1",
            "category": product["category"],
        },
    )

    assert problem(twin) == (409, "product_name_taken")
    assert pointers(twin) == ["/name"]


def test_skus_are_unique_whatever_their_case(world: World) -> None:
    product = world.product(sku="ab-1")

    answer = world.manager.put(
        "/products/update", json={"id": world.product()["id"], "sku": "AB-1"}
    )

    assert problem(answer) == (409, "sku_taken")
    assert product["sku"] == "ab-1"


def test_a_product_needs_a_category_that_exists(world: World) -> None:
    body = {"name": "Pen", "quantity": 1, "price": "1", "category": "Nowhere"}

    assert problem(world.manager.post("/products/add", json=body)) == (
        404,
        "category_not_found",
    )


BAD_FIELDS: list[tuple[str, Any]] = [
    *itertools.product(
        ["name", "category"],
        [None, 5, [], {}, "", "   ", "x" * 256, "a\0b", "a\x1fb", "\ud800", True],
    ),
    *itertools.product(
        ["quantity"],
        [None, -1, 2**31, 2**63, 1.5, "5", True, [], "many", 10**30],
    ),
    *itertools.product(
        ["price"],
        [None, 0, -1, "-0.01", "0.00", 4.999, "4.999", "NaN", "Infinity", "1e3", ""],
    ),
    *itertools.product(
        ["price"],
        [True, [], "1,000", " 1", 10**11, "9" * 31, "٣", "4.99" + "0" * 26 + "1"],
    ),
    *itertools.product(["cost"], [-1, "1.00001", "NaN", False, 10**300, {}]),
    *itertools.product(["sku"], ["", "x" * 65, 5, "a\nb"]),
    *itertools.product(["description"], ["x" * 5001, 5, "a\0"]),
    ("colour", "red"),
]


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS)
def test_bad_fields_are_named(world: World, field: str, value: object) -> None:
    body = {"name": "Pen", "quantity": 1, "price": "1", "category": "Pens"}

    answer = world.manager.post("/products/add", json=body | {field: value})

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == [f"/{field}"]
    assert world.client.get("/products").json["items"] == []


def test_all_missing_fields_are_named_at_once(world: World) -> None:
    answer = world.manager.post("/products/add", json={})

    assert pointers(answer) == ["/name", "/quantity", "/price", "/category"]


@pytest.mark.parametrize(
    "price", ["0.01", 0.01, "4.9900", "9999999999.99", 1, "1", 1.50, 1e2]
)
def test_prices_come_as_strings_or_numbers(world: World, price: object) -> None:
    made = world.product(price=price)

    assert "." in made["price"]
    assert len(made["price"].partition(".")[2]) == 2


def test_an_update_changes_what_it_names(world: World) -> None:
    product = world.product(cost="1", sku="S", description="Old")

    answer = world.manager.put(
        "/products/update",
        json={"id": product["id"], "price": "6", "sku": None, "description": "New"},
    )

    assert answer.status_code == 200
    changed = {key for key in product if product[key] != answer.json[key]}
    assert changed == {"price", "sku", "description", "updated_at"}
    assert answer.json["sku"] is None


def test_an_update_that_changes_nothing_keeps_the_version(world: World) -> None:
    product = world.product(price="4.99")

    answer = world.manager.put(
        "/products/update", json={"id": product["id"], "price": "4.990"}
    )

    assert answer.json == product


@pytest.mark.parametrize("field", ["name", "quantity", "price", "category"])
def test_null_clears_only_what_may_be_empty(world: World, field: str) -> None:
    answer = world.manager.put(
        "/products/update", json={"id": world.product()["id"], field: None}
    )

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == [f"/{field}"]


def test_a_product_moves_to_another_category(world: World) -> None:
    product, other = world.product(), world.category()

    world.manager.put(
        "/products/update", json={"id": product["id"], "category": other["name"]}
    )

    path = f"/categories/products?id={other['id']}"
    assert [item["id"] for item in world.client.get(path).json["items"]] == [
        product["id"]
    ]


def test_a_removed_product_is_gone_and_its_name_free(world: World) -> None:
    product = world.product(name="Quill", sku="Q")

    answer = world.manager.delete(f"/products/remove?id={product['id']}")

    assert answer.status_code == 204
    assert answer.data == b""
    missing = world.client.get(f"/products/{product['id']}")
    assert problem(missing) == (404, "product_not_found")
    assert world.product(name="quill", sku="q")["id"] != product["id"]
    again = world.manager.delete(f"/products/remove?id={product['id']}")
    assert problem(again) == (404, "product_not_found")


@pytest.mark.parametrize(
    "path", ["/products/0", "/products/%D9%A1", f"/products/{2**63}", "/products/x"]
)
def test_what_no_id_can_be_is_not_found(client: Client, path: str) -> None:
    assert problem(client.get(path))[0] == 404


def test_names_and_skus_that_look_the_same_are_the_same(world: World) -> None:
    category = world.category()["name"]
    world.product(name="Blue pen", sku="B-1", category=category)
    body = {"quantity": 1, "price": "1", "category": category.replace(" ", "\u00a0 ")}

    name = world.manager.post("/products/add", json={**body, "name": "Blue\u200b  PEN"})
    sku = world.manager.post(
        "/products/add", json={**body, "name": "Other", "sku": "B\u00ad-1"}
    )

    assert problem(name) == (409, "product_name_taken")
    assert problem(sku) == (409, "sku_taken")
