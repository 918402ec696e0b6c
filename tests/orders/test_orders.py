import pytest
from testing.payments import shop_settings
from testing.world import World, pointers, problem

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
            "id": order["items"][0]["id"],
            "product_id": product["id"],
            "variant_id": product["variant_id"],
            "product_name": "Old",
            "variant_title": None,
            "sku": None,
            "options": None,
            "quantity": 3,
            "refunded_quantity": 0,
            "waiting": 0,
            "unit_price": "4.99",
            "line_total": "14.97",
        }
    ]
    assert executed["total"] == "14.97"
    assert executed["payment"]["amount"] == "14.97"


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
