"""Answers: packed, tagged, kept private, and what headers they bear."""

import gzip

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from testing.payments import shop_settings
from testing.world import Client, World, problem

from shopkeeper.app import create_app
from shopkeeper.utils.settings import get_settings, read_settings
from shopkeeper.web.application import Shop

JSON = "application/json"


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
