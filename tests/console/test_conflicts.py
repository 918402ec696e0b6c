"""Two at once, or a database that goes away: nothing is overwritten, nor lost."""

import io
from typing import Any

import pytest
from testing.visitor import Visitor, form_of
from testing.world import World

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.shop_api import Refused
from shopkeeper.models import Role
from shopkeeper.utils.errors import DatabaseUnavailable
from shopkeeper.web.application import Shop
from shopkeeper.web.problems import make_answer


class Unread(io.RawIOBase):
    """A body that is not to be waited for."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> int:
        raise AssertionError("it was read")


def test_a_price_that_somebody_has_changed_is_told(
    visitor: Visitor, world: World
) -> None:
    product = world.product(price="10.00")
    path = f"/console/products/{product['id']}/price"
    page = visitor.visit("/products")
    world.manager.put("/products/update", json={"id": product["id"], "price": "15.00"})

    told = visitor.submit(page, path, price="11.00")

    assert told.status_code == 412
    assert world.manager.get(f"/products/{product['id']}").json["price"] == "15.00"
    assert form_of(told, path).values["price"] == "11.00"
    assert visitor.submit(told, path).status_code == 303
    assert world.manager.get(f"/products/{product['id']}").json["price"] == "11.00"


def test_what_was_shown_of_many_is_what_is_done(visitor: Visitor, world: World) -> None:
    product = world.product(price="10.00")
    ids = [str(product["id"])]
    page = visitor.visit("/products")
    would = visitor.submit(page, "/console/products/bulk", id=ids, percent="10")
    world.manager.put("/products/update", json={"id": product["id"], "price": "50.00"})

    told = visitor.submit(would, "/console/products/bulk", id=ids)

    assert told.status_code == 200
    assert "Meanwhile something has changed" in told.text
    assert "$55.00" in told.text
    # It may have been this form, sent twice: the same again is not offered.
    assert "Change them" not in told.text
    assert world.manager.get(f"/products/{product['id']}").json["price"] == "50.00"


def test_a_change_of_many_that_is_sent_twice_is_done_once(
    visitor: Visitor, world: World
) -> None:
    product = world.product(price="100.00")
    ids = [str(product["id"])]
    page = visitor.visit("/products")
    would = visitor.submit(page, "/console/products/bulk", id=ids, percent="3")

    answers = [
        visitor.submit(would, "/console/products/bulk", id=ids) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [303, 200]
    assert world.manager.get(f"/products/{product['id']}").json["price"] == "103.00"


def test_two_do_not_refund_one_thing_twice(
    app: Shop, visitor: Visitor, world: World
) -> None:
    customer, product = world.person(), world.product(price="5.00")
    order = world.order(customer, [(product, 2)])
    customer.post("/orders/execute", json={"id": order["id"]})
    other = Visitor(app)
    other.sign_in(world.person(Role.MANAGER).email)
    path = f"/console/orders/{order['id']}/refund"
    pages = [each.visit(f"/orders/{order['id']}") for each in (visitor, other)]

    first = visitor.submit(pages[0], path, amount="1.00")
    second = other.submit(pages[1], path, amount="1.00")

    assert (first.status_code, second.status_code) == (303, 412)
    shown = world.manager.get(f"/orders/{order['id']}").json
    assert shown["refunded_total"] == "1.00"


def test_lines_are_the_same_however_a_browser_ends_them(
    visitor: Visitor, world: World
) -> None:
    product = world.product(description="one\ntwo")
    path = f"/console/products/{product['id']}/save"
    page = visitor.visit(f"/products/{product['id']}")
    customer = world.person()
    order = world.order(customer, [(product, 1)])
    customer.post("/orders/execute", json={"id": order["id"]})
    lines = {"description": "one\r\ntwo", "was-description": "one\r\ntwo"}

    saved = visitor.submit(page, path, name=f"{product['name']} too", **lines)

    assert saved.status_code == 303
    shown = world.manager.get(f"/products/{product['id']}").json
    assert shown["description"] == "one\ntwo"


def test_no_threshold_is_another_than_none(visitor: Visitor, world: World) -> None:
    variant = world.product()["variant_id"]
    page = visitor.visit(f"/stock/{variant}")

    visitor.submit(page, f"/console/stock/{variant}/threshold", threshold="0")

    form = form_of(
        visitor.visit(f"/stock/{variant}"), f"/console/stock/{variant}/threshold"
    )
    assert form.values["threshold"] == "0"


def test_text_is_kept_while_the_database_is_away(
    visitor: Visitor, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = world.product()
    path = f"/console/products/{product['id']}/save"
    page = visitor.visit(f"/products/{product['id']}")

    def fail(_desk: Desk) -> None:
        raise Refused(make_answer(DatabaseUnavailable(seconds=1)))

    with monkeypatch.context() as away:
        away.setattr(Desk, "enter", fail)
        told = visitor.submit(page, path, description="Long words.")

    assert told.status_code == 503
    kept, sent = form_of(told, path).values, form_of(page, path).values
    assert kept["description"] == "Long words."
    assert kept["_key"] == sent["_key"]
    assert visitor.submit(told, path).status_code == 303


def test_the_form_of_another_site_is_not_waited_for(app: Shop) -> None:
    answer = app.test_client().post(
        "/console/orders/1/refund",
        environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": "1000"},
        content_type="application/x-www-form-urlencoded",
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert answer.status_code == 403


def test_a_customer_sends_no_file(app: Shop, world: World) -> None:
    visitor = Visitor(app)
    visitor.sign_in(world.person().email)

    answer = visitor._client.post(
        "/console/imports/run",
        environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": "20000000"},
        content_type="multipart/form-data; boundary=x",
        headers={"Sec-Fetch-Site": "same-origin"},
    )

    assert answer.status_code == 403


def test_settings_are_for_admins(app: Shop, world: World) -> None:
    visitor = Visitor(app)
    visitor.sign_in(world.person(Role.MANAGER).email)

    assert visitor.visit("/settings").status_code == 403
