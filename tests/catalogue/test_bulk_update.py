"""Many products changed at once: all of them or none."""

from decimal import Decimal
from typing import Any

import pytest
from testing.world import Client, Person, World, problem

from shopkeeper.catalogue.pricing import PriceChange
from shopkeeper.utils.money import currency_of


def send(world: World, changes: dict[str, Any], **which: Any) -> Any:
    return world.manager.post(
        "/products/bulk-update", json={"changes": changes, **which}
    )


def shown(client: Client | Person, product: dict[str, Any]) -> Any:
    return client.get(f"/products/{product['id']}").json


@pytest.mark.parametrize(
    ("price", "change", "expected"),
    [
        ("10", {"by_amount": "2.5"}, "12.50"),
        ("10", {"by_amount": "-2.5"}, "7.50"),
        ("10", {"by_amount": "-12"}, "-2.00"),
        ("0.05", {"by_percent": "-50"}, "0.02"),  # Half to even.
        ("0.15", {"by_percent": "-50"}, "0.08"),
        ("19.99", {"by_percent": "-10"}, "17.99"),
        ("14.20", {"ending": "0.99"}, "13.99"),
        ("14.49", {"ending": "0.99"}, "14.99"),  # The higher of two as near.
        ("14.50", {"ending": "0.99"}, "14.99"),
        ("14.99", {"ending": "0.99"}, "14.99"),
        ("0.20", {"ending": "0.99"}, "0.99"),
        ("14.20", {"ending": "9.90"}, "9.90"),
        ("15.20", {"ending": "9.90"}, "19.90"),
        ("144", {"ending": "99"}, "99.00"),
        ("20", {"by_percent": "-10", "ending": "0.95"}, "17.95"),
        ("20", {"by_amount": "1", "by_percent": "10"}, "23.10"),
    ],
)
def test_prices(price: str, change: dict[str, str], expected: str) -> None:
    said = PriceChange(**{name: Decimal(value) for name, value in change.items()})

    assert said.apply(Decimal(price), currency_of("USD")) == Decimal(expected)


def test_a_price_of_a_currency_without_decimals() -> None:
    change = PriceChange(by_percent=Decimal("7.5"), ending=Decimal(80))

    assert change.apply(Decimal(1000), currency_of("JPY")) == 1080


def test_all_are_changed_and_told_of(world: World) -> None:
    pen = world.product(name="Pen", price="10.00", tags=["old", "blue"])
    ink = world.product(name="Ink", price="4.00", brand="Acme")
    home = world.category("Office")

    answer = send(
        world,
        {
            "price": {"by_percent": 10, "ending": "0.99"},
            "status": "draft",
            "category": "office",
            "brand": "Acme",
            "tags": {"add": ["sale"], "remove": ["OLD"]},
        },
        ids=[ink["id"], pen["id"]],
    )

    assert answer.status_code == 200, answer.text
    told = answer.json
    assert (told["changed"], told["unchanged"], told["failed"]) == (2, 0, 0)
    first, second = told["items"]
    assert (first["name"], first["brand"]) == ("Ink", None)
    assert first["prices"][0]["before"] == "4.00"
    assert second["tags"] == {"before": ["old", "blue"], "after": ["blue", "sale"]}
    assert second["category"]["after"] == "Office"
    after = shown(world.manager, pen)
    assert (after["price"], after["status"], after["brand"]) == (
        *("10.99", "draft", "Acme"),
    )
    assert (after["tags"], after["category_id"]) == (["blue", "sale"], home["id"])
    assert after["quantity"] == pen["quantity"]


def test_each_variant_has_its_price(world: World) -> None:
    made = world.manager.post(
        "/products/add",
        json={
            "name": "T-shirt",
            "category": world.category()["name"],
            "options": [{"name": "Size", "values": ["S", "M"]}],
            "variants": [
                {"options": {"Size": "S"}, "quantity": 1, "price": "10"},
                {"options": {"Size": "M"}, "quantity": 1, "price": "20"},
            ],
        },
    ).json

    told = send(world, {"price": {"by_amount": "-9.50"}}, ids=[made["id"]]).json

    assert [(p["title"], p["after"]) for p in told["items"][0]["prices"]] == [
        *(("S", "0.50"), ("M", "10.50"))
    ]
    after = shown(world.client, made)
    assert [variant["price"] for variant in after["variants"]] == ["0.50", "10.50"]
    assert after["price"] == "0.50"


