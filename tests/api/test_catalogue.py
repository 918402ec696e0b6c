import itertools
from typing import Any

import pytest
from tests.world import Client, World, pointers, problem


def walk(client: Any, path: str) -> list[str]:
    """All names of a list, page by page, following its Link headers."""
    names: list[str] = []
    for _ in range(50):
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        names += [item["name"] for item in answer.json["items"]]
        link = answer.headers.get("Link")
        assert (link is None) == (answer.json["next_cursor"] is None)
        if link is None:
            return names
        path = link.removeprefix("<").removesuffix('>; rel="next"')
    raise AssertionError("the list does not end")


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
    assert shown == {key: value for key, value in made.items() if key != "cost"}
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
        [None, 5, [], {}, "", "   ", "x" * 121, "a\0b", "a\x1fb", "\ud800", True],
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


def test_stale_updates_are_refused(world: World) -> None:
    product = world.product()
    path = f"/products/{product['id']}"
    seen = world.manager.get(path).headers["ETag"]
    world.manager.put("/products/update", json={"id": product["id"], "price": "5"})

    stale = world.manager.put(
        "/products/update",
        json={"id": product["id"], "price": "6"},
        headers={"If-Match": seen},
    )

    assert problem(stale) == (412, "stale_version")
    assert world.client.get(path).json["price"] == "5.00"


@pytest.mark.parametrize("who", ["anybody", "manager"])
def test_the_current_version_matches(world: World, who: str) -> None:
    product = world.product()
    path = f"/products/{product['id']}"
    reader = world.client if who == "anybody" else world.manager
    seen = reader.get(path).headers["ETag"]

    removed = world.manager.delete(
        f"/products/remove?id={product['id']}", headers={"If-Match": f'"x", {seen}'}
    )

    assert removed.status_code == 204


def test_an_unchanged_product_is_not_sent_again(world: World) -> None:
    path = f"/products/{world.product()['id']}"
    first = world.client.get(path)

    second = world.client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert second.status_code == 304
    assert second.data == b""
    assert second.headers["ETag"] == first.headers["ETag"]


def test_the_tag_differs_between_readers_who_see_differently(world: World) -> None:
    path = f"/products/{world.product()['id']}"

    tags = {
        world.client.get(path).headers["ETag"],
        world.manager.get(path).headers["ETag"],
    }

    assert len(tags) == 2


def test_renaming_a_category_changes_its_products_tags(world: World) -> None:
    product = world.product()
    path = f"/products/{product['id']}"
    before = world.client.get(path).headers["ETag"]

    world.manager.put(
        "/categories/update", json={"id": product["category_id"], "name": "Renamed"}
    )

    after = world.client.get(path, headers={"If-None-Match": before})
    assert after.status_code == 200
    assert after.json["category"] == "Renamed"


@pytest.fixture
def shelf(world: World) -> World:
    """Six products in two categories, of which one is out of stock."""
    pens, ink = world.category("Pens")["name"], world.category("Ink")["name"]
    world.product(name="apple pen", price="3", category=pens, sku="AP")
    world.product(name="Brush pen", price="1", category=pens, quantity=0)
    world.product(name="café ink", price="3", category=ink, description="Brown as 50%")
    world.product(name="Dip pen", price="2", category=pens)
    world.product(name="eau de nil ink", price="9.50", category=ink)
    world.product(name="Felt pen", price="3", category=pens)
    return world


SORTS = {
    "name": "apple pen,Brush pen,café ink,Dip pen,eau de nil ink,Felt pen",
    "-name": "Felt pen,eau de nil ink,Dip pen,café ink,Brush pen,apple pen",
    "price": "Brush pen,Dip pen,apple pen,café ink,Felt pen,eau de nil ink",
    "-price": "eau de nil ink,Felt pen,café ink,apple pen,Dip pen,Brush pen",
    "created_at": "apple pen,Brush pen,café ink,Dip pen,eau de nil ink,Felt pen",
    "-created_at": "Felt pen,eau de nil ink,Dip pen,café ink,Brush pen,apple pen",
}


@pytest.mark.parametrize("limit", [1, 2, 100])
@pytest.mark.parametrize("sort", SORTS)
def test_pages_add_up_in_every_order(shelf: World, sort: str, limit: int) -> None:
    names = walk(shelf.client, f"/products?sort={sort}&limit={limit}")

    assert names == SORTS[sort].split(",")


