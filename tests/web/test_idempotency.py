import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from testing.world import PASSWORD, World, pointers, problem

from shopkeeper.processes.chores import do_chores
from shopkeeper.utils import clock, fingerprint
from shopkeeper.utils.fingerprint import Fingerprint
from shopkeeper.utils.secret import derive_keys


def key(name: str = "k-1") -> dict[str, str]:
    return {"Idempotency-Key": name}


def test_a_retry_gets_the_first_answer_and_has_no_effect(world: World) -> None:
    person, product = world.person(), world.product(quantity=5)
    order = world.order(person, [(product, 2)])
    body = {"id": order["id"]}

    first = person.post("/orders/execute", json=body, headers=key())
    second = person.post("/orders/execute", json=body, headers=key())

    assert first.status_code == second.status_code == 200
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert world.stock(product) == 3


def test_creating_twice_with_one_key_creates_once(world: World) -> None:
    person, product = world.person(), world.product()
    body = {
        "location": "IE",
        "items": [{"product_id": product["id"], "quantity": 1}],
    }

    first = person.post("/orders/create", json=body, headers=key())
    second = person.post("/orders/create", json=body, headers=key())

    assert first.headers["Location"] == second.headers["Location"]
    assert len(person.get("/orders/user").json["items"]) == 1


def test_a_refusal_is_kept_too(world: World) -> None:
    person, product = world.person(), world.product(quantity=1)
    order = world.order(person, [(product, 1)])
    world.executed_order(world.person(), [(product, 1)])
    first = person.post("/orders/execute", json={"id": order["id"]}, headers=key())
    world.manager.put("/products/update", json={"id": product["id"], "quantity": 9})

    second = person.post("/orders/execute", json={"id": order["id"]}, headers=key())
    other = person.post("/orders/execute", json={"id": order["id"]}, headers=key("2"))

    assert problem(first) == (409, "insufficient_stock")
    assert second.data == first.data
    assert other.json["status"] == "executed"


def test_a_key_is_for_one_request(world: World) -> None:
    world.manager.post("/categories/add", json={"name": "Ink"}, headers=key())

    answer = world.manager.post("/categories/add", json={"name": "Pens"}, headers=key())

    assert problem(answer) == (422, "idempotency_key_reused")


def test_keys_are_everybodys_own(world: World) -> None:
    product = world.product()
    body = {"location": "IE", "items": [{"product_id": product["id"], "quantity": 1}]}

    ids = {
        world.person().post("/orders/create", json=body, headers=key()).json["id"]
        for _ in range(2)
    }

    assert len(ids) == 2


def test_an_invalid_request_leaves_its_key_free(world: World) -> None:
    bad = world.manager.post("/categories/add", json={}, headers=key())
    good = world.manager.post("/categories/add", json={"name": "Ink"}, headers=key())

    assert problem(bad) == (422, "validation_failed")
    assert good.status_code == 201


def test_a_deletion_is_repeated_like_anything_else(world: World) -> None:
    path = f"/products/remove?id={world.product()['id']}"

    answers = [world.manager.delete(path, headers=key()) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]


@pytest.mark.parametrize("bad", ["", "x" * 256])
def test_a_key_has_1_to_255_characters(world: World, bad: str) -> None:
    answer = world.manager.post(
        "/categories/add", json={"name": "Ink"}, headers=key(bad)
    )

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == ["Idempotency-Key"]


def test_a_file_sent_again_is_the_same_request(world: World) -> None:
    def send() -> Any:
        file = io.BytesIO(b"name,category,quantity,price\nPen,Pens,5,1\n")
        answer = world.manager.post(
            "/products/bulk-import", data={"file": (file, "a.csv")}, headers=key()
        )
        return answer.data

    assert send() == send()


def test_an_expired_key_is_as_good_as_new(world: World) -> None:
    world.manager.post("/categories/add", json={"name": "Ink"}, headers=key())

    with clock.standing_still_at(clock.now() + timedelta(hours=49)):
        answer = world.manager.post(
            "/categories/add", json={"name": "Pens"}, headers=key()
        )

    assert answer.status_code == 201


def test_chores_delete_what_has_expired(world: World) -> None:
    world.manager.post("/categories/add", json={"name": "Ink"}, headers=key())

    with clock.standing_still_at(clock.now() + timedelta(hours=49)):
        do_chores(world.session)
        world.session.commit()
    answer = world.manager.post("/categories/add", json={"name": "Pens"}, headers=key())

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/users/logout", {}),
        ("DELETE", "/users/delete", {"password": PASSWORD}),
    ],
)
def test_a_call_that_ends_its_own_login_can_be_tried_again(
    world: World, method: str, path: str, body: dict[str, str]
) -> None:
    person = world.person()

    def send(name: str) -> Any:
        headers = person.headers | key(name)
        return world.client.open(path, method=method, json=body, headers=headers)

    assert send("ending").status_code == 204
    again = send("ending")
    assert again.status_code == 204
    assert again.headers["Idempotency-Replayed"] == "true"
    assert problem(send("other")) == (401, "token_revoked")


def test_erasing_an_account_erases_the_answers_kept_for_it(world: World) -> None:
    person = world.person()
    body = {"full_name": "Secret Person"}
    person.put("/users/update", json=body, headers=key("rename"))

    person.delete("/users/delete", json={"password": PASSWORD}, headers=key("end"))

    kept = world.session.execute(
        text("SELECT key, body FROM idempotency_keys WHERE user_id = :user"),
        {"user": person.id},
    ).all()
    assert [(row.key, row.body) for row in kept] == [("end", b"")]


def test_another_version_makes_another_request(world: World) -> None:
    product = world.product()
    body = {"id": product["id"], "price": "9"}

    stale = world.manager.put(
        "/products/update", json=body, headers=key() | {"If-Match": '"0.0"'}
    )
    fresh = world.manager.put(
        "/products/update", json=body, headers=key() | {"If-Match": '"1.1"'}
    )

    assert problem(stale) == (412, "stale_version")
    assert problem(fresh) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["a\0b", "\x7f", "a\tb"])
def test_keys_that_nobody_can_print_are_refused(world: World, key: str) -> None:
    answer = world.manager.post(
        "/categories/add",
        json={"name": "Ink"},
        environ_overrides={"HTTP_IDEMPOTENCY_KEY": key},
    )

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == ["Idempotency-Key"]


@pytest.mark.parametrize("change", ["key", "version"])
def test_a_retry_is_known_across_a_change_of_the_secret_and_an_upgrade(
    world: World, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    person, product = world.person(), world.product()
    body = {"location": "IE", "items": [{"product_id": product["id"], "quantity": 1}]}
    made = []
    make = fingerprint.Fingerprint

    def note(digest: bytes) -> Fingerprint:
        made.append(make(digest))
        return made[-1]

    monkeypatch.setattr("shopkeeper.web.inputs.Fingerprint", note)
    first = person.post("/orders/create", json=body, headers=key())
    if change == "key":
        keys = [*derive_keys("idempotency fingerprints"), b"a new one"]
        monkeypatch.setattr(fingerprint, "derive_keys", lambda _: keys)
    else:  # The version before kept the digest itself.
        world.session.execute(
            text("UPDATE idempotency_keys SET fingerprint = :digest WHERE key = 'k-1'"),
            {"digest": made[0].digest},
        )
        world.session.commit()

    second = person.post("/orders/create", json=body, headers=key())
    other = person.post(
        "/orders/create", json={**body, "location": "DE"}, headers=key()
    )

    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.data == first.data
    assert problem(other) == (422, "idempotency_key_reused")
