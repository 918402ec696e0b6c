"""Pictures of the console for the README, of a demo shop in a real browser.

script/screenshots
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from testing.clerk import Clerk
from testing.real_server import RealServer, running

FOLDER = Path(__file__).parents[1] / "docs" / "images"
EMAIL = "ada@example.com"
WIDTH, HEIGHT = 1280, 800
# The name of a picture, the page, and the colours.
PICTURES = (
    ("console-home", "", "light"),
    ("console-products", "/products", "light"),
    ("console-reports", "/reports?period=90", "dark"),
    ("console-books", "/books", "light"),
)


def main() -> None:
    """Fill a shop, look at its pages, and keep what is seen."""
    program = shutil.which("chromium")
    if program is None:
        sys.exit("There is no chromium: script/browser installs it.")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="shopkeeper-pictures-") as folder:
        server = RealServer(Path(folder) / "data", settings={"SHOP_NAME": "Stationer"})
        with running(server), sync_playwright() as playwright:
            filled = server.command("demo", "--orders=2000", patience=600)
            if filled.returncode:
                sys.exit(filled.stderr)
            admin = server.admin(EMAIL)
            admin.call("POST", "/audits", json={})
            browser = playwright.chromium.launch(
                executable_path=program, args=["--no-sandbox"]
            )
            for name, path, scheme in PICTURES:
                _take(browser, server, (name, path, scheme))

            browser.close()


def _take(browser: Any, server: RealServer, picture: tuple[str, str, str]) -> None:
    name, path, scheme = picture
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        color_scheme=scheme,
        locale="en-US",
    )
    clerk = Clerk(context.new_page(), server.url)
    clerk.sign_in(EMAIL)
    clerk.visit(path)
    clerk.page.screenshot(path=FOLDER / f"{name}.png")
    context.close()
    sys.stdout.write(f"{FOLDER / name}.png\n")


if __name__ == "__main__":
    main()
