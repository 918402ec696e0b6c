"""The page of the books: looked at, told, and what breaks a promise led to."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from testing.visitor import Visitor, forms_of
from testing.world import World, gateways_of

from shopkeeper.audit.service.jobs import run_audit
from shopkeeper.console.routes.books import linked
from shopkeeper.models import Role
from shopkeeper.web.application import Shop


@pytest.fixture
def visitor(fresh_app: Shop, fresh_world: World) -> Visitor:
    visitor = Visitor(fresh_app)
    visitor.sign_in(fresh_world.person(Role.ADMIN).email)
    return visitor


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "shopkeeper.audit.routes.ANSWER_WITHIN", timedelta(seconds=0.01)
    )


def check(app: Shop, visitor: Visitor, **typed: str) -> str:
    """Press the button, wait for the worker, and look."""
    begun = visitor.submit(visitor.visit("/books"), "/console/books/check", **typed)
    assert begun.status_code == 303, begun.text
    assert "being looked at" in visitor.follow(begun).text
    run_audit(app.dispatcher.sessions, gateways_of(app), 1)
    return visitor.follow(begun).text


def test_books_that_are_right(fresh_app: Shop, visitor: Visitor) -> None:
    assert "Nobody has looked yet" in visitor.visit("/books").text

    report = check(fresh_app, visitor)

    assert "promises, all kept" in report
    assert "promises, all kept" in visitor.visit("/books").text
    assert "✓ right" in visitor.visit("").text


def test_a_breach_leads_to_its_row(
    fresh_app: Shop, fresh_world: World, visitor: Visitor
) -> None:
    order = fresh_world.order(fresh_world.person(), [(fresh_world.product(), 1)])
    fresh_world.session.execute(text("UPDATE orders SET total = total + 1"))
    fresh_world.session.commit()

    report = check(fresh_app, visitor)

    assert "1 row breaks a promise" in report
    assert f'<a href="/console/orders/{order["id"]}">order {order["id"]}</a>' in report
    assert "× 1 breach" in visitor.visit("").text


def test_only_admins_are_offered_to_mend(
    fresh_app: Shop, fresh_world: World, visitor: Visitor
) -> None:
    manager = Visitor(fresh_app)
    manager.sign_in(fresh_world.person(Role.MANAGER).email)

    def offered(who: Visitor) -> int:
        forms = forms_of(who.visit("/books"))
        return sum("repair" in form.values for form in forms)

    assert (offered(visitor), offered(manager)) == (1, 0)
    forced = manager.send("/console/books/check", _key="k", repair="yes")
    assert forced.status_code == 403


def test_parts_of_a_subject_have_their_pages() -> None:
    assert list(linked("order 17, variant 3 and more")) == [
        ("order 17", "/console/orders/17"),
        (", ", None),
        ("variant 3", "/console/stock/3"),
        (" and more", None),
    ]
    assert list(linked("series INV-2026")) == [("series INV-2026", None)]
