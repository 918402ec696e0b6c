"""Somebody who works in the console in a real browser, by keyboard alone."""

import re
from typing import Any

from testing.real_server import PASSWORD

# What a person reaches with one key; a page has fewer.
MOST_TABS = 200


class Clerk:
    """A page of a browser, and what was told about it meanwhile."""

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.url = url
        # Errors and violations of the policy, as the browser's console tells them.
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._watch)

    def _hear(self, message: Any) -> None:
        # What was refused on purpose is a failed load to the browser.
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            self.complaints.append(message.text)

    def _watch(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:")):
            self.foreign.append(request.url)

    def visit(self, path: str = "") -> int:
        """Look at a page; gives its status."""
        return int(self.page.goto(f"{self.url}/console{path}").status)

    def sign_in(self, email: str) -> None:
        self.visit()
        self.page.fill("#email", email)
        self.page.fill("#password", PASSWORD)
        self.press("Enter")
        self.page.wait_for_selector(".rail")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def go(self, letter: str, path: str) -> None:
        """Go to a page by its letter."""
        self.press("g", letter)
        self.page.wait_for_url(f"**/console{path}*")

    def find(self, text: str, name: str) -> None:
        """Find something in the palette, and open it."""
        self.press("Control+k")
        self.page.keyboard.type(text)
        self.page.wait_for_selector(f'dialog a:has-text("{name}")')
        while name not in self.focused_text():
            self.press("ArrowDown")
        with self.page.expect_navigation():
            self.press("Enter")

    def focused_text(self) -> str:
        return str(self.page.evaluate("document.activeElement.textContent"))

    def tab_to(self, selector: str) -> None:
        """Go on with the tabulator until it is there, as whoever has no mouse does."""
        wanted = self.page.locator(selector).first
        wanted.wait_for()
        for _ in range(MOST_TABS):
            if wanted.evaluate("(it) => it === document.activeElement"):
                return
            self.press("Tab")
        raise AssertionError(f"the keyboard does not reach {selector}")

    def enter(self, selector: str, text: str) -> None:
        """Type into a field in place of what is there."""
        self.tab_to(selector)
        self.press("Control+a")
        self.type(text)

    def confirm(self, selector: str) -> None:
        """Press a button or follow a link, and wait for the page after it."""
        self.tab_to(selector)
        with self.page.expect_navigation():
            self.press("Enter")

    def choose(self, selector: str, text: str) -> None:
        """Choose of a list by its first letters."""
        self.tab_to(selector)
        self.type(text)

    def text(self) -> str:
        """What the page says."""
        return re.sub(r"\s+", " ", self.page.inner_text("main"))
