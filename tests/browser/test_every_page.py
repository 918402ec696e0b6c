"""Every page in a real browser: nothing foreign, nothing refused, nobody shut out."""

from typing import Any

import pytest
from testing.clerk import Clerk
from testing.real_server import HttpClient
from testing.stocked import Stocked, stock_up

pytestmark = [pytest.mark.server, pytest.mark.browser]

PATHS = [
    *("", "/orders", "/orders?search=grace", "/orders/{order}"),
    *("/products", "/products/new", "/products/{product}", "/products/{family}"),
    *("/categories", "/stock", "/stock/{variant}", "/imports", "/customers"),
    *("/customers/{customer}", "/reports", "/reports/products", "/reports/categories"),
    *("/reports/countries", "/books", "/activity", "/users", "/settings", "/help"),
    *("/you", "/find?q=pen", "/orders/print?id={order}"),
]
OK = 200
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def shop(admin: HttpClient) -> Stocked:
    found = stock_up(admin)
    admin.call("POST", "/audits", json={})
    return found


@pytest.fixture(scope="module")
def paths(shop: Stocked, admin: HttpClient) -> list[str]:
    order = admin.call("GET", f"/orders/{shop.orders[0]}")
    return [
        path.format(
            order=order["id"],
            customer=order["user_id"],
            product=shop.products["Oak pen"]["id"],
            variant=shop.products["Oak pen"]["variant_id"],
            family=shop.products["Apron"]["id"],
        )
        for path in PATHS
    ]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_each_page(
    open_console: Any, paths: list[str], scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415

    axe = Axe()
    clerk = open_console(width=width, scheme=scheme)
    found = []
    for path in paths:
        status = clerk.visit(path)
        if status != OK:
            found.append((path, "is not shown", str(status)))
        said = axe.run(clerk.page, options={"runOnly": RULES}).response
        found += [
            (path, each["id"], each["nodes"][0]["html"]) for each in said["violations"]
        ]
        if _is_wider_than_the_window(clerk):
            found.append((path, "wider than the window", str(width)))

    assert not found
    assert not clerk.complaints
    assert not clerk.foreign


def test_nothing_is_cut_off_on_the_smallest_phone(
    open_console: Any, paths: list[str]
) -> None:
    clerk = open_console(width=320)
    wide = []
    for path in paths:
        clerk.visit(path)
        if _is_wider_than_the_window(clerk):
            wide.append(path)

    assert not wide


def test_pages_are_small(open_console: Any, paths: list[str]) -> None:
    clerk = open_console()
    sizes: dict[str, int] = {}

    def note(response: Any) -> None:
        told = response.request.sizes()
        sizes[response.url] = told["responseBodySize"]

    clerk.page.on("requestfinished", lambda asked: note(asked.response()))
    for path in paths:
        clerk.visit(path)
        clerk.page.wait_for_load_state("networkidle")

    scripts = [size for url, size in sizes.items() if ".js" in url]
    styles = [size for url, size in sizes.items() if ".css" in url]
    pages = [size for url, size in sizes.items() if "/assets/" not in url]
    assert sum(scripts) <= 45_000
    assert sum(styles) <= 12_000
    assert max(pages) <= 8_000


def _is_wider_than_the_window(clerk: Clerk) -> bool:
    return bool(
        clerk.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    )
