from typing import Any

import pytest
from testing.payments import shop_settings
from testing.world import World, pointers, problem

from shopkeeper.models import Role
from shopkeeper.web.application import Shop


def test_an_order_keeps_name_and_price_of_its_creation(app: Shop, world: World) -> None:
    person, product = world.person(), world.product(name="Old", price="4.99")
    order = world.order(person, [(product, 3)])
    world.manager.put(
        "/products/update", json={"id": product["id"], "name": "New", "price": "9"}
    )

    with shop_settings(app, price_drift="honour"):
        executed = person.post("/orders/execute", json={"id": order["id"]}).json

    assert executed["items"] == [
        {
            "product_id": product["id"],
            "product_name": "Old",
            "quantity": 3,
            "refunded_quantity": 0,
            "unit_price": "4.99",
            "line_total": "14.97",
        }
    ]
    assert executed["total"] == "14.97"
    assert executed["payment"]["amount"] == "14.97"


def test_a_price_that_has_changed_is_told_before_it_is_charged(world: World) -> None:
    person, product = world.person(), world.product(name="Ink", price="4.99")
    order = world.order(person, [(product, 3)])
    world.manager.put("/products/update", json={"id": product["id"], "price": "9"})

    refused = person.post("/orders/execute", json={"id": order["id"]})

    assert problem(refused) == (409, "price_changed")
    assert refused.json["lines"] == [
        {
            "product_id": product["id"],
            "name": "Ink",
            "unit_price": "4.99",
            "price": "9.00",
        }
    ]
    assert "update the order's items" in refused.json["detail"]
    shown = person.get(f"/orders/{order['id']}").json
    assert (shown["status"], shown["total"]) == ("pending", "14.97")

    items = [{"product_id": product["id"], "quantity": 3}]
    person.put("/orders/update", json={"id": order["id"], "items": items})
    executed = person.post("/orders/execute", json={"id": order["id"]}).json
    assert executed["total"] == "27.00"


def test_a_country_no_longer_shipped_to_is_told(app: Shop, world: World) -> None:
    person = world.person()
    order = world.order(person, [(world.product(), 1)])

    with shop_settings(app, ship_to=("FR",)):
        refused = person.post("/orders/execute", json={"id": order["id"]})

    assert problem(refused) == (409, "shipping_unavailable")
    assert refused.json["country_code"] == "IE"
    assert person.get(f"/orders/{order['id']}").json["status"] == "pending"


def test_creating_takes_nothing_from_stock(world: World) -> None:
    product = world.product(quantity=5)

    order = world.order(world.person(), [(product, 5)])

    assert (order["status"], order["executed"]) == ("pending", False)
    assert (order["executed_at"], order["payment"]) == (None, None)
    assert world.stock(product) == 5


@pytest.mark.parametrize(
    ("typed", "name", "code"),
    [
        ("ireland", "Ireland", "IE"),
        ("EIRE", "Ireland", "IE"),
        ("gbr", "United Kingdom", "GB"),
        ("uk", "United Kingdom", "GB"),
        ("U.S.A.", "United States", "US"),
        (" cote d'ivoire ", "Côte d'Ivoire", "CI"),
        ("Ivory Coast", "Côte d'Ivoire", "CI"),
        ("Republic of Korea", "South Korea", "KR"),
        ("Federal Republic of Germany", "Germany", "DE"),
    ],
)
def test_countries_by_any_of_their_names(
    world: World, typed: str, name: str, code: str
) -> None:
    product = world.product()

    answer = world.person().post(
        "/orders/create",
        json={
            "location": typed,
            "items": [{"product_id": product["id"], "quantity": 1}],
        },
    )

    assert (answer.json["location"], answer.json["country_code"]) == (name, code)


def test_an_unknown_country_is_refused_with_suggestions(world: World) -> None:
    product = world.product()

    answer = world.person().post(
        "/orders/create",
        json={
            "location": "Germny",
            "items": [{"product_id": product["id"], "quantity": 1}],
        },
    )

    assert problem(answer) == (422, "unknown_country")
    assert pointers(answer) == ["/location"]
    assert answer.json["suggestions"][0] == "Germany"


def test_more_than_there_is_cannot_be_ordered(world: World) -> None:
    product = world.product(name="Quill", quantity=2)
    items = [{"product_id": product["id"], "quantity": 3}]

    answer = world.person().post(
        "/orders/create", json={"location": "IE", "items": items}
    )

    assert problem(answer) == (409, "insufficient_stock")
    assert answer.json["lines"] == [
        {"product_id": product["id"], "name": "Quill", "requested": 3, "available": 2}
    ]


