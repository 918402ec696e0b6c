"""Ten jobs of whoever runs a shop, each done in the console by keyboard alone."""

from datetime import date, timedelta
from typing import Any

import pytest
from testing.clerk import Clerk
from testing.real_server import HttpClient
from testing.stocked import BUYER, Stocked, stock_up

pytestmark = [pytest.mark.server, pytest.mark.browser]


@pytest.fixture(scope="module")
def shop(admin: HttpClient) -> Stocked:
    return stock_up(admin)


@pytest.fixture
def clerk(shop: Stocked, open_console: Any) -> Clerk:  # noqa: ARG001  # There first.
    opened: Clerk = open_console()
    return opened


@pytest.fixture(autouse=True)
def _nothing_is_complained_of(clerk: Clerk) -> Any:
    yield
    assert not clerk.complaints
    assert not clerk.foreign


def price_of(admin: HttpClient, shop: Stocked, name: str) -> str:
    return str(admin.call("GET", f"/products/{shop.products[name]['id']}")["price"])


def pieces_of(admin: HttpClient, shop: Stocked, name: str) -> int:
    return int(admin.call("GET", f"/products/{shop.products[name]['id']}")["quantity"])


def test_an_order_is_found_by_email_and_a_line_refunded(
    clerk: Clerk, admin: HttpClient
) -> None:
    clerk.go("o", "/orders")
    clerk.press("/")
    clerk.type(BUYER)
    with clerk.page.expect_navigation():
        clerk.press("Enter")
    clerk.press("j")
    with clerk.page.expect_navigation():
        clerk.press("Enter")
    clerk.enter('input[name^="refund-"]', "1")
    clerk.confirm("#refund button.main")

    assert "The refund is booked." in clerk.text()
    number = clerk.page.url.split("?")[0].rpartition("/")[2]
    order = admin.call("GET", f"/orders/{number}")
    assert order["status"] == "partially_refunded"
    assert order["refunded_total"] in {"30.00", "40.00"}


def test_a_category_is_raised_by_three_percent(
    clerk: Clerk, admin: HttpClient, shop: Stocked
) -> None:
    before = {name: price_of(admin, shop, name) for name in ("Walnut pen", "Oak pen")}
    clerk.go("p", "/products")
    clerk.enter("#category", "Pens")
    with clerk.page.expect_navigation():
        clerk.press("Enter")
    clerk.press("j", "x", "j", "x")
    clerk.enter("#percent", "3")
    clerk.confirm('button:has-text("Show what would change")')
    assert "2 would change" in clerk.text()
    clerk.confirm('button:has-text("Change them")')

    assert before == {"Walnut pen": "40.00", "Oak pen": "30.00"}
    assert price_of(admin, shop, "Walnut pen") == "41.20"
    assert price_of(admin, shop, "Oak pen") == "30.90"


def test_an_import_is_mended(clerk: Clerk, admin: HttpClient) -> None:
    clerk.go("i", "/imports")
    clerk.tab_to("#f-pasted")
    clerk.type("name,category,price,quantity\nInk,Paper,many,3\n")
    clerk.confirm('button:has-text("Show what it would do")')
    assert "many" in clerk.text()
    clerk.confirm('a:has-text("Mend them here")')
    clerk.enter('[aria-invalid="true"]', "6.50")
    clerk.confirm('button:has-text("Show what they would do")')
    clerk.confirm('button:has-text("Import it")')

    (ink,) = admin.call("GET", "/products?search=ink")["items"]
    assert (ink["price"], ink["quantity"]) == ("6.50", 3)


def test_goods_are_received(clerk: Clerk, admin: HttpClient, shop: Stocked) -> None:
    clerk.find("blotter", "Blotter")
    clerk.enter("#f-received-quantity", "12")
    clerk.enter('[name="unit_cost"]', "2.50")
    clerk.confirm('form[action$="/receive"] button')

    assert "The goods are booked." in clerk.text()
    assert pieces_of(admin, shop, "Blotter") == 13