FILTERS = {
    "category=pens": "apple pen,Brush pen,Dip pen,Felt pen",
    "category=Nowhere": "",
    "min_price=3": "apple pen,café ink,eau de nil ink,Felt pen",
    "max_price=2.00": "Brush pen,Dip pen",
    "min_price=2&max_price=3&category=ink": "café ink",
    "in_stock=false": "Brush pen",
    "in_stock=true&max_price=2": "Dip pen",
    "search=pen": "apple pen,Brush pen,Dip pen,Felt pen",
    "search=CAFE": "café ink",
    "search=caf%C3%A9": "café ink",
    "search=ink+nil": "eau de nil ink",
    "search=ppl": "apple pen",
    "search=ap": "apple pen",
    "search=q": "",
    "search=w": "café ink",
    "search=50%25": "café ink",
    "search=%25": "café ink",
    "search=_": "",
    "search=%5C": "",
    "search=+": "apple pen,Brush pen,café ink,Dip pen,eau de nil ink,Felt pen",
}


@pytest.mark.parametrize("limit", [1, 100])
@pytest.mark.parametrize("query", FILTERS)
def test_filters_find_what_they_say(shelf: World, query: str, limit: int) -> None:
    names = walk(shelf.client, f"/products?{query}&limit={limit}")

    assert names == [name for name in FILTERS[query].split(",") if name]


BAD_QUERIES = {
    "limit=0": "limit",
    "limit=101": "limit",
    "limit=ten": "limit",
    "limit=1&limit=2": "limit",
    "sort=colour": "sort",
    "in_stock=maybe": "in_stock",
    "min_price=-1": "min_price",
    "max_price=cheap": "max_price",
    "cursor=%00": "cursor",
    "cursor=abc": "cursor",
    "cursor=WyJuYW1lIiwiYSIsMSwyXQ": "cursor",
    "cursor=WyItcHJpY2UiLCIxIiwxXQ": "cursor",
    "cursor=WyJuYW1lIiwiXHUwMDAwIiwxXQ": "cursor",
    "search=a%00b": "search",
    "colour=red": "colour",
    f"search={'x' * 201}": "search",
}


@pytest.mark.parametrize("query", BAD_QUERIES)
def test_bad_queries_are_named(client: Client, query: str) -> None:
    answer = client.get(f"/products?{query}")

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == [BAD_QUERIES[query]]


@pytest.mark.parametrize(
    "cursor",
    [
        "WyJwcmljZSIsIngiLDFd",  # ["price","x",1]
        "WyJjcmVhdGVkX2F0IiwieCIsMV0",  # ["created_at","x",1]
        "WyJjcmVhdGVkX2F0IiwiMjAyNi0wMS0wMSIsMV0",  # without an offset
    ],
)
def test_forged_cursors_are_refused(client: Client, cursor: str) -> None:
    sort = "price" if cursor.startswith("WyJwc") else "created_at"

    answer = client.get(f"/products?sort={sort}&cursor={cursor}")

    assert problem(answer) == (422, "validation_failed")


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


def test_the_products_of_a_category_by_name_or_id(shelf: World) -> None:
    ink = next(
        item
        for item in shelf.client.get("/categories").json["items"]
        if item["name"] == "Ink"
    )

    by_name = walk(shelf.client, "/categories/products?category=INK&limit=1")
    by_id = walk(shelf.manager, f"/categories/products?id={ink['id']}")
    by_both = walk(shelf.client, f"/categories/products?id={ink['id']}&category=ink")

    assert by_name == by_id == by_both == ["café ink", "eau de nil ink"]


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


def test_pages_add_up_whatever_alphabet_names_are_in(world: World) -> None:
    # Python and PostgreSQL make lower case of these by different rules.
    names = ["ΟΔΟΣ", "İstanbul", "istanbulz", "Ispanak", "ŒUVRE"]
    for name in names:
        world.product(name=name, category=world.category(f"{name} Σ")["name"])

    assert sorted(walk(world.client, "/products?limit=1")) == sorted(names)
    assert len(walk(world.client, "/categories?limit=1")) == len(names)