def test_an_unknown_product_is_named(world: World) -> None:
    items = [{"product_id": 987654321, "quantity": 1}]

    answer = world.person().post(
        "/orders/create", json={"location": "IE", "items": items}
    )

    assert problem(answer) == (404, "product_not_found")
    assert answer.json["product_id"] == 987654321


def test_executing_takes_payment_and_stock(world: World) -> None:
    person = world.person()
    first, second = world.product(quantity=5), world.product(quantity=7, price="1.50")

    order = world.executed_order(person, [(first, 5), (second, 2)])

    assert (order["status"], order["executed"]) == ("executed", True)
    assert order["executed_at"].endswith("Z")
    assert order["payment"]["method"] == "invoice"
    assert order["payment"]["amount"] == order["total"] == "27.95"
    assert (world.stock(first), world.stock(second)) == (0, 5)


def test_executing_takes_all_lines_or_none(world: World) -> None:
    person = world.person()
    plenty, scarce = world.product(quantity=5), world.product(quantity=1)
    order = world.order(person, [(plenty, 2), (scarce, 1)])
    world.executed_order(world.person(), [(scarce, 1)])

    answer = person.post("/orders/execute", json={"id": order["id"]})

    assert problem(answer) == (409, "insufficient_stock")
    assert answer.json["lines"] == [
        {
            "product_id": scarce["id"],
            "name": scarce["name"],
            "requested": 1,
            "available": 0,
        }
    ]
    assert world.stock(plenty) == 5
    assert person.get(f"/orders/{order['id']}").json == order


def test_an_order_is_executed_once(world: World) -> None:
    person, product = world.person(), world.product()
    order = world.executed_order(person, [(product, 1)])

    again = person.post("/orders/execute", json={"id": order["id"]})

    assert problem(again) == (409, "already_executed")
    assert world.stock(product) == 9


def test_a_removed_product_cannot_be_executed(world: World) -> None:
    person, product = world.person(), world.product()
    order = world.order(person, [(product, 1)])
    world.manager.delete(f"/products/remove?id={product['id']}")

    answer = person.post("/orders/execute", json={"id": order["id"]})

    assert problem(answer) == (409, "product_unavailable")
    assert answer.json["lines"][0]["product_id"] == product["id"]


def test_a_payment_may_be_named(world: World) -> None:
    person = world.person()
    order = world.order(person, [(world.product(), 1)])

    other = person.post(
        "/orders/execute", json={"id": order["id"], "payment": {"method": "barter"}}
    )
    invoice = person.post(
        "/orders/execute", json={"id": order["id"], "payment": {"method": "invoice"}}
    )

    assert pointers(other) == ["/payment/method"]
    assert invoice.json["status"] == "executed"


def test_updating_replaces_items_at_todays_prices(world: World) -> None:
    person = world.person()
    first, second = world.product(price="1"), world.product(price="2")
    order = world.order(person, [(first, 1)])
    world.manager.put("/products/update", json={"id": second["id"], "price": "3"})

    answer = person.put(
        "/orders/update",
        json={
            "id": order["id"],
            "location": "NZ",
            "items": [{"product_id": second["id"], "quantity": 2}],
        },
    )

    assert answer.json["location"] == "New Zealand"
    assert [item["product_id"] for item in answer.json["items"]] == [second["id"]]
    assert answer.json["total"] == "6.00"


def test_updating_the_location_keeps_the_items(world: World) -> None:
    person = world.person()
    order = world.order(person, [(world.product(), 1)])

    answer = person.put("/orders/update", json={"id": order["id"], "location": "FR"})

    assert answer.json["items"] == order["items"]
    assert answer.json["country_code"] == "FR"


def test_an_empty_update_changes_nothing(world: World) -> None:
    person = world.person()
    order = world.order(person, [(world.product(), 1)])

    answer = person.put("/orders/update", json={"id": order["id"]})

    assert answer.json == order
    assert answer.headers["ETag"] == '"1"'


def test_an_executed_order_cannot_be_changed_or_cancelled(world: World) -> None:
    person = world.person()
    order = world.executed_order(person, [(world.product(), 1)])

    changed = person.put("/orders/update", json={"id": order["id"], "location": "FR"})
    cancelled = person.delete(f"/orders/delete?id={order['id']}")

    assert problem(changed) == (409, "order_not_pending")
    assert problem(cancelled) == (409, "already_executed")


