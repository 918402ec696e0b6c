"""Closing days: only what is complete, once, and the same answers after as before."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import event, text
from sqlalchemy.orm import Session
from testing.books import DAY, close_today
from testing.payments import breaches
from testing.world import World, problem

from shopkeeper.cli.commands import main
from shopkeeper.statistics.repository import closing as repository
from shopkeeper.statistics.service import asking, closing
from shopkeeper.stock import books as open_books
from shopkeeper.utils import clock
from shopkeeper.utils.settings import Settings, get_settings
from shopkeeper.web.application import Shop

TABLES = (
    "sales_days",
    "sales_months",
    "sales_ever",
    "sales_totals",
    "sales_month_totals",
    "sales_slots",
)
LONG_AGO = datetime(2026, 3, 30, 22, 50, tzinfo=UTC)
PATHS = (
    "profit",
    "product-sales",
    "category-product-sales",
    "countries",
    "sales-over-time?granularity=day&timezone=Asia/Kathmandu",
    "sales-over-time?granularity=month",
    "product-sales?from=2026-03-31T10:00:00Z",
    "product-sales?to=2026-04-02T00:00:00Z",
    "profit?category=Pens&country=IE",
)


@pytest.fixture
def trade(fresh_world: World) -> World:
    """Four orders on four days around the end of a month; a refund."""
    fresh_world.category("Pens")
    manager, person = fresh_world.manager, fresh_world.person()
    product = fresh_world.product(quantity=50, cost="1.5", category="Pens")
    for number in range(4):
        with clock.standing_still_at(LONG_AGO + number * DAY):
            order = fresh_world.order(person, [(product, number + 1)])
            done = person.post("/orders/execute", json={"id": order["id"]})
            assert done.status_code == 200
        if number == 1:
            renamed = {"id": product["id"], "name": "Renamed"}
            manager.put("/products/update", json=renamed)
    with clock.standing_still_at(LONG_AGO + 5 * DAY):
        items = [{"product_id": product["id"], "quantity": 1}]
        body = {"id": order["id"], "items": items}
        assert manager.post("/orders/refund", json=body).status_code == 200
    return fresh_world


def answers(world: World, as_of: str) -> list[bytes]:
    told = []
    for path in PATHS:
        mark = "&" if "?" in path else "?"
        answer = world.manager.get(f"/statistics/{path}{mark}as_of={as_of}")
        assert answer.status_code == 200, answer.text
        told.append(bytes(answer.data))
    return told


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def test_answers_are_the_same_before_and_after(fresh_app: Shop, trade: World) -> None:
    as_of, early = now(), "2026-04-01T12:00:00Z"
    before, before_early = answers(trade, as_of), answers(trade, early)

    assert closing.close_books(fresh_app.dispatcher.sessions) > 200
    assert closing.close_books(fresh_app.dispatcher.sessions) == 0

    assert answers(trade, as_of) == before
    assert answers(trade, early) == before_early
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_closed_days_are_read_from_the_roll_ups(fresh_app: Shop, trade: World) -> None:
    closing.close_books(fresh_app.dispatcher.sessions)
    before = answers(trade, "2026-06-01T00:00:00Z")
    for table in TABLES:
        trade.session.execute(
            text(f"UPDATE {table} SET units = units + 1, revenue = 7")
        )
    trade.session.execute(text("UPDATE closing SET edition = uuidv7()"))
    trade.session.commit()

    changed = answers(trade, "2026-06-01T00:00:00Z")

    assert all(old != new for old, new in zip(before, changed, strict=True))


def test_the_command_makes_them_again(
    fresh_app: Shop,
    trade: World,
    fresh_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closing.close_books(fresh_app.dispatcher.sessions)
    before = answers(trade, "2026-06-01T00:00:00Z")
    trade.session.execute(text("UPDATE sales_months SET units = units + 1"))
    trade.session.execute(text("UPDATE closing SET edition = uuidv7()"))
    trade.session.commit()
    assert answers(trade, "2026-06-01T00:00:00Z") != before
    url = fresh_app.engine.url.render_as_string(hide_password=False)
    assert url != fresh_url  # As the shop itself, that is.
    monkeypatch.setattr("shopkeeper.cli.database.get_settings", lambda: _settings(url))

    done = CliRunner().invoke(main, ["statistics", "rebuild"])

    assert done.exit_code == 0, done.output
    assert done.output.startswith("Closed 2")
    assert answers(trade, "2026-06-01T00:00:00Z") == before
    assert breaches(fresh_app.dispatcher.sessions) == []


def _settings(url: str) -> Settings:
    return get_settings().model_copy(update={"database_url": url})


@contextmanager
def half_a_sale(app: Shop) -> Iterator[Session]:
    """A transaction that has announced a sale and has not committed it."""
    with app.dispatcher.sessions() as session:
        open_books.write_to_the_books(session)
        yield session
        session.rollback()


def test_a_day_is_not_closed_while_something_older_may_come(
    fresh_app: Shop, trade: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if that transaction had begun before midnight."""
    assert trade.client.get("/health/ready").status_code == 200
    with half_a_sale(fresh_app):
        monkeypatch.setattr(closing, "MARGIN", timedelta(0))
        with fresh_app.dispatcher.sessions() as session:
            horizon = open_books.look_for_open_writes(session)
        assert horizon.complete_until < horizon.now
        monkeypatch.setattr(
            closing,
            "look_for_open_writes",
            lambda _: horizon._replace(complete_until=LONG_AGO + 2 * DAY),
        )
        assert closing.close_books(fresh_app.dispatcher.sessions) == 2
        with fresh_app.dispatcher.sessions() as session:
            assert repository.closed_until(session) == (LONG_AGO + 2 * DAY).date()
    monkeypatch.undo()
    assert closing.close_books(fresh_app.dispatcher.sessions) > 200


