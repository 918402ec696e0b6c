"""What a stranger with sockets can do to a real server: not stop it."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator

import pytest
import requests
from testing.real_server import PASSWORD, HttpClient, RealServer, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    # Sixteen threads a process: few sockets show what many do to many.
    settings = {"THREADS": "64", "BODY_SECONDS": "8"}
    folder = tmp_path_factory.mktemp("strangers") / "data"
    with running(RealServer(folder, settings=settings)) as server:
        yield server


@pytest.fixture(scope="module")
def admin(server: RealServer) -> Iterator[HttpClient]:
    client = server.admin()
    client.call("POST", "/categories/add", 201, json={"name": "Pens"})
    yield client
    client.close()


def begin_bodies(
    server: RealServer, many: int, *, expect: bool = False
) -> list[socket.socket]:
    """Connections that announce a login and send one byte of it."""
    head = (
        f"POST /users/login HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        "Content-Type: application/json\r\nContent-Length: 500\r\n"
        + ("Expect: 100-continue\r\n" if expect else "")
        + "\r\n{"
    )
    connections = []
    for _ in range(many):
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        connection.sendall(head.encode())
        connections.append(connection)
    return connections


def read_all(connection: socket.socket) -> bytes:
    answer = b""
    with contextlib.suppress(OSError):
        while block := connection.recv(65536):
            answer += block
    return answer


def place_order(admin: HttpClient, name: str) -> float:
    body = {"name": name, "quantity": 5, "price": "1.50", "category": "Pens"}
    started = time.monotonic()
    product = admin.call("POST", "/products/add", 201, json=body)
    items = [{"product_id": product["id"], "quantity": 1}]
    order = admin.call(
        "POST", "/orders/create", 201, json={"location": "IE", "items": items}
    )
    admin.call("POST", "/orders/execute", json={"id": order["id"]})
    return time.monotonic() - started


def test_streams_of_http_2_are_not_spoken(server: RealServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
        )
        answer = read_all(raw)

    assert b"HTTP/1.1 400" in answer or answer == b""


@pytest.mark.parametrize("expect", [False, True])
def test_bodies_that_stop_are_ended_and_hold_up_no_customer(
    server: RealServer, admin: HttpClient, expect: bool
) -> None:
    connections = begin_bodies(server, 200, expect=expect)
    try:
        assert place_order(admin, f"Beside stopped bodies, {expect}") < 2
        started = time.monotonic()
        for connection in connections:
            read_all(connection)
        assert time.monotonic() - started < 15
    finally:
        for connection in connections:
            connection.close()

    again = requests.post(f"{server.url}/users/login", json={}, timeout=5)
    assert again.status_code == 422


def test_a_body_that_drips_is_ended(server: RealServer, admin: HttpClient) -> None:
    connections = begin_bodies(server, 12)
    started = time.monotonic()
    ended: set[int] = set()
    while len(ended) < len(connections):
        assert time.monotonic() - started < 20, "some went on for ever"
        for number, connection in enumerate(connections):
            try:
                connection.sendall(b" ")
            except OSError:
                ended.add(number)
                connection.close()
        place_order(admin, f"Beside drips {time.monotonic()}")
        time.sleep(0.2)


def test_readiness_and_metrics_tell_of_readers_that_are_used_up(
    server: RealServer, admin: HttpClient
) -> None:
    # Another address of this machine, so that one client's share is not the limit.
    connections = []
    for host in ("127.0.0.1", "127.0.0.2"):
        for _ in range(60):
            connection = socket.socket()
            connection.bind((host, 0))
            connection.settimeout(20)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(
                b"POST /users/login HTTP/1.1\r\nHost: shop\r\n"
                b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
            )
            connections.append(connection)
    try:
        deadline = time.monotonic() + 5
        codes: set[str] = set()
        while "readers_used_up" not in codes:
            assert time.monotonic() < deadline, codes
            ready = requests.get(f"{server.url}/health/ready", timeout=5)
            codes.add(ready.json().get("code", "ok"))
        assert 'shopkeeper_body_readers_in_use{kind="stranger"}' in (
            requests.get(f"{server.url}/metrics", timeout=5).text
        )
        assert place_order(admin, "Beside readers that are used up") < 2
    finally:
        for connection in connections:
            connection.close()
    deadline = time.monotonic() + 5
    while not server.is_ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_thousand_idle_connections_leave_room(
    server: RealServer, admin: HttpClient
) -> None:
    connections = []
    try:
        for number in range(1200):
            connection = socket.create_connection(("127.0.0.1", server.port), 20)
            if number % 2:
                connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: ")
            connections.append(connection)
        for number in range(3):
            assert place_order(admin, f"Beside idle connections {number}") < 2
    finally:
        for connection in connections:
            connection.close()


def token_of(client: HttpClient) -> str:
    return str(dict(client.session.headers)["Authorization"])


def crowd(server: RealServer, many: int, request: bytes) -> list[socket.socket]:
    """So many connections, each with the same request, whose answers nobody reads."""
    connections = []
    for _ in range(many):
        connection = socket.create_connection(("127.0.0.1", server.port), 20)
        connection.sendall(request)
        connections.append(connection)
    return connections


def test_a_crowd_of_searches_takes_no_order_its_turn(
    server: RealServer, admin: HttpClient
) -> None:
    search = b"GET /products?search=be+re+si HTTP/1.1\r\nHost: shop\r\n\r\n"
    for number in range(3):
        connections = crowd(server, 300, search)
        try:
            assert place_order(admin, f"Beside searches {number}") < 2
        finally:
            for connection in connections:
                connection.close()


def test_a_customers_crowd_waits_for_itself(
    server: RealServer, admin: HttpClient
) -> None:
    items = []
    for number in range(60):
        body = {
            "name": f"Of many {number}",
            "quantity": 5,
            "price": "1.50",
            "category": "Pens",
        }
        product = admin.call("POST", "/products/add", 201, json=body)
        items.append({"product_id": product["id"], "quantity": 1})
    customer = HttpClient(server.url)
    account = {"email": "crowd@example.com", "password": PASSWORD, "full_name": "C"}
    customer.call("POST", "/users/add", 201, json=account)
    customer.log_in("crowd@example.com")
    order = customer.call(
        "POST", "/orders/create", 201, json={"location": "IE", "items": items}
    )
    sent = json.dumps({"id": order["id"], "items": items})
    head = (
        f"PUT /orders/update HTTP/1.1\r\nHost: shop\r\n"
        f"Authorization: {token_of(customer)}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
    )
    connections = crowd(server, 60, (head + sent).encode())
    try:
        for number in range(3):
            assert place_order(admin, f"Beside a crowd {number}") < 2
    finally:
        for connection in connections:
            connection.close()
        customer.close()


def test_two_accounts_do_not_take_all_readers(
    server: RealServer, admin: HttpClient
) -> None:
    connections = []
    for number in range(2):
        client = HttpClient(server.url)
        email = f"slow-{number}@example.com"
        account = {"email": email, "password": PASSWORD, "full_name": "S"}
        client.call("POST", "/users/add", 201, json=account)
        client.log_in(email)
        head = (
            f"POST /orders/create HTTP/1.1\r\nHost: shop\r\n"
            f"Authorization: {token_of(client)}\r\n"
            "Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
        )
        connections += crowd(server, 40, head.encode())
        client.close()
    try:
        time.sleep(0.5)  # So long a body that has begun is left alone.
        for number in range(3):
            assert place_order(admin, f"Beside slow accounts {number}") < 2
    finally:
        for connection in connections:
            connection.close()


def test_the_documents_are_made_once(server: RealServer, admin: HttpClient) -> None:
    document = b"GET /openapi.json HTTP/1.1\r\nHost: shop\r\n\r\n"
    connections = crowd(server, 100, document)
    try:
        assert place_order(admin, "Beside the documents") < 2
    finally:
        for connection in connections:
            connection.close()
