"""What the forms of the console do, sent as a browser without scripts sends them."""

import re

import pytest
from testing.traded import executed_order, stock_of
from testing.visitor import Visitor, form_of
from testing.world import World


def test_pieces_are_refunded_once_however_often_the_form_is_sent(
    visitor: Visitor, world: World
) -> None:
    order, product = executed_order(world)
    path = f"/console/orders/{order['id']}/refund"
    page = visitor.visit(f"/orders/{order['id']}")
    typed = {f"refund-{product['variant_id']}": "3", "reason": "scratched"}

    answers = [visitor.submit(page, path, **typed) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    shown = world.manager.get(f"/orders/{order['id']}").json
    assert shown["refunded_total"] == "15.00"
    assert [refund["reason"] for refund in shown["refunds"]] == ["scratched"]
    assert stock_of(world, product) == 9
    told = visitor.follow(answers[1]).text
    assert "The refund is booked." in told
    assert "$15.00" in told


def test_goods_that_do_not_come_back_are_not_put_back(
    visitor: Visitor, world: World
) -> None:
    order, product = executed_order(world)
    page = visitor.visit(f"/orders/{order['id']}")
    path = f"/console/orders/{order['id']}/refund"

    visitor.submit(
        page, path, **{f"refund-{product['variant_id']}": "1", "restock": ""}
    )

    assert stock_of(world, product) == 6


def test_a_sum_is_refunded_for_no_goods(visitor: Visitor, world: World) -> None:
    order, product = executed_order(world)
    page = visitor.visit(f"/orders/{order['id']}")

    visitor.submit(page, f"/console/orders/{order['id']}/refund", amount="2.50")

    shown = world.manager.get(f"/orders/{order['id']}").json
    assert shown["refunded_total"] == "2.50"
    assert stock_of(world, product) == 6


def test_nothing_chosen_refunds_nothing(visitor: Visitor, world: World) -> None:
    order, _ = executed_order(world)
    page = visitor.visit(f"/orders/{order['id']}")

    answer = visitor.submit(page, f"/console/orders/{order['id']}/refund")

    assert "Nothing was chosen" in visitor.follow(answer).text
    shown = world.manager.get(f"/orders/{order['id']}").json
    assert shown["refunds"] == []


def test_a_refund_that_is_refused_keeps_what_was_typed(
    visitor: Visitor, world: World
) -> None:
    order, product = executed_order(world)
    page = visitor.visit(f"/orders/{order['id']}")
    typed = {f"refund-{product['variant_id']}": "9", "reason": "all of it"}

    answer = visitor.submit(page, f"/console/orders/{order['id']}/refund", **typed)

    assert answer.status_code == 409
    form = form_of(answer, f"/console/orders/{order['id']}/refund")
    assert form.values["reason"] == "all of it"
    assert form.values[f"refund-{product['variant_id']}"] == "9"
    assert re.search(r"[0-9a-f]{32}", answer.text)


def test_money_that_has_come_is_noted(visitor: Visitor, world: World) -> None:
    order, _ = executed_order(world)
    page = visitor.visit(f"/orders/{order['id']}")

    visitor.submit(
        page, f"/console/orders/{order['id']}/received", amount="5", reference="SEPA 1"
    )

    shown = world.manager.get(f"/orders/{order['id']}").json
    assert shown["payment"]["received"] == "5.00"
    assert shown["payment"]["status"] == "due"


def test_a_product_is_added_and_changed(visitor: Visitor, world: World) -> None:
    category = world.category()
    answer = visitor.submit(
        visitor.visit("/products/new"),
        "/console/products/add",
        name="Walnut tray",
        category=category["name"],
        price="19.90",
        cost="8.125",
        quantity="7",
        sku="WT-1",
        status="draft",
    )
    page = visitor.follow(answer)
    product_id = int(re.findall(r"/console/products/(\d+)/save", page.text)[0])

    visitor.submit(
        page,
        f"/console/products/{product_id}/save",
        price="21.00",
        status="active",
        sku="",
    )

    shown = world.manager.get(f"/products/{product_id}").json
    assert (shown["price"], shown["status"], shown["sku"]) == ("21.00", "active", None)
    assert (shown["quantity"], shown["cost"]) == (7, "8.1250")


def test_a_sale_while_a_product_is_edited_stays_sold(
    visitor: Visitor, world: World
) -> None:
    _, product = executed_order(world)
    page = visitor.visit(f"/products/{product['id']}")
    customer = world.person()
    placed = world.order(customer, [(product, 2)])
    customer.post("/orders/execute", json={"id": placed["id"]})

    path = f"/console/products/{product['id']}/save"
    saved = [visitor.submit(page, path, description="New words.") for _ in range(2)]

    assert [each.status_code for each in saved] == [303, 303]
    shown = world.manager.get(f"/products/{product['id']}").json
    assert (shown["quantity"], shown["description"]) == (4, "New words.")


def test_two_who_edit_one_product_are_told_of_each_other(
    visitor: Visitor, world: World
) -> None:
    product = world.product(name="Lamp", price="10.00")
    path = f"/console/products/{product['id']}/save"
    page = visitor.visit(f"/products/{product['id']}")
    world.manager.put(
        "/products/update", json={"id": product["id"], "price": "11.00", "brand": "Ox"}
    )

    told = visitor.submit(page, path, price="12.00")

    assert told.status_code == 412
    for said in ("10.00", "11.00", "12.00", "Ox", "stale_version"):
        assert said in told.text
    # The form has what was typed, over the version that is there now.
    assert form_of(told, path).values["price"] == "12.00"
    saved = visitor.submit(told, path)
    assert saved.status_code == 303
    shown = world.manager.get(f"/products/{product['id']}").json
    assert (shown["price"], shown["brand"]) == ("12.00", "Ox")


def test_a_price_is_changed_in_its_row(visitor: Visitor, world: World) -> None:
    product = world.product()
    page = visitor.visit("/products")

    visitor.submit(page, f"/console/products/{product['id']}/price", price="8.80")
    page = visitor.visit("/products")
    wrong = visitor.submit(
        page, f"/console/products/{product['id']}/price", price="dear"
    )

    assert world.manager.get(f"/products/{product['id']}").json["price"] == "8.80"
    assert wrong.status_code == 422
    assert "price" in wrong.text


def test_many_are_changed_after_it_was_shown(visitor: Visitor, world: World) -> None:
    products = [world.product(price="100.00") for _ in range(2)]
    ids = [str(product["id"]) for product in products]
    page = visitor.visit("/products")

    would = visitor.submit(page, "/console/products/bulk", id=ids, percent="3")

    assert would.status_code == 200
    assert "$103.00" in would.text
    assert world.manager.get(f"/products/{ids[0]}").json["price"] == "100.00"
    done = visitor.submit(would, "/console/products/bulk", id=ids)
    assert done.status_code == 303
    for product_id in ids:
        assert world.manager.get(f"/products/{product_id}").json["price"] == "103.00"


def test_what_is_removed_comes_back(visitor: Visitor, world: World) -> None:
    product = world.product()
    page = visitor.visit(f"/products/{product['id']}")

    removed = visitor.follow(
        visitor.submit(page, f"/console/products/{product['id']}/remove")
    )
    assert world.manager.get(f"/products/{product['id']}").status_code == 404
    visitor.submit(removed, f"/console/products/{product['id']}/restore")

    assert world.manager.get(f"/products/{product['id']}").status_code == 200


def test_goods_come_in_with_what_they_cost(visitor: Visitor, world: World) -> None:
    product = world.product(quantity=10, cost="2")
    page = visitor.visit(f"/products/{product['id']}")

    visitor.submit(
        page,
        f"/console/products/{product['id']}/receive",
        quantity="10",
        unit_cost="4",
        reference="DN-1",
    )

    shown = world.manager.get(f"/products/{product['id']}").json
    assert (shown["quantity"], shown["cost"]) == (20, "3.0000")


def test_stock_is_counted_adjusted_and_watched(visitor: Visitor, world: World) -> None:
    product = world.product(quantity=10)
    variant = product["variant_id"]
    listed = visitor.visit("/stock")

    visitor.submit(listed, "/console/stock/count", **{f"counted-{variant}": "8"})
    ledger = visitor.visit(f"/stock/{variant}")
    visitor.submit(
        ledger,
        f"/console/stock/{variant}/adjust",
        delta="-3",
        reason="damage",
        note="Fell down",
    )
    visitor.submit(ledger, f"/console/stock/{variant}/threshold", threshold="20")

    assert stock_of(world, product) == 5
    told = visitor.visit(f"/stock/{variant}").text
    assert "Fell down" in told
    assert "low" in told


def test_categories_grow_and_are_felled_and_come_back(
    visitor: Visitor, world: World
) -> None:
    category = world.category()
    world.product(category=category["name"])
    page = visitor.visit("/categories")
    path = f"/console/categories/{category['id']}"

    visitor.submit(page, "/console/categories/add", name=f"{category['name']} > Small")
    visitor.submit(page, f"{path}/rename", name=f"{category['name']} of old")
    would = visitor.submit(page, f"{path}/delete")
    assert "2 categories, 1 products and 10 pieces" in would.text
    felled = visitor.follow(visitor.submit(would, f"{path}/delete"))
    assert f"{category['name']} of old" not in felled.text
    visitor.submit(felled, f"{path}/restore")

    tree = visitor.visit("/categories").text
    assert f"{category['name']} of old &gt; Small" in tree


def test_a_role_is_given_and_logins_are_ended(visitor: Visitor, world: World) -> None:
    person = world.person()
    page = visitor.visit(f"/users?search={person.email}")

    visitor.submit(page, f"/console/users/{person.id}/role", role="manager")
    assert person.get("/orders").status_code == 200
    visitor.submit(page, f"/console/users/{person.id}/end-logins")

    assert person.get("/orders").status_code == 401


def test_a_change_in_a_list_goes_back_to_the_list_as_it_was(
    visitor: Visitor, world: World
) -> None:
    product = world.product(name="Copper lamp")
    page = visitor.visit("/products?search=copper&sort=-price")

    answer = visitor.submit(page, f"/console/products/{product['id']}/price", price="3")

    assert answer.location == "/console/products?done=saved&search=copper&sort=-price"


@pytest.mark.parametrize(
    "there",
    ["https://evil.example", "/console/users", "//evil", "/console/products?path=x"],
)
def test_a_form_leads_nowhere_else(visitor: Visitor, world: World, there: str) -> None:
    product = world.product()
    page = visitor.visit("/products")
    path = f"/console/products/{product['id']}/price"

    answer = visitor.submit(page, path, price="3", _there=there)

    assert answer.location.startswith("/console/products?done=saved")
