from datetime import timedelta

import pytest
from testing.world import PASSWORD, Client, World, pointers, problem

from shopkeeper.models import Role
from shopkeeper.utils import clock
from shopkeeper.utils.tokens import issue_pair, read_token
from shopkeeper.web.application import Shop

NEWCOMER = {
    "email": "ada@example.com",
    "password": PASSWORD,
    "full_name": "Ada Lovelace",
}


def test_registering_makes_a_customer(client: Client) -> None:
    answer = client.post("/users/add", json=NEWCOMER)

    assert answer.status_code == 201
    assert answer.headers["Location"] == "/users/me"
    assert answer.json.keys() == {
        "id",
        "email",
        "full_name",
        "role",
        "created_at",
        "updated_at",
    }
    assert answer.json["role"] == "customer"
    assert answer.json["created_at"].endswith("Z")


def test_an_email_is_taken_in_any_case(client: Client) -> None:
    client.post("/users/add", json=NEWCOMER)

    again = client.post("/users/add", json=NEWCOMER | {"email": "ADA@Example.COM"})

    assert problem(again) == (409, "email_taken")
    assert pointers(again) == ["/email"]


def test_a_role_cannot_be_asked_for(client: Client) -> None:
    answer = client.post("/users/add", json=NEWCOMER | {"role": "admin"})

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == ["/role"]


@pytest.mark.parametrize("password", ["password123", "QWERTYUIOP", "Football1"])
def test_common_passwords_are_refused(client: Client, password: str) -> None:
    answer = client.post("/users/add", json=NEWCOMER | {"password": password.lower()})

    assert problem(answer) == (422, "password_too_common")
    assert pointers(answer) == ["/password"]


@pytest.mark.parametrize("password", ["x" * 7, "x" * 129, "nul\0inside-it", 12345678])
def test_passwords_have_8_to_128_characters(client: Client, password: object) -> None:
    answer = client.post("/users/add", json=NEWCOMER | {"password": password})

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == ["/password"]


def test_a_password_is_the_same_however_it_is_composed(world: World) -> None:
    composed, decomposed = "caf\u00e9-au-lait-please", "cafe\u0301-au-lait-please"
    world.client.post("/users/add", json=NEWCOMER | {"password": composed})

    assert world.log_in(NEWCOMER["email"], decomposed).id


def test_logging_in_gives_both_tokens(world: World) -> None:
    world.client.post("/users/add", json=NEWCOMER)

    answer = world.client.post(
        "/users/login", json={"email": "ADA@example.com", "password": PASSWORD}
    )

    assert answer.status_code == 200
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 900
    assert answer.json["user"]["email"] == NEWCOMER["email"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_wrong_email_and_wrong_password_are_answered_alike(world: World) -> None:
    person = world.person()
    wrong_password = {"email": person.email, "password": "wrong"}
    wrong_email = {"email": "nobody@example.com", "password": PASSWORD}

    first = world.client.post("/users/login", json=wrong_password)
    second = world.client.post("/users/login", json=wrong_email)

    assert problem(first) == problem(second) == (401, "invalid_credentials")
    assert first.json["detail"] == second.json["detail"]


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


def test_changing_the_name_takes_no_password(world: World) -> None:
    answer = world.person().put("/users/update", json={"full_name": "  Grace Hopper "})

    assert answer.json["full_name"] == "Grace Hopper"
    assert answer.json["updated_at"] > answer.json["created_at"]


@pytest.mark.parametrize("current", [None, "wrong-one-entirely"])
def test_changing_the_email_takes_the_password(
    world: World, current: str | None
) -> None:
    changes = {"email": "new@example.com"}
    if current:
        changes["current_password"] = current

    answer = world.person().put("/users/update", json=changes)

    assert problem(answer) == (403, "wrong_password")


def test_changing_the_email_to_a_taken_one_conflicts(world: World) -> None:
    other = world.person()

    answer = world.person().put(
        "/users/update", json={"email": other.email, "current_password": PASSWORD}
    )

    assert problem(answer) == (409, "email_taken")


def test_a_new_password_ends_all_other_logins(world: World) -> None:
    here = world.person()
    there = world.log_in(here.email)

    answer = here.put(
        "/users/update",
        json={"password": "a-better-one-42", "current_password": PASSWORD},
    )

    assert answer.status_code == 200
    assert here.get("/users/me").status_code == 200
    assert problem(there.get("/users/me")) == (401, "token_revoked")
    assert world.log_in(here.email, "a-better-one-42").id == here.id


@pytest.mark.parametrize("field", ["email", "password", "full_name"])
def test_null_clears_nothing_of_an_account(world: World, field: str) -> None:
    answer = world.person().put("/users/update", json={field: None})

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == [f"/{field}"]


def test_deleting_an_account_takes_its_password(world: World) -> None:
    answer = world.person().delete("/users/delete", json={"password": "wrong"})

    assert problem(answer) == (403, "wrong_password")


def test_deleting_an_account_erases_it_and_keeps_its_orders(world: World) -> None:
    person, product = world.person(), world.product()
    sold = world.executed_order(person, [(product, 1)])
    pending = world.order(person, [(product, 1)])

    answer = person.delete("/users/delete", json={"password": PASSWORD})

    assert answer.status_code == 204
    assert problem(person.get("/users/me")) == (401, "token_revoked")
    login = {"email": person.email, "password": PASSWORD}
    assert world.client.post("/users/login", json=login).status_code == 401
    kept = world.manager.get(f"/orders/{sold['id']}").json
    assert (kept["status"], kept["user_id"]) == ("executed", person.id)
    gone = world.manager.get(f"/orders/{pending['id']}").json
    assert gone["status"] == "cancelled"
    body = {"email": person.email, "password": PASSWORD, "full_name": "Somebody else"}
    assert world.client.post("/users/add", json=body).status_code == 201


def test_roles_are_given_by_admins_and_count_at_once(world: World) -> None:
    admin, person = world.person(Role.ADMIN), world.person()
    assert problem(person.post("/categories/add", json={"name": "Ink"}))[0] == 403

    answer = admin.put("/users/role", json={"id": person.id, "role": "manager"})

    assert answer.json["role"] == "manager"
    assert person.post("/categories/add", json={"name": "Ink"}).status_code == 201


def test_the_last_admin_stays(world: World) -> None:
    admin = world.person(Role.ADMIN)

    demoted = admin.put("/users/role", json={"id": admin.id, "role": "customer"})
    deleted = admin.delete("/users/delete", json={"password": PASSWORD})

    assert problem(demoted) == problem(deleted) == (409, "last_admin")


def test_one_of_two_admins_may_leave(world: World) -> None:
    first, second = world.person(Role.ADMIN), world.person(Role.ADMIN)

    demoted = first.put("/users/role", json={"id": second.id, "role": "customer"})

    assert demoted.json["role"] == "customer"


def test_a_role_for_nobody_is_not_found(world: World) -> None:
    answer = world.person(Role.ADMIN).put(
        "/users/role", json={"id": 2**63 - 1, "role": "manager"}
    )

    assert problem(answer) == (404, "user_not_found")


def test_admins_list_all_accounts_page_by_page(world: World) -> None:
    admin = world.person(Role.ADMIN)
    newest = [world.person().id for _ in range(3)][::-1]
    expected = [*newest, admin.id]

    seen: list[int] = []
    path: str | None = "/users?limit=2"
    while path:
        page = admin.get(path).json
        seen += [user["id"] for user in page["items"]]
        cursor = page["next_cursor"]
        path = f"/users?limit=2&cursor={cursor}" if cursor else None

    assert seen == expected


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
