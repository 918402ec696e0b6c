"""What staff does is noted in its own transaction: who, what, before and after."""

import uuid
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from testing.activities import activities, last
from testing.imports import HEAD, Importer
from testing.world import World, problem

from shopkeeper.models import Role


def test_who_has_changed_a_price_is_found(world: World) -> None:
    product = world.product(name="Pen", price="10.00")
    other = world.person(Role.MANAGER)

    other.put("/products/update", json={"id": product["id"], "price": "12.50"})

    done = last(world, product_id=product["id"])
    assert done["operation"] == "update_product"
    assert (done["entity"], done["entity_id"]) == ("products", product["id"])
    assert done["user"]["id"] == other.id
    assert done["user"]["email"]
    assert done["role"] == "manager"
    assert len(done["request_id"]) == 32
    assert len(done["client"]) == 16
    assert done["change_count"] == 1
    assert done["changes"] == [
        {
            "entity": "variants",
            "entity_id": product["variant_id"],
            "product_id": product["id"],
            "product_name": "Pen",
            "before": {"price": "10.00"},
            "after": {"price": "12.50"},
        }
    ]


def test_what_was_made_is_named(world: World) -> None:
    product = world.product()

    made = activities(world, entity="products", entity_id=product["id"])

    assert [each["operation"] for each in made] == ["add_product"]
    assert made[0]["user"]["id"] == world.manager.id


def test_a_removal_and_its_undoing(world: World) -> None:
    product = world.product()

    world.manager.delete("/products/remove", query_string={"id": product["id"]})
    removal = last(world, product_id=product["id"])
    world.manager.post("/products/restore", json={"id": product["id"]})
    restoring = last(world, product_id=product["id"])

    assert removal["operation"] == "remove_product"
    assert removal["entity_id"] == product["id"]
    assert {each["entity"] for each in removal["changes"]} == {"products", "variants"}
    for each in removal["changes"]:
        assert each["before"]["removed_at"] is None
        assert each["after"]["removed_at"]
    assert restoring["operation"] == "restore_product"


def test_stock_that_is_adjusted_has_its_quantity_before_and_after(world: World) -> None:
    product = world.product(quantity=5)
    variant = product["variant_id"]

    world.manager.post(
        "/stock/adjust",
        json={"reason": "damage", "lines": [{"variant_id": variant, "delta": -2}]},
    )

    done = last(world, entity="variants", entity_id=variant)
    assert done["operation"] == "adjust_stock"
    assert done["changes"][0]["before"]["quantity"] == 5
    assert done["changes"][0]["after"]["quantity"] == 3


def test_categories_are_told_by_their_paths(world: World) -> None:
    pens = world.category("Pens")
    ink = world.manager.post(
        "/categories/add", json={"name": "Ink", "parent_id": pens["id"]}
    ).json
    product = world.product(category="Pens")
    world.manager.put(
        "/products/update", json={"id": product["id"], "category": "Pens > Ink"}
    )
    moved = last(world, product_id=product["id"])["changes"][0]
    world.manager.put("/categories/update", json={"id": ink["id"], "parent_id": None})
    lifted = last(world, entity="categories", entity_id=ink["id"])["changes"][0]

    assert (moved["before"], moved["after"]) == (
        {"category": "Pens"},
        {"category": "Pens > Ink"},
    )
    assert lifted["before"]["parent"] == "Pens"
    assert lifted["after"]["parent"] is None


def test_a_role_is_told_and_nothing_personal(world: World) -> None:
    admin, person = world.person(Role.ADMIN), world.person()

    admin.put("/users/role", json={"id": person.id, "role": "manager"})
    person.put("/users/update", json={"full_name": "Somebody Else"})

    own, given = activities(world, entity="users", entity_id=person.id)
    assert given["operation"] == "set_role"
    assert given["changes"][0]["before"] == {"role": "customer"}
    assert given["changes"][0]["after"] == {"role": "manager"}
    assert (own["operation"], own["changes"]) == ("update_user", [])


def test_what_customers_do_is_not_in_it(world: World) -> None:
    person = world.person()
    world.executed_order(person, [(world.product(), 1)])

    assert not activities(world, user_id=person.id)


def test_an_executed_order_of_staff_is_in_it(world: World) -> None:
    order = world.executed_order(world.manager, [(world.product(), 1)])

    done = activities(world, entity="orders", entity_id=order["id"])

    assert [each["operation"] for each in done] == ["execute_order", "create_order"]


