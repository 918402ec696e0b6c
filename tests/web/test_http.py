"""What holds for every call, whatever it is about."""

import gzip
import json
import re
from typing import Any

import pytest
from flask import request
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from testing.payments import shop_settings
from testing.world import Client, World, pointers, problem
from werkzeug.exceptions import BadGateway, ImATeapot

from shopkeeper.app import create_app
from shopkeeper.models import Role
from shopkeeper.utils.observability import ObservedRequest
from shopkeeper.utils.settings import get_settings, read_settings
from shopkeeper.web.application import Shop

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


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nowhere", (404, "not_found")),
        ("POST", "/products", (405, "method_not_allowed")),
        ("PATCH", "/", (405, "method_not_allowed")),
        ("GET", "/docs/assets/../../app.py", (404, "not_found")),
        ("GET", "/docs/assets/passwd", (404, "not_found")),
        ("GET", "/%00", (404, "not_found")),
    ],
)
def test_addresses_that_are_none(
    client: Client, method: str, path: str, expected: tuple[int, str]
) -> None:
    answer = client.open(path, method=method)

    assert problem(answer) == expected
    if expected[0] == 405:
        assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("offered", "kept"),
    [("order-7:retry_1", True), ("", False), ("a b", False), ("x" * 129, False)],
)
def test_a_sane_request_id_of_a_trusted_proxy_is_kept(
    client: Client, monkeypatch: pytest.MonkeyPatch, offered: str, kept: bool
) -> None:
    monkeypatch.setattr(ObservedRequest, "trusts_proxy", True)

    answer = client.get("/nowhere", headers={"X-Request-ID": offered})

    assert (answer.headers["X-Request-ID"] == offered) is kept
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]


def test_every_answer_is_hardened(client: Client) -> None:
    headers = client.get("/products").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert "Authorization" in headers["Vary"]


def test_other_origins_are_let_in_by_setting(
    shared_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read_settings(cors_origins="https://shop.example, https://b.example")
    monkeypatch.setattr("shopkeeper.web.application.get_settings", lambda: settings)
    client = Client(create_app(shared_engine))

    ours = client.get("/", headers={"Origin": "https://shop.example"})
    theirs = client.get("/", headers={"Origin": "https://evil.example"})
    preflight = client.open(
        "/orders/create",
        method="OPTIONS",
        headers={
            "Origin": "https://b.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "Idempotency-Key",
        },
    )

    assert ours.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "ETag" in ours.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in theirs.headers
    assert preflight.headers["Access-Control-Allow-Headers"] == "Idempotency-Key"


def test_without_the_setting_no_other_origin_is_let_in(client: Client) -> None:
    answer = client.get("/", headers={"Origin": "https://shop.example"})

    assert "Access-Control-Allow-Origin" not in answer.headers


def test_proxies_are_trusted_by_setting(
    shared_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read_settings(trusted_proxies=1)
    monkeypatch.setattr("shopkeeper.web.application.get_settings", lambda: settings)
    app = create_app(shared_engine)
    seen: list[str | None] = []

    @app.before_request
    def look() -> None:
        seen.append(request.remote_addr)

    Client(app).get("/", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"})

    assert seen == ["203.0.113.9"]


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
    app.performer.readers = failing  # type: ignore[assignment]  # That is the point.
    app.performer.public_readers = failing  # type: ignore[assignment]  # Same.
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


def test_health_and_home(client: Client) -> None:
    home = client.get("/").json

    assert home["name"] == get_settings().shop_name
    assert home["currency"] == "USD"
    for path in home["links"].values():
        assert client.get(path).status_code == 200, path


def test_metrics_count_requests(client: Client) -> None:
    client.get("/products")

    text = client.get("/metrics").text

    assert 'route="/products",status="200"' in text
    assert "shopkeeper_http_request_duration_seconds_bucket" in text


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


def test_the_documentation_needs_nobody_else(client: Client) -> None:
    page = client.get("/docs")

    assert page.content_type.startswith("text/html")
    assert "http" not in page.text.replace("https://spec", "")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "docs.js"):
        assert client.get(f"/docs/assets/{asset}").status_code == 200


def test_every_error_type_leads_to_its_meaning(client: Client) -> None:
    answer = client.get("/nowhere")

    page, _, code = answer.json["type"].partition("#")

    assert f'id="{code}"' in client.get(page).text


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


def test_doubled_slashes_lead_nowhere(client: Client) -> None:
    assert problem(client.get("/products//1")) == (404, "not_found")


def test_invented_methods_make_no_new_series(client: Client) -> None:
    client.open("/nowhere", method="INVENTED")

    assert "INVENTED" not in client.get("/metrics").text


def test_a_request_id_of_a_stranger_is_not_believed(client: Client) -> None:
    answer = client.get("/products", headers={"X-Request-ID": "order-7"})

    assert answer.headers["X-Request-ID"] != "order-7"


@pytest.mark.parametrize("host", ["a b", "", "shop,other", "shop:port", "[::1", "a/b"])
def test_a_host_that_is_none_is_refused(client: Client, host: str) -> None:
    answer = client.get("/products", environ_overrides={"HTTP_HOST": host})

    assert problem(answer) == (400, "malformed_request")


@pytest.mark.parametrize("host", ["shop.example", "localhost:5000", "[2001:db8::1]:80"])
def test_the_shop_is_the_same_under_every_name(client: Client, host: str) -> None:
    answer = client.get("/products", environ_overrides={"HTTP_HOST": host})

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["//products", "//health/live", "///"])
def test_a_path_of_two_slashes_is_nobodys(client: Client, path: str) -> None:
    answer = client.get("/x", environ_overrides={"PATH_INFO": path})

    assert problem(answer) == (404, "not_found")


def test_what_is_shown_under_a_token_is_private(world: World) -> None:
    product = world.product()
    path = f"/products/{product['id']}"

    assert world.client.get(path).headers["Cache-Control"] == "no-cache"
    shown = world.manager.get(path)
    assert shown.headers["Cache-Control"] == "private, no-cache"
    assert "Strict-Transport-Security" not in shown.headers


def test_whoever_has_come_by_tls_stays_with_it(client: Client) -> None:
    answer = client.get("/products", environ_overrides={"wsgi.url_scheme": "https"})

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("192.0.2.7", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 403),
        ("unknown", {}, 403),
    ],
)
def test_metrics_are_for_this_machine(
    client: Client, address: str, headers: dict[str, str], status: int
) -> None:
    answer = client.get(
        "/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": address}
    )

    assert answer.status_code == status


