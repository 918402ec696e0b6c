"""The books: looked at on demand, each promise with what it was held against."""

import re
from collections.abc import Iterator

from flask import Response

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.pages import act, show
from shopkeeper.console.routes.session import PATH
from shopkeeper.console.routes.typed import is_said

ENDED = {"succeeded", "failed"}
LATEST = 20
# Pages of what a breach is about, as its subject names it: `order 17, variant 3`.
PAGES = {
    "order": "/orders/{}",
    "product": "/products/{}",
    "variant": "/stock/{}",
}
NAMED = re.compile(rf"\b({'|'.join(PAGES)}) ([0-9]{{1,19}})\b")


@show("/books")
def show_books(desk: Desk) -> Response:
    """Whether the books were right when they were last looked at, and before."""
    found = desk.api.get("/audits", limit=LATEST, cursor=desk.asked("cursor"))
    ended = [each for each in found["items"] if each["status"] == "succeeded"]
    last = desk.api.get(f"/audits/{ended[0]['id']}") if ended else None
    return desk.page(
        "books.html",
        audits=found["items"],
        next_cursor=found["next_cursor"],
        last=last,
        linked=linked,
    )


@show("/books/<id:audit_id>")
def show_console_audit(desk: Desk, audit_id: int) -> Response:
    """What one look at the books has found, or how far it is."""
    report = desk.api.get(f"/audits/{audit_id}")
    is_running = report["status"] not in ENDED
    return desk.page("audit.html", report=report, is_running=is_running, linked=linked)


@act("/books/check", calls=["POST /audits"], again=lambda desk, **_: show_books(desk))
def check_books(desk: Desk) -> Response:
    """Look at all the books; for admins, mend first what has one right answer."""
    body = {"repair": True} if is_said(desk.typed("repair")) else {}
    report = desk.send("POST", "/audits", body)
    return desk.done(f"/books/{report['id']}")


def linked(subject: str) -> Iterator[tuple[str, str | None]]:
    """The parts of what a breach is about, each with the page that it has."""
    at = 0
    for found in NAMED.finditer(subject):
        if found.start() > at:
            yield subject[at : found.start()], None
        yield found[0], PATH + PAGES[found[1]].format(found[2])
        at = found.end()
    if at < len(subject):
        yield subject[at:], None