def test_a_story_of_the_past_holds_the_closing(fresh_app: Shop, trade: World) -> None:
    assert trade.client.get("/health/ready").status_code == 200
    with fresh_app.dispatcher.sessions() as session:
        repository.tell_a_story(session)
        assert closing.close_books(fresh_app.dispatcher.sessions) == 0
        with pytest.raises(closing.StoryUnderWayError, match="demo shop"):
            closing.rebuild(fresh_app.dispatcher.sessions)
        session.rollback()
    assert closing.close_books(fresh_app.dispatcher.sessions) > 0


def test_a_rebuild_waits_for_a_closing_under_way(fresh_app: Shop, trade: World) -> None:
    assert trade.client.get("/health/ready").status_code == 200
    closed: list[int] = []
    with fresh_app.dispatcher.sessions() as other:
        assert repository.hold_closing(other)
        rebuilding = threading.Thread(
            target=lambda: closed.append(closing.rebuild(fresh_app.dispatcher.sessions))
        )
        rebuilding.start()
        rebuilding.join(0.2)
        assert rebuilding.is_alive()
        other.rollback()
    rebuilding.join()
    assert closed[0] > 200


def test_two_servers_close_each_day_once(fresh_app: Shop, trade: World) -> None:
    assert trade.client.get("/health/ready").status_code == 200
    closed: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: closed.append(
                closing.close_books(fresh_app.dispatcher.sessions)
            )
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    first = LONG_AGO.date()
    assert sum(closed) == (datetime.now(UTC).date() - first).days
    assert breaches(fresh_app.dispatcher.sessions) == []


def test_what_is_being_written_is_waited_for_or_left_to_a_later_moment(
    fresh_app: Shop, trade: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE", timedelta(milliseconds=50))
    monkeypatch.setattr(asking, "LONG_PATIENCE", timedelta(milliseconds=50))
    with half_a_sale(fresh_app) as writer:
        begun = datetime.now(UTC)
        told = trade.manager.get("/statistics/profit")
        assert told.status_code == 200
        as_of = told.json["as_of"]
        assert datetime.fromisoformat(as_of) < begun
        insisted = trade.manager.get(f"/statistics/profit?as_of={now()}")
        assert problem(insisted) == (503, "books_busy")
        assert insisted.headers["Retry-After"] == "1"
        # What is long complete needs no waiting.
        older = trade.manager.get("/statistics/profit?as_of=2026-06-01T00:00:00Z")
        assert older.status_code == 200
        writer.rollback()
    again = trade.manager.get(f"/statistics/profit?as_of={as_of}")
    assert again.json == told.json


def test_an_import_holds_up_the_inventory_alone(
    fresh_app: Shop, trade: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE", timedelta(milliseconds=50))
    with fresh_app.dispatcher.sessions() as session:
        open_books.write_to_the_books(session, open_books.IMPORTS)
        begun = datetime.now(UTC)

        sales = trade.manager.get("/statistics/profit").json
        shelves = trade.manager.get("/statistics/inventory").json

        assert datetime.fromisoformat(sales["as_of"]) > begun
        assert datetime.fromisoformat(shelves["as_of"]) < begun
        session.rollback()


def test_what_is_sold_meanwhile_is_not_on_the_shelves_of_before(
    fresh_app: Shop, trade: World
) -> None:
    """A sale commits just before the shelves are added up, and after `as_of`."""
    before = trade.manager.get("/statistics/inventory").json
    product, person = trade.product(quantity=9, cost="2"), trade.person()
    order = trade.order(person, [(product, 4)])
    with_it = trade.manager.get("/statistics/inventory").json
    assert with_it["units"] == before["units"] + 9
    sold: list[int] = []

    def sell(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM shelf" in statement and not sold:
            sold.append(order["id"])
            done = person.post("/orders/execute", json={"id": order["id"]})
            assert done.status_code == 200

    event.listen(fresh_app.engine, "before_cursor_execute", sell)
    try:
        told = trade.manager.get("/statistics/inventory").json
    finally:
        event.remove(fresh_app.engine, "before_cursor_execute", sell)

    assert sold
    assert told["units"] == with_it["units"]
    assert told["value_at_cost"] == with_it["value_at_cost"]
    again = trade.manager.get(f"/statistics/inventory?as_of={told['as_of']}").json
    assert again == told


def test_today_can_be_sold_in_while_days_are_closed(
    fresh_app: Shop, trade: World
) -> None:
    close_today(fresh_app.dispatcher.sessions)
    told = trade.manager.get("/statistics/profit").json

    assert told["number_of_executed_orders"] == 4
    assert breaches(fresh_app.dispatcher.sessions) == []
