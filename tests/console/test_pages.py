"""Each page of the console, in each language, of a full shop and of an empty one."""

import re

import pytest
from testing.visitor import Visitor, forms_of
from testing.world import World

from shopkeeper.console.routes.desk import POLICY
from shopkeeper.models import Role
from shopkeeper.web.application import Shop

PAGES = [
    *("", "/orders", "/orders?search=ada", "/orders?payment=due", "/orders/print"),
    *("/products", "/products?status=draft", "/products/new", "/categories", "/stock"),
    *("/stock?availability=out_of_stock", "/stock?waiting=true", "/imports"),
    *("/reports", "/reports/products", "/reports/categories?back=3"),
    *(
        "/reports/countries?period=all",
        "/reports/sales?period=7",
        "/reports?period=month",
        "/reports/products?period=last_month&back=31",
        "/find?q=a",
    ),
    *("/find?q=a&part=yes", "/help", "/you", "/activity", "/books"),
    *("/customers", "/customers?search=ada"),
    *("/activity?product_id=1&from=2026-01-31&to=2026-02-01", "/activity?user_id=1"),
]
OURS = ("/console", "/docs", "#", "mailto:", "?")
ADMINS = ["/users", "/settings"]
FILES = ["/products/export.csv", "/products/export.xlsx", "/imports/example.csv"]
FILES += ["/reports/sales.csv", "/reports/products.xlsx"]
FILES += ["/orders/export.csv?status=executed&search=&sort=", "/orders/export.xlsx"]


@pytest.fixture
def admin(app: Shop, world: World) -> Visitor:
    visitor = Visitor(app)
    visitor.sign_in(world.person(Role.ADMIN).email)
    return visitor


@pytest.fixture
def order(world: World) -> int:
    customer = world.person()
    product = world.product(cost="1.5")
    placed = world.order(customer, [(product, 2)])
    executed = customer.post("/orders/execute", json={"id": placed["id"]})
    assert executed.status_code == 200, executed.text
    return int(placed["id"])


