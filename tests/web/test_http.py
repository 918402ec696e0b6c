"""What holds for every call, whatever it is about."""

import json
import re
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from testing.world import Client, World, pointers, problem
from werkzeug.exceptions import BadGateway, ImATeapot

from shopkeeper.app import create_app
from shopkeeper.models import Role

JSON = "application/json"


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"", JSON, (400, "malformed_request")),
        (b"{", JSON, (400, "malformed_request")),
        (b"\xff\xfe", JSON, (400, "malformed_request")),
        (b'{"email": NaN}', JSON, (400, "malformed_request")),
        (b'{"email": -Infinity}', JSON, (400, "malformed_request")),
        (b'{"email": 1' + b"0" * 500 + b"}", JSON, (400, "malformed_request")),
        (b'{"email": 0.' + b"0" * 500 + b"}", JSON, (400, "malformed_request")),
        (b"[" * 100_000, JSON, (400, "malformed_request")),
        (b'{"a": 1, "b": 2, "a": 1}', JSON, (400, "malformed_request")),
        (b"[]", JSON, (422, "validation_failed")),
        (b"null", JSON, (422, "validation_failed")),
        (b"1", JSON, (422, "validation_failed")),
        (b"{}", "text/plain", (415, "unsupported_media_type")),
        (b"{}", None, (415, "unsupported_media_type")),
        (b"a=1", "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        (b'"' + b"x" * 2_000_000 + b'"', JSON, (413, "body_too_large")),
    ],
)
def test_bodies_that_are_no_good(
    client: Client,
    body: bytes,
    content_type: str | None,
    expected: tuple[int, str],
) -> None:
    answer = client.post("/users/login", data=body, content_type=content_type)

    assert problem(answer) == expected


def test_a_key_that_stands_twice_is_named(client: Client) -> None:
    body = b'{"email": "a@example.com", "password": "x", "email": "b@example.com"}'

    answer = client.post("/users/login", data=body, content_type=JSON)

    assert "'email'" in answer.json["detail"]


def test_a_charset_beside_the_media_type_is_fine(client: Client) -> None:
    answer = client.post(
        "/users/login",
        data=json.dumps({"email": "a@example.com", "password": "x"}),
        content_type="application/json; charset=utf-8",
    )

    assert problem(answer) == (401, "invalid_credentials")


class _Failing:
    """A session factory whose sessions fail like a database that is away."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self) -> Any:
        raise self.error


@pytest.fixture
def broken_client(shared_engine: Engine, request: pytest.FixtureRequest) -> Client:
    app = create_app(shared_engine)
    failing = _Failing(request.param)
    app.dispatcher.readers = failing  # type: ignore[assignment]  # That is the point.
    app.dispatcher.public_readers = failing  # type: ignore[assignment]  # Same.
    return Client(app)


@pytest.mark.parametrize(
    "broken_client",
    [OperationalError("SELECT 1", {}, ValueError())],
    indirect=True,
)
def test_an_unexplained_database_error_is_our_fault(
    broken_client: Client,
) -> None:
    assert problem(broken_client.get("/products")) == (500, "internal_error")


@pytest.mark.parametrize(
    "broken_client",
    [ValueError("secret detail"), BadGateway()],
    indirect=True,
)
def test_what_nobody_foresaw_is_logged_and_not_told(
    broken_client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = broken_client.get("/products")

    assert problem(answer) == (500, "internal_error")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    logged = capsys.readouterr()
    assert "unexpected_error" in logged.out + logged.err


@pytest.mark.parametrize("broken_client", [ImATeapot()], indirect=True)
def test_other_client_errors_stay_client_errors(broken_client: Client) -> None:
    assert problem(broken_client.get("/products")) == (400, "malformed_request")


def test_logs_tell_of_requests_and_of_nothing_personal(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    person = world.person()
    found = person.get("/users/me").headers["X-Request-ID"]
    person.get("/users/me?email=leak@example.com")

    logged = capsys.readouterr()
    text = logged.out + logged.err

    assert found in text
    assert "/users/me" in text
    for secret in (person.email, person.access_token, "gusty", "leak@", "Lovelace"):
        assert secret not in text


def test_a_log_knows_a_client_again_but_not_its_address(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    for address in ("203.0.113.7", "::ffff:203.0.113.7", "203.0.113.8"):
        client.get("/health/ready?x=1", environ_overrides={"REMOTE_ADDR": address})

    text = "".join(capsys.readouterr())

    one, again, other = re.findall(r"client=([0-9a-f]{16})", text)
    assert one == again != other
    assert "203.0.113" not in text


def test_a_change_of_role_is_logged_with_its_target(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    admin, person = world.person(Role.ADMIN), world.person()

    admin.put("/users/role", json={"id": person.id, "role": "manager"})

    text = "".join(capsys.readouterr())
    assert re.search(rf"role_set .*by={admin.id} .*user_id={person.id}", text)


def test_a_query_a_call_does_not_take_is_named(client: Client) -> None:
    answer = client.get("/health/live?verbose=1")

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == ["verbose"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"email": 1e99999999}',
        b'{"email": 1e9999999999999999999}',
        b'{"email": 1e-99999999}',
    ],
)
def test_numbers_beyond_writing_out_are_refused_at_once(
    client: Client, body: bytes
) -> None:
    answer = client.post("/users/login", data=body, content_type=JSON)

    assert problem(answer) == (400, "malformed_request")


def test_a_body_that_ends_early_is_not_executed(world: World) -> None:
    answer = world.manager.post(
        "/categories/add",
        data=b'{"name": "Cut off"}',
        content_type=JSON,
        environ_overrides={"CONTENT_LENGTH": "200"},
    )

    assert problem(answer) == (400, "malformed_request")
    assert world.client.get("/categories").json["items"] == []


def test_invented_methods_make_no_new_series(client: Client) -> None:
    client.open("/nowhere", method="INVENTED")

    assert "INVENTED" not in client.get("/metrics").text


def test_a_body_may_begin_with_a_byte_order_mark(world: World) -> None:
    person = world.person()
    body = json.dumps({"full_name": "Ada L."}).encode()

    answer = person.put("/users/update", data=b"\xef\xbb\xbf" + body, content_type=JSON)

    assert answer.json["full_name"] == "Ada L."


def test_a_bad_token_is_told_from_a_missing_one(world: World) -> None:
    missing = world.client.get("/users/me")
    bad = world.client.get("/users/me", headers={"Authorization": "Bearer x.y.z"})

    assert missing.headers["WWW-Authenticate"] == 'Bearer realm="shopkeeper"'
    assert 'error="invalid_token"' in bad.headers["WWW-Authenticate"]


def test_a_file_without_a_name_says_what_is_missing(world: World) -> None:
    answer = world.manager.post(
        "/products/bulk-import",
        data={"file": "name,price\n"},
        content_type="multipart/form-data",
    )

    assert problem(answer) == (422, "validation_failed")
    (told,) = answer.json["errors"]
    assert "has no file name" in told["message"]
