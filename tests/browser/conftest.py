"""A real browser in front of a real server."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from testing.clerk import Clerk
from testing.real_server import HttpClient, RealServer, running

EMAIL = "ada@example.com"
# A new profile that asks nobody but us for anything.
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
Open = Callable[..., Clerk]


def _lacks(what: str) -> None:
    """Say why nothing is tested here; where everything has to be, it is a failure."""
    reason = f"{what} is not here (script/browser)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415
    except ImportError:
        _lacks("playwright")
    program = shutil.which("chromium")
    if program is None:
        _lacks("chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def server(
    browser: Any,  # noqa: ARG001  # Without one nobody is to wait for a server.
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RealServer]:
    folder = tmp_path_factory.mktemp("shop")
    with running(RealServer(folder / "data", settings={"SHOP_NAME": "Ada's"})) as own:
        yield own


@pytest.fixture(scope="module")
def admin(server: RealServer) -> HttpClient:
    return server.admin(EMAIL)


@pytest.fixture
def open_console(browser: Any, server: RealServer) -> Iterator[Open]:
    """Open the console as somebody, in a window of some size and colour."""
    contexts = []

    def open_one(
        email: str | None = EMAIL,
        *,
        width: int = 1280,
        scheme: str = "light",
        language: str = "en-US",
    ) -> Clerk:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            locale=language,
        )
        contexts.append(context)
        clerk = Clerk(context.new_page(), server.url)
        if email is not None:
            clerk.sign_in(email)
        return clerk

    yield open_one
    for context in contexts:
        context.close()