@pytest.mark.parametrize("path", PAGES + ADMINS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_page_is_shown(admin: Visitor, order: int, path: str, language: str) -> None:
    assert order
    admin.language = language

    page = admin.visit(path)

    assert page.status_code == 200, page.text
    assert page.headers["Content-Security-Policy"] == POLICY
    assert page.headers["Cache-Control"] == "no-store"
    if "part=" not in path:
        assert f'<html lang="{language}"' in page.text
        assert page.text.count("<h1") == 1


@pytest.mark.parametrize("path", PAGES + ADMINS)
def test_a_page_of_an_empty_shop_is_shown(
    fresh_app: Shop, fresh_world: World, path: str
) -> None:
    visitor = Visitor(fresh_app)
    visitor.sign_in(fresh_world.person(Role.ADMIN).email)

    assert visitor.visit(path).status_code == 200


def test_the_pages_of_one_thing_are_shown(
    admin: Visitor, world: World, order: int
) -> None:
    bought = world.manager.get(f"/orders/{order}").json
    item = bought["items"][0]

    for path, told in [
        (f"/orders/{order}", item["product_name"]),
        (f"/orders/print?id={order}", item["product_name"]),
        (f"/products/{item['product_id']}", item["product_name"]),
        (f"/stock/{item['variant_id']}", "sale"),
        (f"/customers/{bought['user_id']}", f"#{order}"),
    ]:
        page = admin.visit(path)
        assert page.status_code == 200, path
        assert told in page.text, path


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_handed_on_as_the_api_makes_it(
    admin: Visitor, order: int, path: str
) -> None:
    assert order

    answer = admin.visit(path)

    assert answer.status_code == 200
    assert not answer.content_type.startswith("text/html")
    assert len(answer.data) > 20


@pytest.mark.parametrize(
    "path", ["/orders/999999", "/products/999999", "/stock/999999", "/imports/999999"]
)
def test_what_is_not_there_has_a_page_with_its_code(admin: Visitor, path: str) -> None:
    page = admin.visit(path)

    assert page.status_code == 404
    assert "_not_found</code>" in page.text


def test_an_order_is_found_by_its_number(admin: Visitor, order: int) -> None:
    for said in (str(order), f"%23{order}"):
        answer = admin.visit(f"/orders?search={said}")

        assert answer.location == f"/console/orders/{order}"


def test_managers_see_no_page_of_admins(app: Shop, world: World) -> None:
    visitor = Visitor(app)
    visitor.sign_in(world.person(Role.MANAGER).email)

    home = visitor.visit("")

    for path in ("/users", "/settings"):
        assert f'href="/console{path}"' not in home.text
        assert visitor.visit(path).status_code == 403


def test_a_product_of_several_variants_leads_to_the_ledger_of_each(
    admin: Visitor, world: World
) -> None:
    sizes = [{"options": {"Size": size}, "quantity": 1} for size in ("S", "M")]
    shirt = world.manager.post(
        "/products/add",
        json={
            "name": "Shirt",
            "category": world.category()["name"],
            "price": "9.00",
            "options": [{"name": "Size", "values": ["S", "M"]}],
            "variants": sizes,
        },
    ).json

    page = admin.visit(f"/products/{shirt['id']}")

    assert page.status_code == 200, page.text
    for variant in shirt["variants"]:
        assert f'href="/console/stock/{variant["id"]}"' in page.text
        assert admin.visit(f"/stock/{variant['id']}").status_code == 200


def test_names_are_text_and_nothing_else(admin: Visitor, world: World) -> None:
    evil = "<script>alert(1)</script>\"'"
    product = world.product(name=evil)
    customer = world.person()
    customer.put("/users/update", json={"full_name": evil})
    order = world.order(customer, [(product, 1)])
    customer.post("/orders/execute", json={"id": order["id"]})

    for path in [
        *("", "/orders", "/products", "/stock", "/users", "/reports/products"),
        *("/find?q=script", f"/products/{product['id']}", f"/orders/{order['id']}"),
        *(f"/orders/print?id={order['id']}", f"/stock/{product['variant_id']}"),
        f"/customers/{customer.id}",
    ]:
        page = admin.visit(path).text
        assert "&lt;script&gt;" in page, path
        assert "<script>" not in page, path
        assert not re.search(r'="[^"]*<', page), path


def test_nothing_is_loaded_from_elsewhere(admin: Visitor) -> None:
    for path in PAGES:
        for address in re.findall(
            r'(?:src|href|action)="([^"]*)"', admin.visit(path).text
        ):
            assert address.startswith(("/console", "/docs", "#", "mailto:", "?")), (
                address
            )


def test_what_is_loaded_is_packed_and_kept_for_good(admin: Visitor) -> None:
    sizes = {}
    for address in set(re.findall(r'"(/console/assets/[^"]*)"', admin.visit("").text)):
        answer = admin.visit(
            address.removeprefix("/console"), **{"Accept-Encoding": "gzip"}
        )
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        sizes[address.partition("?")[0].rpartition(".")[2]] = len(answer.data)

    assert sizes["js"] <= 45_000
    assert sizes["css"] <= 15_000
    assert admin.visit("/assets/console.py").status_code == 404


def test_each_form_carries_its_own_key(admin: Visitor, world: World) -> None:
    world.product()
    page = admin.visit("/products")
    keys = [form.values["_key"] for form in forms_of(page) if form.method == "post"]

    assert len(keys) == len(set(keys)) >= 2


def test_what_somebody_likes_is_kept(admin: Visitor) -> None:
    page = admin.visit("/you")

    admin.submit(
        page, "/console/you/preferences", language="de", theme="dark", shortcuts="off"
    )

    shown = admin.visit("")
    assert '<html lang="de" data-theme="dark" data-shortcuts="off">' in shown.text
