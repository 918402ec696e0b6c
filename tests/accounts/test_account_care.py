"""Logins that people see and end, and what an admin does for somebody else."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from structlog.testing import capture_logs
from testing.world import PASSWORD, Person, World, problem

from shopkeeper.models import Login, PasswordReset, Role
from shopkeeper.processes.chores import do_chores
from shopkeeper.utils import clock

NEW = "amber-thistle-quarry"


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN)


def reset(world: World, token: str, password: str = NEW) -> Any:
    body = {"token": token, "password": password}
    return world.client.post("/users/reset", json=body)


def make_token(admin: Person, person: Person) -> str:
    made = admin.post("/users/reset-token", json={"id": person.id})
    assert made.status_code == 201, made.text
    return str(made.json["token"])


def test_people_see_their_logins_and_end_a_thiefs(world: World) -> None:
    person = world.person()
    thief, other = world.log_in(person.email), world.person()

    shown = person.get("/users/logins").json["items"]
    theirs = next(login for login in shown if not login["current"])
    foreign = other.delete(f"/users/logins/{theirs['id']}")
    ended = person.delete(f"/users/logins/{theirs['id']}")
    again = person.delete(f"/users/logins/{theirs['id']}")

    assert [login["current"] for login in shown].count(True) == 1
    assert len(shown) == 2
    assert problem(foreign) == (404, "login_not_found")
    assert ended.status_code == 204
    assert problem(again) == (404, "login_not_found")
    assert problem(thief.get("/users/me")) == (401, "token_revoked")
    assert person.get("/users/me").status_code == 200


def test_a_login_that_never_was_is_not_found(world: World) -> None:
    answer = world.person().delete(f"/users/logins/{uuid.uuid4()}")

    assert problem(answer) == (404, "login_not_found")


def test_a_new_email_ends_all_other_logins(world: World) -> None:
    person = world.person()
    other = world.log_in(person.email)

    body = {"email": "moved@example.com", "current_password": PASSWORD}
    assert person.put("/users/update", json=body).status_code == 200

    assert problem(other.get("/users/me")) == (401, "token_revoked")
    assert person.get("/users/me").status_code == 200


def test_a_session_ends_ninety_days_after_its_login(world: World) -> None:
    person = world.person()
    then = clock.now() - timedelta(days=89)
    world.session.execute(
        update(Login).where(Login.user_id == person.id).values(created_at=then)
    )
    world.session.commit()

    headers = {"Authorization": f"Bearer {person.refresh_token}"}
    refreshed = world.client.post("/users/refresh", headers=headers)

    assert refreshed.status_code == 200
    expires_at = world.session.scalar(
        text("SELECT expires_at FROM logins WHERE user_id = :id"), {"id": person.id}
    )
    assert expires_at == then + timedelta(days=90)


def test_a_token_of_an_admin_sets_a_new_password_once(
    world: World, admin: Person
) -> None:
    person = world.person()
    token = make_token(admin, person)

    weak = reset(world, token, "        ")
    done = reset(world, token)
    again = reset(world, token)

    assert problem(weak) == (422, "password_too_weak")
    assert done.json["id"] == person.id
    assert problem(again) == (401, "reset_token_invalid")
    assert problem(person.get("/users/me")) == (401, "token_revoked")
    world.log_in(person.email, NEW)
    assert world.session.query(PasswordReset).count() == 0


def test_a_token_is_kept_as_a_hash_and_ends_after_an_hour(
    world: World, admin: Person
) -> None:
    token = make_token(admin, world.person())
    kept = world.session.scalars(text("SELECT token_hash FROM password_resets")).one()
    assert token.encode() not in bytes(kept)
    world.session.execute(
        text(
            "UPDATE password_resets SET created_at = created_at - interval '2 hours',"
            " expires_at = expires_at - interval '2 hours'"
        )
    )
    world.session.commit()

    assert problem(reset(world, token)) == (401, "reset_token_invalid")
    do_chores(world.session)
    assert world.session.query(PasswordReset).count() == 0


def test_a_newer_token_replaces_an_older_one(world: World, admin: Person) -> None:
    person = world.person()
    older, newer = make_token(admin, person), make_token(admin, person)

    assert problem(reset(world, older)) == (401, "reset_token_invalid")
    assert reset(world, newer).status_code == 200


def test_an_admin_ends_somebodys_logins_and_keeps_their_own(
    world: World, admin: Person
) -> None:
    person, other_of_admin = world.person(), world.log_in(admin.email)

    assert admin.post("/users/end-logins", json={"id": person.id}).status_code == 204
    assert admin.post("/users/end-logins", json={"id": admin.id}).status_code == 204

    assert problem(person.get("/users/me")) == (401, "token_revoked")
    assert problem(other_of_admin.get("/users/me")) == (401, "token_revoked")
    assert admin.get("/users/me").status_code == 200


def test_an_admin_closes_an_account_but_not_their_own(
    world: World, admin: Person
) -> None:
    person = world.person()
    order = world.order(person, [(world.product(), 1)])

    closed = admin.post("/users/close", json={"id": person.id})
    again = admin.post("/users/close", json={"id": person.id})
    own = admin.post("/users/close", json={"id": admin.id})

    assert closed.status_code == 204
    assert problem(again) == (404, "user_not_found")
    assert problem(own) == (409, "own_account")
    assert problem(person.get("/users/me")) == (401, "token_revoked")
    assert admin.get(f"/orders/{order['id']}").json["status"] == "cancelled"


@pytest.mark.parametrize("path", ["reset-token", "end-logins", "close"])
def test_only_an_admin_helps(world: World, admin: Person, path: str) -> None:
    person = world.person()

    refused = world.manager.post(f"/users/{path}", json={"id": person.id})
    missing = admin.post(f"/users/{path}", json={"id": 2**40})

    assert problem(refused) == (403, "forbidden")
    assert problem(missing) == (404, "user_not_found")


def test_a_manager_sees_who_has_ordered_and_it_is_logged(world: World) -> None:
    person = world.person()
    order = world.order(person, [(world.product(), 1)])
    path = f"/orders/{order['id']}/customer"

    with capture_logs() as told:
        shown = world.manager.get(path)
    refused = person.get(path)
    missing = world.manager.get(f"/orders/{2**40}/customer")
    assert (
        person.delete("/users/delete", json={"password": PASSWORD}).status_code == 204
    )
    left = world.manager.get(path)

    assert shown.json == {
        "id": person.id,
        "full_name": "Ada Lovelace",
        "email": person.email,
    }
    (line,) = [line for line in told if line["event"] == "customer_looked_up"]
    assert (line["user_id"], line["by"]) == (person.id, world.manager.id)
    assert person.email not in str(told)
    assert problem(refused) == (403, "forbidden")
    assert problem(missing) == (404, "order_not_found")
    assert left.json == {"id": person.id, "full_name": None, "email": None}


def test_accounts_are_found_by_email_and_by_name(world: World, admin: Person) -> None:
    person = world.person()
    named = {"full_name": "Zoë 50% Müller"}
    assert person.put("/users/update", json=named).status_code == 200

    def found(query: str) -> list[int]:
        items = admin.get(f"/users?{query}").json["items"]
        return [item["id"] for item in items]

    assert found(f"email={person.email.upper()}") == [person.id]
    assert found("email=nobody%40example.com") == []
    assert found("search=zoe") == [person.id]
    assert found("search=MULLER") == [person.id]
    assert found("search=50%25") == [person.id]
    assert found("search=5_%25") == []
