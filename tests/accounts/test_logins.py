"""Logins, with real commits: throttles, rotation and revocation outlive failures."""

import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, text
from testing.world import PASSWORD, Client, Person, World, problem
from werkzeug.security import generate_password_hash

from shopkeeper.accounts import passwords
from shopkeeper.app import create_app
from shopkeeper.utils import clock
from shopkeeper.web.application import Shop


def log_in(
    client: Client, email: str, password: str, address: str = "192.0.2.1"
) -> Any:
    return client.post(
        "/users/login",
        json={"email": email, "password": password},
        environ_base={"REMOTE_ADDR": address},
    )


def fail(client: Client, email: str, times: int, address: str = "192.0.2.1") -> Any:
    for _ in range(times):
        answer = log_in(client, email, "wrong", address)
    return answer


def refresh(client: Client, token: str) -> Any:
    return client.post("/users/refresh", headers={"Authorization": f"Bearer {token}"})


def test_failed_logins_keep_the_next_waiting(fresh_world: World) -> None:
    person, client = fresh_world.person(), fresh_world.client

    fifth = fail(client, person.email, 5)
    sixth = log_in(client, person.email, PASSWORD)

    assert problem(fifth) == (401, "invalid_credentials")
    assert problem(sixth) == (429, "login_throttled")
    assert 1 <= int(sixth.headers["Retry-After"]) <= 2


def test_delays_grow_and_end(fresh_world: World) -> None:
    person, client = fresh_world.person(), fresh_world.client
    now = clock.now()
    waits = []
    for _ in range(12):
        fail(client, person.email, 1)
        with clock.standing_still_at(now):
            fail(client, person.email, 5)
            refused = log_in(client, person.email, PASSWORD)
            waits.append(int(refused.headers["Retry-After"]))
        now += timedelta(seconds=waits[-1])

    assert waits == sorted(waits)
    assert waits[-1] == 300
    with clock.standing_still_at(now + timedelta(seconds=1)):
        assert log_in(client, person.email, PASSWORD).status_code == 200


def test_a_refused_attempt_does_not_prolong_the_wait(fresh_world: World) -> None:
    person, client = fresh_world.person(), fresh_world.client
    fail(client, person.email, 5)
    moment = clock.now()

    with clock.standing_still_at(moment):
        for _ in range(20):
            log_in(client, person.email, "wrong")
    with clock.standing_still_at(moment + timedelta(seconds=2)):
        answer = log_in(client, person.email, PASSWORD)

    assert answer.status_code == 200


def test_a_success_forgets_the_failures(fresh_world: World) -> None:
    person, client = fresh_world.person(), fresh_world.client

    fail(client, person.email, 4)
    log_in(client, person.email, PASSWORD)
    again = fail(client, person.email, 4)

    assert problem(again) == (401, "invalid_credentials")


def test_a_crowd_of_strangers_is_slowed_down_and_locks_nobody_out(
    fresh_world: World,
) -> None:
    person, client = fresh_world.person(), fresh_world.client
    for host in range(30):
        log_in(client, person.email, "wrong", f"203.0.113.{host}")

    stranger = log_in(client, person.email, "wrong", "203.0.113.29")
    victim = log_in(client, person.email, PASSWORD, "198.51.100.7")

    assert problem(stranger) == (429, "login_throttled")
    assert 50 <= int(stranger.headers["Retry-After"]) <= 60
    assert victim.status_code == 200


def test_no_spelling_of_an_email_escapes_the_count(fresh_world: World) -> None:
    person, client = fresh_world.person(), fresh_world.client
    for spelling in ("person", "PERSON", "Person", "pErson", "peRson"):
        fail(client, person.email.replace("person", spelling), 1)

    assert problem(log_in(client, person.email, PASSWORD))[0] == 429


def test_guessing_the_current_password_is_throttled_too(fresh_world: World) -> None:
    person = fresh_world.person()
    for _ in range(5):
        change = {"email": "new@example.com", "current_password": "wrong"}
        answer = person.put("/users/update", json=change)
    deleted = person.delete("/users/delete", json={"password": PASSWORD})

    assert problem(answer) == (403, "wrong_password")
    assert problem(deleted) == (429, "login_throttled")


def test_one_password_tried_on_many_accounts_is_stopped(fresh_world: World) -> None:
    client = fresh_world.client
    for number in range(101):
        log_in(client, f"nobody-{number}@example.com", "wrong")

    answer = log_in(client, "nobody-at-all@example.com", "wrong")

    assert problem(answer) == (429, "login_throttled")


def test_unknown_accounts_are_throttled_like_known_ones(fresh_world: World) -> None:
    fail(fresh_world.client, "nobody@example.com", 5)

    answer = log_in(fresh_world.client, "nobody@example.com", "wrong")

    assert problem(answer) == (429, "login_throttled")


