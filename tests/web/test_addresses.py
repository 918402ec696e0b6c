"""Hosts, paths, proxies and request ids: what is whose, and what is nobody's."""

import pytest
from flask import request
from sqlalchemy import Engine
from testing.world import Client, problem

from shopkeeper.app import create_app
from shopkeeper.utils.observability import ObservedRequest
from shopkeeper.utils.settings import read_settings


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


def test_doubled_slashes_lead_nowhere(client: Client) -> None:
    assert problem(client.get("/products//1")) == (404, "not_found")


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
