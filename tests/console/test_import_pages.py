"""Files at the console: tried, looked at, and then imported."""

import io
import threading
from collections.abc import Iterator
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
