import base64
import json
from typing import Any

import pytest
from testing.lists import walk
from testing.world import Client, World, pointers, problem


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
    "search=ink+INK+%C3%8Enk+n+in+ink+INK+ink+in+k+i": "café ink,eau de nil ink",
    "search=p+e+n+a": "apple pen",
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
    "search=a1+b2+c3+d4+e5+f6+g7+h8+i9": "search",
}


@pytest.mark.parametrize("query", BAD_QUERIES)
def test_bad_queries_are_named(client: Client, query: str) -> None:
    answer = client.get(f"/products?{query}")

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == [BAD_QUERIES[query]]


@pytest.mark.parametrize(
    ("sort", "values"),
    [
        ("created_at", ["created_at", "0001-01-01T00:00:00+14:00", 1]),
        ("-created_at", ["-created_at", "9999-12-31T23:59:59-12:00", 1]),
        ("price", ["price", "1", 2**63]),
        ("name", ["name", "\0", 1]),
    ],
)
def test_cursors_that_this_shop_has_not_signed_are_refused(
    client: Client, sort: str, values: list[Any]
) -> None:
    forged = base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()

    for cursor in (forged, f"{forged}.", f"{forged}.{forged}"):
        answer = client.get(f"/products?sort={sort}&cursor={cursor}")

        assert problem(answer) == (422, "validation_failed")
        assert pointers(answer) == ["cursor"]


def test_a_cursor_of_one_list_is_none_of_another(shelf: World) -> None:
    first = shelf.client.get("/products?limit=1").json["next_cursor"]

    assert shelf.client.get(f"/products?limit=1&cursor={first}").status_code == 200
    for other in ("/products?sort=price&", "/categories?"):
        answer = shelf.client.get(f"{other}cursor={first}")
        assert problem(answer) == (422, "validation_failed")


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


def test_pages_add_up_whatever_alphabet_names_are_in(world: World) -> None:
    # Python and PostgreSQL make lower case of these by different rules.
    names = ["ΟΔΟΣ", "İstanbul", "istanbulz", "Ispanak", "ŒUVRE"]
    for name in names:
        world.product(name=name, category=world.category(f"{name} Σ")["name"])

    assert sorted(walk(world.client, "/products?limit=1")) == sorted(names)
    assert len(walk(world.client, "/categories?limit=1")) == len(names)


def test_what_is_nearly_gone_is_listed_first(world: World) -> None:
    for name, quantity in (("B", 3), ("A", 0), ("D", 12), ("C", 3)):
        world.product(name=name, quantity=quantity)

    assert walk(world.client, "/products?sort=quantity&limit=1") == ["A", "B", "C", "D"]
    assert walk(world.client, "/products?sort=-quantity&limit=3") == [
        *("D", "C", "B", "A")
    ]
    assert walk(world.client, "/products?max_quantity=3&limit=2") == ["A", "B", "C"]
    assert walk(world.client, "/products?max_quantity=0&in_stock=true") == []
    for bad in ("-1", "many", "1.5", str(2**31)):
        answer = world.client.get(f"/products?max_quantity={bad}")
        assert pointers(answer) == ["max_quantity"], bad