def test_throttles_survive_a_restart_and_hold_nothing_personal(
    fresh_world: World, fresh_engine: Engine
) -> None:
    person = fresh_world.person()
    fail(fresh_world.client, person.email, 5)

    restarted = Client(create_app(fresh_engine))

    assert problem(log_in(restarted, person.email, PASSWORD))[0] == 429
    with fresh_engine.connect() as connection:
        rows = connection.execute(text("SELECT subject FROM login_throttles")).all()
    assert len(rows) == 3
    assert all(re.fullmatch("[0-9a-f]{64}", row.subject) for row in rows)


def test_known_and_unknown_emails_take_the_same_time(fresh_world: World) -> None:
    person, client = fresh_world.person(), fresh_world.client

    def seconds(email: str, host: int) -> float:
        started = time.perf_counter()
        assert log_in(client, email, "wrong", f"10.0.0.{host}").status_code == 401
        return time.perf_counter() - started

    pairs = [
        (seconds(person.email, host), seconds(f"nobody{host}@example.com", host))
        for host in range(15)
    ]

    known, unknown = (statistics.median(side) for side in zip(*pairs, strict=True))
    # Without the dummy hash, an unknown email takes a tenth of the time.
    assert 0.5 < known / unknown < 2


def test_a_hash_of_another_cost_is_renewed_at_login(fresh_world: World) -> None:
    person, session = fresh_world.person(), fresh_world.session
    old = generate_password_hash(PASSWORD, method="scrypt:1024:8:1")
    session.execute(text("UPDATE users SET password_hash = :old"), {"old": old})
    session.commit()

    fresh_world.log_in(person.email)

    stored = session.scalar(text("SELECT password_hash FROM users"))
    assert not passwords.is_outdated(str(stored))


def test_refreshing_rotates_both_tokens(fresh_world: World) -> None:
    person, client = fresh_world.person(), fresh_world.client

    answer = refresh(client, person.refresh_token)

    assert answer.status_code == 200
    assert answer.json["refresh_token"] != person.refresh_token
    assert answer.json["access_token"] != person.access_token
    fresh = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert client.get("/users/me", headers=fresh).json["id"] == person.id


def test_a_retry_within_the_grace_gets_the_same_pair(fresh_world: World) -> None:
    person, client = fresh_world.person(), fresh_world.client

    first = refresh(client, person.refresh_token)
    second = refresh(client, person.refresh_token)

    assert second.status_code == 200
    assert first.data == second.data


def test_a_refresh_token_shown_later_ends_the_login(fresh_world: World) -> None:
    person, client = fresh_world.person(), fresh_world.client
    rotated = refresh(client, person.refresh_token).json

    with clock.standing_still_at(clock.now() + timedelta(seconds=11)):
        reused = refresh(client, person.refresh_token)
        newest = refresh(client, rotated["refresh_token"])

    assert problem(reused) == (401, "refresh_token_reused")
    assert problem(newest) == (401, "token_revoked")
    assert problem(person.get("/users/me")) == (401, "token_revoked")


def test_a_token_two_rotations_old_ends_the_login_at_once(fresh_world: World) -> None:
    person, client = fresh_world.person(), fresh_world.client
    second = refresh(client, person.refresh_token).json
    refresh(client, second["refresh_token"])

    assert problem(refresh(client, person.refresh_token)) == (
        401,
        "refresh_token_reused",
    )


def test_simultaneous_refreshes_get_one_pair(fresh_world: World) -> None:
    person, client = fresh_world.person(), fresh_world.client

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: refresh(client, person.refresh_token), range(8))
        )

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1


def test_a_login_ends_after_thirty_days_without_use(fresh_world: World) -> None:
    person = fresh_world.person()

    with clock.standing_still_at(clock.now() + timedelta(days=30, seconds=1)):
        assert problem(person.get("/users/me")) == (401, "token_revoked")
        answer = refresh(fresh_world.client, person.refresh_token)

    assert problem(answer) == (401, "token_revoked")


def test_an_account_that_is_gone_does_not_refresh(fresh_world: World) -> None:
    person = fresh_world.person()
    session = fresh_world.session
    session.execute(
        text(
            "UPDATE users SET email = NULL, full_name = NULL, password_hash = NULL,"
            " erased_at = now()"
        )
    )
    session.commit()

    assert problem(refresh(fresh_world.client, person.refresh_token))[0] == 401


def test_logging_out_holds_in_every_process(
    fresh_world: World, fresh_engine: Engine
) -> None:
    person = fresh_world.person()
    other_process = Client(create_app(fresh_engine))
    elsewhere = Person(other_process, person.id, person.email, person.access_token, "")
    assert elsewhere.get("/users/me").status_code == 200

    person.post("/users/logout")

    assert problem(elsewhere.get("/users/me")) == (401, "token_revoked")


def test_one_email_registered_at_once_makes_one_account(fresh_app: Shop) -> None:
    client = Client(fresh_app)

    def register(number: int) -> int:
        email = "ada@example.com" if number % 2 else "ADA@example.com"
        body = {"email": email, "password": PASSWORD, "full_name": "Ada"}
        return int(client.post("/users/add", json=body).status_code)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(register, range(8)))

    assert sorted(answers) == [201] + [409] * 7
