"""Files at the console: tried, looked at, and then imported."""

import io
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from testing.imports import Importer
from testing.visitor import Visitor, form_of
from testing.world import World

from shopkeeper.models import Role
from shopkeeper.web.application import Shop

HEAD = "name,category,price,quantity"
GOOD, BAD = "Tray,Home,20.00,5", "Lamp,Home,thirty,5"


QUEUED = text("SELECT id FROM imports WHERE status = 'queued' ORDER BY id")


@pytest.fixture
def visitor(
    fresh_app: Shop, fresh_world: World, importer: Importer
) -> Iterator[Visitor]:
    """An admin, while somebody carries out what they import."""
    is_over = threading.Event()

    def carry_out() -> None:
        while not is_over.wait(0.02):
            with importer.engine.connect() as connection:
                queued = list(connection.scalars(QUEUED))
            for import_id in queued:
                importer.work(import_id)

    visitor = Visitor(fresh_app)
    visitor.sign_in(fresh_world.person(Role.ADMIN).email)
    worker = threading.Thread(target=carry_out)
    worker.start()
    yield visitor
    is_over.set()
    worker.join()


def file_of(*rows: str) -> dict[str, Any]:
    content = "\n".join([HEAD, *rows, ""])
    return {"file": (io.BytesIO(content.encode()), "shop.csv")}


def test_a_file_says_what_it_would_do_and_then_does_it(
    visitor: Visitor, fresh_world: World
) -> None:
    page = visitor.visit("/imports")

    would = visitor.submit(page, "/console/imports/run", **file_of(GOOD, BAD))

    assert would.status_code == 200, would.text
    assert "Nothing was written" in would.text
    assert "thirty" in would.text
    assert fresh_world.client.get("/products").json["items"] == []
    done = visitor.follow(visitor.submit(would, "/console/imports/run"))
    assert "succeeded" in done.text
    names = [each["name"] for each in fresh_world.client.get("/products").json["items"]]
    assert names == ["Tray"]


def test_pasted_rows_are_a_file(visitor: Visitor, fresh_world: World) -> None:
    page = visitor.visit("/imports")
    rows = "name\tcategory\tprice\nTray\tHome\t20.00"

    would = visitor.submit(
        page, "/console/imports/run", pasted=rows, default_quantity="7"
    )
    visitor.submit(would, "/console/imports/run")

    (product,) = fresh_world.client.get("/products").json["items"]
    assert (product["name"], product["quantity"]) == ("Tray", 7)


def test_nothing_is_no_file(visitor: Visitor) -> None:
    page = visitor.visit("/imports")

    for typed in ({}, {"pasted": "  "}):
        answer = visitor.submit(page, "/console/imports/run", **typed)

        assert answer.status_code == 422
        assert "choose or paste one" in answer.text


def test_what_cannot_be_read_is_told_with_what_was_typed(visitor: Visitor) -> None:
    page = visitor.visit("/imports")
    files = {"file": (io.BytesIO(b"\x00\x01\x02"), "shop.xlsx")}

    answer = visitor.submit(
        page, "/console/imports/run", **files, default_category="Home"
    )

    assert answer.status_code in {200, 422}
    assert "unreadable_file" in answer.text
    if answer.status_code != 200:
        form = form_of(answer, "/console/imports/run")
        assert form.values["default_category"] == "Home"


def test_the_bad_rows_are_a_file_to_mend(visitor: Visitor) -> None:
    page = visitor.visit("/imports")
    would = visitor.submit(page, "/console/imports/run", **file_of(BAD))
    done = visitor.submit(would, "/console/imports/run")
    number = done.location.rpartition("/")[2]

    rows = visitor.visit(f"/imports/{number}/errors.csv")

    assert rows.status_code == 200
    assert "thirty" in rows.text


def cells_of(page: str) -> dict[str, Any]:
    """What a grid has in its cells, and what goes with them."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(
        r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page
    ):
        found.setdefault(name, []).append(value)
    return found


def test_bad_rows_are_mended_in_the_page(visitor: Visitor, fresh_world: World) -> None:
    page = visitor.visit("/imports")
    would = visitor.submit(page, "/console/imports/run", **file_of(GOOD, BAD))
    done = visitor.follow(visitor.submit(would, "/console/imports/run"))
    link = re.search(r'/console(/imports/\d+/mend)"', done.text)
    assert link
    grid = visitor.visit(link[1])

    cells = cells_of(grid.text)
    assert cells["row"] == ["3"]
    assert cells["row-3"] == ["Lamp", "Home", "thirty", "5"]
    assert grid.text.count('aria-invalid="true"') == 1
    still = visitor.send(f"/console{link[1]}", **cells)
    assert "thirty" in still.text
    cells = cells_of(visitor.visit(link[1]).text) | {
        "row-3": ["Lamp", "Home", "30.00", "5"]
    }
    would = visitor.send(f"/console{link[1]}", **cells)
    assert "Nothing was written" in would.text, would.text
    visitor.follow(visitor.submit(would, "/console/imports/run"))

    names = [each["name"] for each in fresh_world.client.get("/products").json["items"]]
    assert names == ["Lamp", "Tray"]


def test_a_row_without_a_word_is_left_out(visitor: Visitor, fresh_world: World) -> None:
    page = visitor.visit("/imports")
    other = "Desk,Home,,5"
    would = visitor.submit(page, "/console/imports/run", **file_of(BAD, other))
    number = re.search(r"/imports/(\d+)/mend", would.text)
    assert number
    path = f"/imports/{number[1]}/mend"
    cells = cells_of(visitor.visit(path).text)

    changed = {"row-2": ["", " ", "", ""], "row-3": ["Desk", "Home", "9", "5"]}
    would = visitor.send(f"/console{path}", **(cells | changed))
    visitor.submit(would, "/console/imports/run")

    (product,) = fresh_world.client.get("/products").json["items"]
    assert product["name"] == "Desk"


def test_a_file_that_takes_its_time_goes_along(
    fresh_app: Shop,
    fresh_world: World,
    importer: Importer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    within = "shopkeeper.imports.routes.files.ANSWER_WITHIN"
    monkeypatch.setattr(within, timedelta(seconds=0.01))
    visitor = Visitor(fresh_app)
    visitor.sign_in(fresh_world.person(Role.ADMIN).email)
    page = visitor.visit("/imports")

    waiting = visitor.submit(page, "/console/imports/run", **file_of(GOOD))
    assert "Look again" in waiting.text, waiting.text
    importer.work(1)
    would = visitor.submit(waiting, "/console/imports/1/look")
    assert "Nothing was written" in would.text
    visitor.submit(would, "/console/imports/run")
    importer.work(2)

    (product,) = fresh_world.client.get("/products").json["items"]
    assert product["name"] == "Tray"
