"""Tokens as they are shown: good, bad, of the other kind, and logged out."""

from datetime import timedelta

import pytest
from testing.world import Client, World, problem

from shopkeeper.utils import clock
from shopkeeper.utils.tokens import issue_pair, read_token
from shopkeeper.web.application import Shop


def test_the_header_may_be_called_authentication(world: World) -> None:
    person = world.person()

    answer = world.client.get(
        "/users/me", headers={"Authentication": f"bearer {person.access_token}"}
    )

    assert answer.json["id"] == person.id


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "token_missing"),
        ("", "token_invalid"),
        ("Bearer", "token_invalid"),
        ("Bearer ", "token_invalid"),
        ("Basic YTpi", "token_invalid"),
        ("Bearer a.b.c", "token_invalid"),
        ("Bearer é", "token_invalid"),
        (
            # A token that says it has no signature.
            "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIiwidHlwZSI6ImFjY2VzcyJ9.",
            "token_invalid",
        ),
    ],
)
def test_bad_tokens_are_refused(client: Client, header: str | None, code: str) -> None:
    headers = {"Authorization": header} if header is not None else {}

    answer = client.get("/users/me", headers=headers)

    assert problem(answer) == (401, code)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_refresh_token_opens_nothing_else(world: World) -> None:
    person = world.person()

    answer = world.client.get(
        "/users/me", headers={"Authorization": f"Bearer {person.refresh_token}"}
    )

    assert problem(answer) == (401, "token_invalid")


def test_an_access_token_does_not_refresh(world: World) -> None:
    assert problem(world.person().post("/users/refresh")) == (401, "token_invalid")


def test_logging_out_kills_both_tokens(world: World) -> None:
    person = world.person()

    answer = person.post("/users/logout")

    assert answer.status_code == 204
    assert problem(person.get("/users/me")) == (401, "token_revoked")
    refresh = world.client.post(
        "/users/refresh", headers={"Authorization": f"Bearer {person.refresh_token}"}
    )
    assert problem(refresh) == (401, "token_revoked")


def test_a_refresh_token_logs_out_too(world: World) -> None:
    person = world.person()

    answer = world.client.post(
        "/users/logout",
        json={},
        headers={"Authorization": f"Bearer {person.refresh_token}"},
    )

    assert answer.status_code == 204
    assert problem(person.get("/users/me")) == (401, "token_revoked")


def test_logging_out_everywhere_ends_all_logins(world: World) -> None:
    here = world.person()
    there = world.log_in(here.email)

    here.post("/users/logout", json={"everywhere": True})

    assert problem(there.get("/users/me")) == (401, "token_revoked")


def test_logging_out_here_leaves_other_logins(world: World) -> None:
    here = world.person()
    there = world.log_in(here.email)

    here.post("/users/logout")

    assert there.get("/users/me").status_code == 200


@pytest.mark.parametrize("key", [None, "a key"])
def test_a_token_that_names_another_than_its_login_is_no_good(
    app: Shop, world: World, key: str | None
) -> None:
    victim, thief = world.person(), world.person()
    order = world.order(victim, [(world.product(), 1)])
    with app.app_context():
        claims = read_token(thief.access_token)
        now = clock.now()
        pair = issue_pair(victim.id, claims.login_id, 1, now, now + timedelta(days=1))
    headers = {"Authorization": f"Bearer {pair[0]}"}
    if key is not None:
        headers["Idempotency-Key"] = key

    reading = world.client.get(f"/orders/{order['id']}", headers=headers)
    writing = world.client.delete(f"/orders/delete?id={order['id']}", headers=headers)
    refreshing = world.client.post(
        "/users/refresh", headers={"Authorization": f"Bearer {pair[1]}"}
    )

    for answer in (reading, writing, refreshing):
        assert problem(answer) == (401, "token_invalid")
    assert victim.get(f"/orders/{order['id']}").json["status"] == "pending"