def test_what_was_refused_or_tried_or_only_repeated_is_not_in_it(world: World) -> None:
    product = world.product(name="Pen", price="10.00")
    change: dict[str, Any] = {
        "ids": [product["id"]],
        "changes": {"price": {"by_percent": "10"}},
    }
    key = {"Idempotency-Key": str(uuid.uuid4())}

    world.manager.post("/products/bulk-update", json={**change, "dry_run": True})
    world.manager.put("/products/update", json={"id": product["id"], "price": "-1"})
    world.manager.put("/products/update", json={"id": 2**40, "price": "1"})
    for _ in range(3):
        world.manager.post("/products/bulk-update", json=change, headers=key)

    done = activities(world, product_id=product["id"])
    assert [each["operation"] for each in done] == ["update_products", "add_product"]
    assert done[0]["changes"][0]["after"] == {"price": "11.00"}


def test_all_changes_of_an_activity_are_given_by_the_page(world: World) -> None:
    ids = [world.product(price="10.00")["id"] for _ in range(12)]
    world.manager.post(
        "/products/bulk-update",
        json={"ids": ids, "changes": {"price": {"by_amount": "1"}}},
    )
    done = last(world)
    address = f"/activities/{done['id']}/changes"

    first = world.manager.get(address, query_string={"limit": 7}).json
    rest = world.manager.get(
        address, query_string={"limit": 7, "cursor": first["next_cursor"]}
    ).json

    assert done["change_count"] == 12
    assert len(done["changes"]) == 10
    told = [*first["items"], *rest["items"]]
    assert sorted(each["product_id"] for each in told) == ids
    assert told[:10] == done["changes"]
    assert rest["next_cursor"] is None


def test_pages_follow_each_other(world: World) -> None:
    product = world.product(price="10.00")
    for price in range(11, 16):
        world.manager.put(
            "/products/update", json={"id": product["id"], "price": str(price)}
        )

    seen: list[str] = []
    query: dict[str, Any] = {"product_id": product["id"], "limit": 2}
    while True:
        page = world.manager.get("/activities", query_string=query).json
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert len(seen) == len(set(seen)) == 6
    told = activities(world, product_id=product["id"])
    assert [each["id"] for each in told] == seen


def test_only_staff_reads_it(world: World) -> None:
    assert problem(world.person().get("/activities")) == (403, "forbidden")


@pytest.mark.parametrize(
    "query",
    [
        {"entity_id": 1},
        {"entity": "products"},
        {"entity": "passwords"},
        {"operation": "DROP TABLE"},
        {"from": "yesterday"},
        {"cursor": "nonsense"},
    ],
    ids=str,
)
def test_a_question_without_sense_is_refused(
    world: World, query: dict[str, Any]
) -> None:
    answer = world.manager.get("/activities", query_string=query)

    assert problem(answer) == (422, "validation_failed")


def test_an_activity_that_is_none(world: World) -> None:
    answer = world.manager.get(f"/activities/{uuid.uuid4()}/changes")

    assert problem(answer) == (404, "activity_not_found")


@pytest.mark.parametrize("table", ["activities", "activity_changes"])
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET entity = 'x'", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_nobody_rewrites_it(fresh_world: World, table: str, statement: str) -> None:
    product = fresh_world.product()
    fresh_world.manager.put(
        "/products/update", json={"id": product["id"], "price": "3.00"}
    )

    with pytest.raises(DBAPIError, match="never changed or deleted"):
        fresh_world.session.execute(text(statement.format(table)))


def test_who_has_left_is_told_by_number_alone(world: World) -> None:
    product, person = world.product(), world.person(Role.MANAGER)
    person.put("/products/update", json={"id": product["id"], "price": "3.00"})

    world.person(Role.ADMIN).post("/users/close", json={"id": person.id})

    done = last(world, product_id=product["id"])
    assert done["user"] == {"id": person.id, "email": None, "full_name": None}


def test_an_import_is_whose_file_it_was(importer: Importer) -> None:
    world = importer.world
    importer.send(HEAD + "Pen,Pens,5,1.00,,P1\n")
    again = importer.send(HEAD + "Pen,Pens,7,1.25,,P1\nInk,Pens,1,2.00,,I1\n")
    importer.send(HEAD + "Pen,Pens,7,9.00,,P1\n", dry_run="true")
    pen = world.manager.get("/products?search=pen").json["items"][0]

    done = activities(world, operation="apply_import")

    assert len(done) == 2
    assert done[0]["user"]["id"] == world.manager.id
    assert (done[0]["entity"], done[0]["entity_id"]) == ("imports", again["id"])
    fields = {
        name: (change["before"][name], change["after"][name])
        for change in done[0]["changes"]
        for name in change["before"]
    }
    assert fields == {"price": ("1.00", "1.25"), "quantity": (5, 7)}
    assert {change["product_id"] for change in done[0]["changes"]} == {pen["id"]}