def test_a_trial_tells_and_changes_nothing(world: World) -> None:
    cheap, dear = world.product(price="1"), world.product(price="9")

    told = send(
        world,
        {"price": {"by_amount": "-2"}},
        ids=[cheap["id"], dear["id"], 999999],
        dry_run=True,
    ).json

    assert told["is_dry_run"] is True
    assert [(row["outcome"], row["code"]) for row in told["items"]] == [
        ("failed", "not_positive"),
        ("changed", None),
        ("failed", "product_not_found"),
    ]
    assert shown(world.client, dear)["price"] == "9.00"


def test_all_or_none(world: World) -> None:
    cheap, dear = world.product(price="1"), world.product(price="9")

    answer = send(
        world, {"price": {"by_amount": "-2"}}, ids=[dear["id"], cheap["id"], 999999]
    )

    assert problem(answer) == (409, "bulk_update_failed")
    assert [(e["product_id"], e["code"]) for e in answer.json["errors"]] == [
        (cheap["id"], "not_positive"),
        (999999, "product_not_found"),
    ]
    assert shown(world.client, dear)["price"] == "9.00"


def test_versions_are_respected(world: World) -> None:
    product, other = world.product(price="9"), world.product(price="9")
    listed = world.manager.get("/products").json["items"]
    seen = {str(item["id"]): item["updated_at"] for item in listed}
    ids = [product["id"], other["id"]]
    body = {"id": other["id"], "name": "Called otherwise"}
    world.manager.put("/products/update", json=body)

    stale = send(world, {"status": "draft"}, ids=ids, updated_at=seen)

    assert problem(stale) == (409, "bulk_update_failed")
    (error,) = stale.json["errors"]
    assert (error["product_id"], error["code"]) == (other["id"], "stale_version")
    del seen[str(other["id"])]
    again = send(world, {"status": "draft"}, ids=ids, updated_at=seen)
    assert again.json["changed"] == 2


def test_what_is_so_already_is_not_written(world: World) -> None:
    product = world.product(brand="Acme")

    told = send(world, {"brand": "Acme", "status": "active"}, ids=[product["id"]]).json

    assert (told["changed"], told["unchanged"]) == (0, 1)
    assert shown(world.manager, product)["updated_at"] == product["updated_at"]


def test_by_a_filter(world: World) -> None:
    world.category("Men")
    world.category("Men > Shoes")
    boot = world.product(name="Boot", category="Men > Shoes", brand="Acme")
    sock = world.product(name="Sock", category="Men", brand="Other")
    hat = world.product(name="Hat")
    send(world, {"status": "draft"}, ids=[boot["id"]])

    told = send(world, {"brand": "Acme"}, filter={"category": "Men"}).json

    assert [(row["name"], row["outcome"]) for row in told["items"]] == [
        ("Boot", "unchanged"),
        ("Sock", "changed"),
    ]
    assert shown(world.client, sock)["brand"] == "Acme"
    assert shown(world.client, hat)["brand"] is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"changes": {"status": "draft"}}, (422, "validation_failed")),
        (
            {"changes": {"status": "draft"}, "ids": [1], "filter": {}},
            (422, "validation_failed"),
        ),
        (
            {"changes": {"category": "Nowhere"}, "ids": [1]},
            (404, "category_not_found"),
        ),
        (
            {"changes": {"price": {"by_percent": -100}}, "ids": [1]},
            (422, "validation_failed"),
        ),
        (
            {"changes": {"price": {"by_amount": "0.001"}}, "ids": [1]},
            (422, "validation_failed"),
        ),
        ({"changes": {"quantity": 5}, "ids": [1]}, (422, "validation_failed")),
        ({"changes": {}, "ids": [1]}, (422, "validation_failed")),
        ({"changes": {"price": {}}, "ids": [1]}, (422, "validation_failed")),
        (
            {"changes": {"price": {"by_amount": 1, "by_percent": 1}}, "ids": [1]},
            (422, "validation_failed"),
        ),
        ({"changes": {"status": "sold"}, "ids": [1]}, (422, "validation_failed")),
    ],
)
def test_what_says_nothing_that_can_be_done(
    world: World, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = world.manager.post("/products/bulk-update", json=body)

    assert problem(answer) == expected


def test_too_many_tags(world: World) -> None:
    product = world.product(tags=[f"tag {n}" for n in range(100)])

    answer = send(world, {"tags": {"add": ["one more"]}}, filter={"tag": "tag 1"})

    (error,) = answer.json["errors"]
    assert (error["code"], error["pointer"]) == ("too_many_tags", "/filter")
    assert error["product_id"] == product["id"]


def test_all_that_there_is(fresh_world: World) -> None:
    ids = [fresh_world.product(price="2")["id"] for _ in range(30)]

    told = send(
        fresh_world, {"price": {"by_percent": 5}, "tags": {"add": ["a"]}}, filter={}
    )

    assert told.status_code == 200, told.text
    assert told.json["changed"] == len(ids)
