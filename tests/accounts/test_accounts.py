import pytest
from testing.world import PASSWORD, Client, World, pointers, problem

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