def test_last_months_profit_is_seen_as_it_stood_on_the_first(clerk: Clerk) -> None:
    clerk.go("r", "/reports")
    with clerk.page.expect_navigation():
        clerk.choose("#period", "Last")
    today = date.fromisoformat(clerk.page.evaluate("new Date().toISOString()")[:10])
    if today.day > 1:
        clerk.tab_to("#back")
        with clerk.page.expect_navigation():
            clerk.press(*["ArrowRight"] * (today.day - 1))

    first = today.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    assert f"{before:%b} {before.day}, {before.year}" in clerk.text()
    assert f"{first:%b} {first.day}, {first.year}" in clerk.text()
    assert "Profit" in clerk.text()
    assert clerk.page.evaluate("document.activeElement.id") in {"period", "back"}


def test_whoever_has_changed_a_price_is_found(
    clerk: Clerk, admin: HttpClient, shop: Stocked
) -> None:
    product = shop.products["Apron"]
    variant = admin.call("GET", f"/products/{product['id']}")["variants"][0]
    body = {"id": variant["id"], "price": "27.00"}
    admin.call("PUT", "/variants/update", json=body)

    clerk.find("apron", "Apron")
    clerk.confirm('a:has-text("Who changed what")')

    assert "The Admin changed a variant" in clerk.text()
    assert "Apron: Price $25.00 $27.00" in clerk.text().replace("→ ", "")


def test_what_runs_out_is_reordered(
    clerk: Clerk, admin: HttpClient, shop: Stocked
) -> None:
    clerk.go("s", "/stock")
    clerk.press("j")
    assert clerk.focused_text() == "Ledger"  # What is out stands first.
    with clerk.page.expect_navigation():
        clerk.press("Enter")
    clerk.confirm('a:has-text("The product")')
    clerk.enter("#f-received-quantity", "5")
    clerk.enter('[name="unit_cost"]', "4")
    clerk.confirm('form[action$="/receive"] button')

    assert pieces_of(admin, shop, "Ledger") == 5


def test_a_thiefs_session_is_ended(open_console: Any, admin: HttpClient) -> None:
    email = "mia@example.com"
    client = HttpClient(admin.url)
    client.register(email)
    (found,) = admin.call("GET", f"/users?email={email}")["items"]
    admin.call("PUT", "/users/role", json={"id": found["id"], "role": "manager"})
    thief, owner = open_console(email), open_console(email)

    owner.confirm('.rail a[href="/console/you"]')
    owner.confirm('button:has-text("End it")')
    assert "The login has ended." in owner.text()
    thief.visit("/orders")

    assert thief.page.locator("#password").count() == 1
    owner.visit("/orders")
    assert owner.page.locator("#password").count() == 0


def test_ten_picking_lists_are_printed(clerk: Clerk) -> None:
    clerk.go("o", "/orders")
    clerk.press(*["j", "x"] * 10)
    clerk.confirm('button:has-text("Print picking lists of the chosen")')

    assert clerk.page.locator(".sheet").count() == 10


def test_the_books_are_proved(clerk: Clerk) -> None:
    clerk.go("b", "/books")
    clerk.confirm('button:has-text("Check now")')
    clerk.page.wait_for_selector("text=all kept", timeout=30_000)

    assert "promises, all kept" in clerk.text()


def test_categories_are_dragged(clerk: Clerk, admin: HttpClient) -> None:
    made = {
        name: admin.call("POST", "/categories/add", 201, json={"name": name})
        for name in ("Rulers", "Stamps", "Tape")
    }

    def item(name: str) -> str:
        return f'[data-tree] li[data-name="{name}"]'

    clerk.visit("/categories")
    with clerk.page.expect_navigation():
        clerk.page.drag_and_drop(item("Stamps"), item("Rulers"))
    listed = {each["id"]: each for each in admin.call("GET", "/categories")["items"]}
    assert listed[made["Stamps"]["id"]]["path"] == "Rulers > Stamps"

    with clerk.page.expect_navigation():
        clerk.page.drag_and_drop(
            item("Tape"), item("Rulers"), target_position={"x": 60, "y": 1}
        )
    listed = {each["id"]: each for each in admin.call("GET", "/categories")["items"]}
    tape, rulers = (listed[made[name]["id"]] for name in ("Tape", "Rulers"))
    assert tape["position"] == rulers["position"] - 1
