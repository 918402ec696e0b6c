"""How quick the console is on a large shop, beside the API calls that a page makes.

    .venv/bin/python -m bench.console [--products 50000] [--orders 100000]
        [--rounds 15] [--shop FOLDER]

A server with the production's settings is started on an embedded PostgreSQL with
so many products and orders. Each page is asked for, and in turn with it the API call
that it is made of, over one connection: medians, and the time of 95 in a hundred.
Then a browser, if `script/browser` has set one up, goes to each page and says when it
painted first, and how long a filter takes from Enter to paint. Loopback only.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.subject import ROOT, Subject, prepared
from testing.clerk import Clerk
from testing.real_server import PASSWORD, HttpClient

EMAIL = "admin@example.com"
# A page, and the call of the API that it is made of above all.
PAGES = {
    "/orders": "/orders?limit=50",
    "/orders?search=Article+17": "/orders?limit=50&search=Article+17",
    "/products": "/products?limit=50&status=all",
    "/products?search=article+4711": (
        "/products?limit=50&status=all&search=article+4711"
    ),
    "/products/{product}": "/products/{product}",
    "/stock": "/stock?limit=50",
    "/customers": "/customers?limit=50",
    "/activity": "/activities?limit=50",
    "/books": "/audits?limit=20",
    "/imports": "/imports?limit=50",
    "": "/statistics/profit",
    "/reports": "/statistics/profit",
}
GOALS = {"first paint": 200, "navigation": 60, "filter": 100}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> None:
    """Fill, ask in turn, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, default=50_000)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--shop", type=Path, help="Keep the shop there.")
    chosen = parser.parse_args()
    size = [f"--products={chosen.products}", f"--orders={chosen.orders}"]
    with tempfile.TemporaryDirectory(prefix="shopkeeper-bench-") as scratch:
        folder = chosen.shop or Path(scratch) / "shop"
        with prepared("console", ROOT, folder, size) as subject:
            over_http(subject, chosen.rounds)
            in_a_browser(subject, chosen.rounds)


def over_http(subject: Subject, rounds: int) -> None:
    """Pages and the calls under them, in turn, on the same connection."""
    admin = HttpClient(subject.server.url)
    admin.log_in(EMAIL)
    form = {"email": EMAIL, "password": PASSWORD}
    here = {"Sec-Fetch-Site": "same-origin"}
    signed = admin.send(
        "POST", "/console/sign-in", data=form, headers=here, allow_redirects=False
    )
    assert signed.is_redirect, signed.text
    product = {"product": subject.ground.first}
    print(f"{'page':<36}{'page ms':>9}{'p95':>8}{'API ms':>9}{'kB':>7}")
    for page, call in PAGES.items():
        path = f"/console{page}".format(**product)
        pages, calls, length = [], [], 0
        for _ in range(rounds):
            pages.append(timed(lambda where=path: admin.send("GET", where)))
            calls.append(
                timed(lambda where=call: admin.call("GET", where.format(**product)))
            )
            length = int(admin.send("GET", path).headers["Content-Length"])
        print(
            f"{page or '/':<36}{statistics.median(pages):9.1f}{late(pages):8.1f}"
            f"{statistics.median(calls):9.1f}{length / 1000:7.1f}",
            flush=True,
        )
    admin.close()


def in_a_browser(subject: Subject, rounds: int) -> None:
    """When each page is painted first, and how long a filter takes."""
    program = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415
    except ImportError:
        program = None
    if program is None:
        print("no browser (script/browser)")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        clerk = Clerk(browser.new_page(), subject.server.url)
        clerk.sign_in(EMAIL)
        paints, arrivals, filters = [], [], []
        for _ in range(max(rounds // 3, 1)):
            for page in PAGES:
                clerk.visit(page.format(product=subject.ground.first))
                told = clerk.page.evaluate(PAINTED)
                paints.append(told["paint"])
                arrivals.append(told["arrived"])
            clerk.visit("/products")
            clerk.press("/")
            clerk.type("article 4711")
            begun = time.perf_counter()
            with clerk.page.expect_navigation(wait_until="commit"):
                clerk.press("Enter")
            clerk.page.wait_for_selector("[data-rows] tbody tr")
            filters.append((time.perf_counter() - begun) * 1000)
        for name, times in (
            ("first paint", paints),
            ("navigation", arrivals),
            ("filter", filters),
        ):
            print(
                f"{name:<12} p50 {statistics.median(times):7.1f} ms, p95"
                f" {late(times):7.1f} ms (goal {GOALS[name]})",
                flush=True,
            )
        browser.close()


PAINTED = """() => new Promise((done) => {
    const tell = () => {
        const [paint] = performance.getEntriesByName("first-contentful-paint");
        const [way] = performance.getEntriesByType("navigation");
        if (!paint) return setTimeout(tell, 5);
        done({ paint: paint.startTime, arrived: way.responseEnd });
    };
    tell();
})"""


def timed(ask: Callable[[], object]) -> float:
    """How many milliseconds it takes."""
    begun = time.perf_counter()
    ask()
    return (time.perf_counter() - begun) * 1000


def late(times: list[float]) -> float:
    """What ninety-five in a hundred are under."""
    return sorted(times)[min(int(len(times) * 0.95), len(times) - 1)]


if __name__ == "__main__":
    main()