def test_metrics_with_a_token_are_for_whoever_shows_it(app: Shop) -> None:
    client = Client(app)
    with shop_settings(app, metrics_token=SecretStr("look")):
        shown = client.get("/metrics", headers={"Authorization": "Bearer look"})
        wrong = client.get("/metrics", headers={"Authorization": "Bearer l\u00f6ok"})
        missing = client.get("/metrics")

    assert shown.status_code == 200
    assert problem(wrong) == (403, "metrics_hidden")
    assert problem(missing) == (403, "metrics_hidden")


def test_documentation_can_be_hidden(app: Shop) -> None:
    client = Client(app)
    with shop_settings(app, documentation="off"):
        hidden = [client.get(path) for path in ("/docs", "/openapi.json")]

    assert [problem(answer) for answer in hidden] == [(404, "not_found")] * 2
    assert client.get("/docs").status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate, gzip"])
def test_a_packed_body_is_refused_and_what_is_taken_is_said(
    world: World, coding: str
) -> None:
    answer = world.client.post(
        "/users/login",
        data=b"\x1f\x8b\x08",
        headers={"Content-Type": JSON, "Content-Encoding": coding},
    )

    assert problem(answer) == (415, "unsupported_content_coding")
    assert answer.headers["Accept-Encoding"] == "identity"


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


PACKED = {"Accept-Encoding": "gzip, deflate"}


def test_long_answers_are_packed_for_who_takes_that(world: World) -> None:
    for _ in range(12):
        world.product()
    for path in ("/products", "/statistics/product-sales?format=csv", "/openapi.json"):
        plain = world.manager.get(path)
        packed = world.manager.get(path, headers={**world.manager.headers, **PACKED})

        assert "Content-Encoding" not in plain.headers, path
        if path.startswith("/statistics"):
            continue  # Too short to be packed: nothing was sold.
        assert packed.headers["Content-Encoding"] == "gzip", path
        assert int(packed.headers["Content-Length"]) == len(packed.data)
        assert len(packed.data) < len(plain.data) / 3
        assert gzip.decompress(packed.data) == plain.data
        assert "Accept-Encoding" in packed.headers["Vary"]


@pytest.mark.parametrize("said", ["identity", "gzip;q=0", "br", "*;q=0"])
def test_nothing_is_packed_for_who_does_not_take_it(world: World, said: str) -> None:
    for _ in range(12):
        world.product()

    answer = world.client.get("/products", headers={"Accept-Encoding": said})

    assert "Content-Encoding" not in answer.headers
    assert answer.json["items"]


def test_a_packed_answers_tag_is_as_good_as_the_plain_ones(world: World) -> None:
    product = world.product(description="A long one. " * 150)
    path = f"/products/{product['id']}"
    headers = {**world.manager.headers, **PACKED}
    packed = world.client.get(path, headers=headers)
    assert packed.headers["Content-Encoding"] == "gzip"
    tag = packed.headers["ETag"]

    again = world.client.get(path, headers={**headers, "If-None-Match": tag})
    body = {"id": product["id"], "price": "7"}
    changed = world.manager.put(
        "/products/update", json=body, headers={"If-Match": tag}
    )
    stale = world.manager.put("/products/update", json=body, headers={"If-Match": tag})

    assert tag.startswith("W/")
    assert again.status_code == 304
    assert changed.status_code == 200
    assert problem(stale) == (412, "stale_version")


def test_the_document_is_known_again(world: World) -> None:
    first = world.client.get("/openapi.json")

    again = world.client.get(
        "/openapi.json", headers={"If-None-Match": first.headers["ETag"]}
    )

    assert (again.status_code, again.data) == (304, b"")
