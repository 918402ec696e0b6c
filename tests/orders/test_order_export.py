"""Orders as a file, a row for each of their lines."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from testing.world import World, problem

from shopkeeper.orders.service import export


def rows(world: World, **query: Any) -> list[dict[str, str]]:
    answer = world.manager.get("/orders/export", query_string=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_row_for_each_line(world: World) -> None:
    pen = world.product(name="Pen", price="2.50", sku="P-1", cost="1")
    ink = world.product(name="=Ink", price="4.00")
    person = world.person()
    order = world.executed_order(person, [(pen, 2), (ink, 1)])
    items = [{"product_id": pen["id"], "quantity": 1}]
    world.manager.post("/orders/refund", json={"id": order["id"], "items": items})

    first, second = rows(world, user_id=person.id)

    assert first["order"] == second["order"] == str(order["id"])
    assert first["invoice"] == order["invoice_number"]
    assert (first["product"], first["sku"]) == ("Pen", "P-1")
    assert (first["quantity"], first["refunded_quantity"]) == ("2", "1")
    assert (first["unit_price"], first["line_total"]) == ("2.50", "5.00")
    assert (first["line_cost"], second["line_cost"]) == ("2.00", "0.00")
    assert (first["order_total"], first["order_refunded"]) == ("9.00", "2.50")
    assert (first["status"], first["payment"]) == ("partially_refunded", "due")
    assert (first["email"], first["country"]) == (person.email, "IE")
    assert second["product"] == "'=Ink"


def test_only_what_matches_and_all_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ORDERS_AT_A_TIME", 2)
    person, product = world.person(), world.product()
    placed = [world.order(person, [(product, 1)])["id"] for _ in range(5)]
    world.executed_order(person, [(product, 1)])

    told = rows(world, user_id=person.id, status="pending", sort="created_at")

    assert [int(row["order"]) for row in told] == placed


def test_a_workbook_has_numbers(world: World) -> None:
    person = world.person()
    world.executed_order(person, [(world.product(price="2.50"), 2)])

    answer = world.manager.get(
        "/orders/export", query_string={"user_id": person.id, "format": "xlsx"}
    )

    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    header, row = (list(each) for each in sheet.iter_rows(values_only=True))
    told = dict(zip(header, row, strict=True))
    assert (told["unit_price"], told["line_total"], told["quantity"]) == (2.5, 5, 2)


def test_only_managers_take_them_along(world: World) -> None:
    assert problem(world.person().get("/orders/export")) == (403, "forbidden")


@pytest.mark.parametrize(
    "query",
    [{"format": "pdf"}, {"limit": 3}, {"cursor": "x"}, {"sort": "name"}],
    ids=str,
)
def test_a_question_without_sense(world: World, query: dict[str, Any]) -> None:
    answer = world.manager.get("/orders/export", query_string=query)

    assert problem(answer) == (422, "validation_failed")
