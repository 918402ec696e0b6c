"""Audits that are asked for over HTTP, and done by the worker."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from testing.world import World, gateways_of, problem

from shopkeeper.audit.repository.snapshot import CHECKS
from shopkeeper.audit.service import jobs
from shopkeeper.audit.service.jobs import queue_when_due, run_audit
from shopkeeper.models import Role
from shopkeeper.web.application import Shop

Work = Callable[[int], None]


@pytest.fixture
def work(fresh_app: Shop) -> Work:
    """Do what the worker does with an audit that waits."""

    def run(audit_id: int) -> None:
        run_audit(fresh_app.dispatcher.sessions, gateways_of(fresh_app), audit_id)

    return run


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "shopkeeper.audit.routes.ANSWER_WITHIN", timedelta(seconds=0.01)
    )


def start(world: World, **body: Any) -> Any:
    return world.manager.post("/audits", json=body)


def test_sound_books(fresh_world: World, work: Work) -> None:
    fresh_world.executed_order(fresh_world.person(), [(fresh_world.product(), 1)])

    begun = start(fresh_world)
    work(begun.json["id"])
    report = fresh_world.manager.get(begun.headers["Location"]).json

    assert begun.status_code == 202
    assert (begun.json["status"], begun.json["sound"]) == ("queued", None)
    assert (report["status"], report["sound"]) == ("succeeded", True)
    assert (report["broken"], report["user_id"]) == (0, fresh_world.manager.id)
    assert report["promises"] == len(report["checks"]) > 20
    orders = {each["name"]: each for each in report["checks"]}
    assert orders["totals_are_the_sum_of_lines"]["checked"] == 1
    (listed,) = fresh_world.manager.get("/audits").json["items"]
    assert listed == {
        name: value
        for name, value in report.items()
        if name not in {"checks", "repairs"}
    }


def break_a_total(world: World) -> None:
    product = world.product()
    world.order(world.person(), [(product, 1)])
    world.session.execute(text("UPDATE orders SET total = total + 1"))
    world.session.commit()


def test_a_breach_is_told_with_its_row(fresh_world: World, work: Work) -> None:
    break_a_total(fresh_world)

    audit_id = start(fresh_world).json["id"]
    work(audit_id)
    report = fresh_world.manager.get(f"/audits/{audit_id}").json

    assert (report["sound"], report["broken"]) == (False, 1)
    (broken,) = [each for each in report["checks"] if each["broken"]]
    assert broken["name"] == "totals_are_the_sum_of_lines"
    assert broken["breaches"][0]["subject"] == "order 1"


def test_while_one_is_under_way_another_is_that_one(
    fresh_world: World, work: Work
) -> None:
    first = start(fresh_world).json["id"]
    admin = fresh_world.person(Role.ADMIN)

    second = fresh_world.manager.post("/audits", json={})
    mending = admin.post("/audits", json={"repair": True})
    work(first)
    third = fresh_world.manager.post("/audits", json={})

    assert second.json["id"] == first
    assert problem(mending) == (409, "audit_under_way")
    assert third.json["id"] != first


def break_a_quantity(world: World, product: dict[str, Any]) -> None:
    session = world.session
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(
        text("UPDATE stock SET quantity = 9 WHERE variant_id = :id"),
        {"id": product["variant_id"]},
    )
    session.commit()


def test_only_admins_mend(fresh_world: World, work: Work) -> None:
    manager, admin = fresh_world.person(Role.MANAGER), fresh_world.person(Role.ADMIN)
    product = fresh_world.product(quantity=5)
    with fresh_world.session.begin_nested():
        fresh_world.session.execute(
            text("SET LOCAL session_replication_role = replica")
        )
        fresh_world.session.execute(
            text("UPDATE stock SET quantity = 9 WHERE variant_id = :id"),
            {"id": product["variant_id"]},
        )
    fresh_world.session.commit()

    refused = manager.post("/audits", json={"repair": True})
    audit_id = admin.post("/audits", json={"repair": True}).json["id"]
    work(audit_id)
    report = admin.get(f"/audits/{audit_id}").json

    assert problem(refused) == (403, "forbidden")
    assert report["sound"] is True
    assert report["repair"] is True
    assert len(report["repairs"]) == 1


def test_customers_see_none(fresh_world: World) -> None:
    assert problem(fresh_world.person().get("/audits")) == (403, "forbidden")


def test_an_audit_that_is_none(fresh_world: World) -> None:
    assert problem(fresh_world.manager.get("/audits/7")) == (404, "audit_not_found")


def test_a_fault_ends_it(
    fresh_world: World, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(jobs, "audit", fail)
    audit_id = start(fresh_world).json["id"]
    work(audit_id)
    work(audit_id)  # It is at its end.

    report = fresh_world.manager.get(f"/audits/{audit_id}").json
    assert (report["status"], report["sound"]) == ("failed", None)
    assert report["finished_at"]


def test_it_is_due_once_a_day(fresh_world: World, work: Work) -> None:
    session = fresh_world.session

    def count() -> int:
        return len(fresh_world.manager.get("/audits").json["items"])

    queue_when_due(session, 0)
    session.commit()
    assert count() == 0
    for _ in range(2):
        queue_when_due(session, 24)
        session.commit()
    assert count() == 1
    work(1)
    long_ago = datetime.now(UTC) - timedelta(hours=25)
    session.execute(text("UPDATE audits SET created_at = :at"), {"at": long_ago})
    queue_when_due(session, 24)
    session.commit()
    assert count() == 2


def test_what_nobody_is_at_any_more_is_given_up(fresh_world: World) -> None:
    session = fresh_world.session
    start(fresh_world)
    old = datetime.now(UTC) - timedelta(hours=7)
    session.execute(text("UPDATE audits SET created_at = :at"), {"at": old})
    queue_when_due(session, 0)
    session.commit()

    (given_up,) = fresh_world.manager.get("/audits").json["items"]
    assert given_up["status"] == "failed"
    assert start(fresh_world).status_code == 202


def test_old_ones_stay_and_so_does_what_names_them(
    fresh_world: World, work: Work
) -> None:
    work(start(fresh_world).json["id"])
    old = datetime.now(UTC) - timedelta(days=2000)
    fresh_world.session.execute(text("UPDATE audits SET created_at = :at"), {"at": old})
    queue_when_due(fresh_world.session, 24)
    fresh_world.session.commit()
    work(2)

    new, kept = fresh_world.manager.get("/audits").json["items"]
    assert (new["sound"], kept["sound"]) == (True, True)


@pytest.mark.parametrize(
    ("sql", "status"), [("SELECT 1 / 0", "failed"), ("SELECT nonsense", "failed")]
)
def test_a_check_that_the_database_refuses_ends_it(
    fresh_world: World,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
    sql: str,
    status: str,
) -> None:
    broken = [*CHECKS, CHECKS[0]._replace(name="broken", counts=sql)]
    monkeypatch.setattr("shopkeeper.audit.service.audit.CHECKS", broken)

    audit_id = start(fresh_world).json["id"]
    work(audit_id)

    report = fresh_world.manager.get(f"/audits/{audit_id}").json
    assert report["status"] == status


def test_what_was_mended_is_kept_though_the_worker_dies(
    fresh_world: World, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = fresh_world.product(quantity=5)
    break_a_quantity(fresh_world, product)
    admin = fresh_world.person(Role.ADMIN)
    audit_id = admin.post("/audits", json={"repair": True}).json["id"]

    class Killed(BaseException):
        pass

    def die(_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "audit", die)
        with pytest.raises(Killed):
            work(audit_id)
    work(audit_id)

    report = admin.get(f"/audits/{audit_id}").json
    assert (report["sound"], len(report["repairs"])) == (True, 1)
    about = {"product_id": product["id"], "limit": 1}
    (done,) = admin.get("/activities", query_string=about).json["items"]
    assert (done["operation"], done["user"]["id"]) == ("repair_books", admin.id)
    assert (done["entity"], done["entity_id"]) == ("audits", audit_id)
    assert done["changes"][0]["before"]["quantity"] == 9