def test_cancelling_a_pending_order_keeps_stock(world: World) -> None:
    person, product = world.person(), world.product(quantity=5)
    order = world.order(person, [(product, 2)])

    answer = person.delete(f"/orders/delete?id={order['id']}")

    assert answer.status_code == 204
    assert world.stock(product) == 5
    assert person.get(f"/orders/{order['id']}").json["status"] == "cancelled"
    again = person.delete(f"/orders/delete?id={order['id']}")
    executed = person.post("/orders/execute", json={"id": order["id"]})
    assert problem(again) == problem(executed) == (409, "order_not_pending")


@pytest.mark.parametrize("action", ["show", "execute", "update", "cancel"])
def test_anothers_order_is_as_missing_as_none(world: World, action: str) -> None:
    order = world.order(world.person(), [(world.product(), 1)])
    stranger = world.person()

    def act(order_id: int) -> Any:
        if action == "show":
            return stranger.get(f"/orders/{order_id}")
        if action == "execute":
            return stranger.post("/orders/execute", json={"id": order_id})
        if action == "update":
            body = {"id": order_id, "location": "FR"}
            return stranger.put("/orders/update", json=body)
        return stranger.delete(f"/orders/delete?id={order_id}")

    theirs, missing = act(order["id"]), act(987654321)

    assert problem(theirs) == problem(missing) == (404, "order_not_found")


def test_everybody_lists_their_own_orders_newest_first(world: World) -> None:
    person, product = world.person(), world.product()
    ids = [world.order(person, [(product, 1)])["id"] for _ in range(3)]
    world.order(world.person(), [(product, 1)])
    person.delete(f"/orders/delete?id={ids[1]}")

    first = person.get("/orders/user?limit=2").json
    rest = person.get(f"/orders/user?limit=2&cursor={first['next_cursor']}").json
    cancelled = person.get("/orders/user?status=cancelled").json

    listed = [order["id"] for order in first["items"] + rest["items"]]
    assert listed == ids[::-1]
    assert rest["next_cursor"] is None
    assert [order["id"] for order in cancelled["items"]] == [ids[1]]


def test_managers_list_everybodys_orders(world: World) -> None:
    product, person = world.product(), world.person()
    first = world.order(person, [(product, 1)])
    second = world.executed_order(world.person(), [(product, 1)])

    def listed(query: str) -> list[int]:
        answer = world.manager.get(f"/orders?{query}")
        return [order["id"] for order in answer.json["items"]]

    assert listed("") == [second["id"], first["id"]]
    assert listed(f"user_id={person.id}") == [first["id"]]
    assert listed("status=executed") == [second["id"]]
    assert listed(f"from={second['created_at']}") == [second["id"]]
    assert listed(f"to={second['created_at']}") == [first["id"]]


@pytest.mark.parametrize(
    "moment",
    [
        "yesterday",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-13-01T00:00:00Z",
        "0001-01-01T00:00:00%2B14:00",
        "2026-01-01T00:00:00 01:00",
    ],
)
def test_times_need_an_offset_and_a_calendar(world: World, moment: str) -> None:
    answer = world.manager.get(f"/orders?from={moment}")

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == ["from"]


def test_a_stale_order_is_not_executed(world: World) -> None:
    person = world.person()
    order = world.order(person, [(world.product(), 1)])
    person.put("/orders/update", json={"id": order["id"], "location": "FR"})

    stale = person.post(
        "/orders/execute", json={"id": order["id"]}, headers={"If-Match": '"1"'}
    )
    stale_and_weak = person.delete(
        f"/orders/delete?id={order['id']}", headers={"If-Match": 'W/"1"'}
    )
    # As a proxy that packs makes it of ours.
    weak = person.delete(
        f"/orders/delete?id={order['id']}", headers={"If-Match": 'W/"2"'}
    )

    assert problem(stale) == problem(stale_and_weak) == (412, "stale_version")
    assert stale.json["current_etag"] == '"2"'
    assert weak.status_code == 204


def test_managers_act_on_any_order(world: World) -> None:
    order = world.order(world.person(), [(world.product(), 1)])

    answer = world.manager.post("/orders/execute", json={"id": order["id"]})

    assert answer.json["status"] == "executed"
    assert answer.json["user_id"] == order["user_id"]


def test_admins_may_what_managers_may(world: World) -> None:
    admin = world.person(Role.ADMIN)

    assert admin.get("/orders").status_code == 200
