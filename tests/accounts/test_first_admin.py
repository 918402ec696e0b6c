"""The first admin of a shop, made by whoever has started it."""

from threading import Barrier
from typing import Any

import pytest
from testing.at_once import at_once, statuses
from testing.visitor import Visitor, form_of
from testing.world import PASSWORD, Client, World

from shopkeeper.accounts.service.first_admin import setup_code
from shopkeeper.models import Role
from shopkeeper.web.application import Shop


def admin(**fields: str) -> dict[str, str]:
    return {
        "code": setup_code(),
        "email": "first@example.com",
        "password": PASSWORD,
        "full_name": "The First",
        **fields,
    }


def test_whoever_has_the_code_is_the_first_admin(fresh_world: World) -> None:
    client = fresh_world.client

    made = client.post("/users/first-admin", json=admin())

    assert made.status_code == 201
    assert made.json["role"] == "admin"
    assert fresh_world.log_in("first@example.com").get("/users").status_code == 200
    again = client.post("/users/first-admin", json=admin(email="b@example.com"))
    assert (again.status_code, again.json["code"]) == (409, "admin_exists")


def test_another_code_makes_nobody_anything(client: Client) -> None:
    good = setup_code()
    for code in ("0" * 20, good[:-1], f"{good}0", good.upper() + "é"):
        answer = client.post("/users/first-admin", json=admin(code=code))

        assert (answer.status_code, answer.json["code"]) == (403, "setup_refused")


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", "10.0.0.1"])
def test_the_code_is_good_on_the_machine_alone(client: Client, address: str) -> None:
    answer = client.post(
        "/users/first-admin", json=admin(), environ_base={"REMOTE_ADDR": address}
    )

    assert (answer.status_code, answer.json["code"]) == (403, "setup_refused")


def test_managers_and_customers_are_no_admins(fresh_world: World) -> None:
    fresh_world.person(Role.MANAGER)
    fresh_world.person()

    answer = fresh_world.client.post("/users/first-admin", json=admin())

    assert answer.status_code == 201


def test_of_many_at_once_one_is_the_first(fresh_app: Shop) -> None:
    barrier = Barrier(4)

    def ask(number: int) -> Any:
        body = admin(email=f"first-{number}@example.com")
        barrier.wait()
        return Client(fresh_app).post("/users/first-admin", json=body)

    answers = at_once(4, ask)

    assert statuses(answers) == {201: 1, 409: 3}


def test_the_console_makes_the_first_admin_and_lets_them_in(fresh_app: Shop) -> None:
    visitor = Visitor(fresh_app)
    page = visitor.visit(f"/first-admin?code={setup_code()}")
    typed = {"full_name": "The First", "email": "first@example.com"}

    weak = visitor.submit(page, "/console/first-admin", **typed, password="password")
    made = visitor.submit(weak, "/console/first-admin", password=PASSWORD)

    assert weak.status_code == 422
    assert form_of(weak, "/console/first-admin").values["email"] == typed["email"]
    home = visitor.follow(made)
    assert home.status_code == 200
    assert "The shop is yours." in home.text
    assert "The shop is empty" in home.text
