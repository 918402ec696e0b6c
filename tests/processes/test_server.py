"""Real server processes: started, crowded, killed, and started again."""

import contextlib
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from testing.histories import is_long
from testing.real_server import HttpClient, RealServer, running

from shopkeeper.processes.server import AddressInUseError, _check_address_is_free
from shopkeeper.utils.settings import read_settings


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with running(RealServer(tmp_path_factory.mktemp("shop") / "data")) as server:
        yield server


@pytest.fixture(scope="module")
def admin(server: RealServer) -> Iterator[HttpClient]:
    client = server.admin()
    client.call("POST", "/categories/add", 201, json={"name": "Pens"})
    yield client
    client.close()


def add_product(admin: HttpClient, name: str, quantity: int = 10) -> Any:
    body = {"name": name, "quantity": quantity, "price": "1.50", "category": "Pens"}
    return admin.call("POST", "/products/add", 201, json=body)


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)


def workers(server: RealServer) -> list[psutil.Process]:
    assert server.process is not None
    found = []
    for child in psutil.Process(server.process.pid).children():
        # One that has just been killed has no command line any more.
        with contextlib.suppress(psutil.Error):
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


def test_two_hundred_clients_at_once_sell_what_there_is(admin: HttpClient) -> None:
    product = add_product(admin, "Wanted by many", quantity=50)
    body = {"location": "IE", "items": [{"product_id": product["id"], "quantity": 1}]}
    orders = [admin.call("POST", "/orders/create", 201, json=body) for _ in range(200)]
    headers = dict(admin.session.headers)

    def execute(order: Any) -> int:
        url = f"{admin.url}/orders/execute"
        answer = requests.post(
            url, json={"id": order["id"]}, headers=headers, timeout=60
        )
        return answer.status_code

    with ThreadPoolExecutor(200) as pool:
        answers = Counter(pool.map(execute, orders))

    assert answers == {200: 50, 409: 150}
    assert admin.call("GET", f"/products/{product['id']}")["quantity"] == 0


def test_a_killed_worker_is_replaced(server: RealServer, admin: HttpClient) -> None:
    before = {worker.pid for worker in workers(server)}
    assert len(before) == 2

    os.kill(min(before), signal.SIGKILL)

    def replaced() -> bool:
        now = {worker.pid for worker in workers(server)}
        return len(now) == 2 and now != before

    wait_until(replaced)
    wait_until(server.is_ready)
    assert admin.call("GET", "/users/me")["role"] == "admin"


def test_without_its_database_it_says_so_and_recovers_by_itself(
    server: RealServer, admin: HttpClient
) -> None:
    product = add_product(admin, "Acknowledged")
    pid_file = server.data_dir / "postgresql" / "postmaster.pid"
    os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)

    seen = set()

    def recovered() -> bool:
        answer = admin.send("GET", f"/products/{product['id']}")
        seen.add(answer.status_code)
        if answer.status_code == 503:
            assert answer.json()["code"] == "database_unavailable"
            assert answer.headers["Retry-After"] == "1"
        return answer.status_code == 200

    wait_until(recovered)
    assert seen <= {200, 503}
    alive = requests.get(f"{server.url}/health/live", timeout=5)
    assert alive.status_code == 200


def test_a_command_joins_the_running_server(server: RealServer) -> None:
    done = server.command("migrate")

    assert done.returncode == 0, done.stderr
    assert "Nothing to apply" in done.stdout


def test_a_second_server_on_the_folder_is_refused(server: RealServer) -> None:
    second = RealServer(server.data_dir)

    refused = second.command("serve")

    assert refused.returncode == 1
    assert "Another Shopkeeper" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_taken_port_is_told(server: RealServer, tmp_path: Path) -> None:
    second = RealServer(tmp_path / "data", port=server.port)

    refused = second.command("serve")

    assert refused.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{server.port}" in refused.stderr


def test_a_free_port_is_not_complained_about() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressInUseError):
            _check_address_is_free(read_settings(port=port))

    _check_address_is_free(read_settings(port=port))


def test_chunked_bodies_are_read_and_limited(server: RealServer) -> None:
    def chunks(count: int) -> Iterator[bytes]:
        yield b'{"email": "'
        for _ in range(count):
            yield b"x" * 65536
        yield b'", "password": "x"}'

    url = f"{server.url}/users/login"
    headers = {"Content-Type": "application/json"}

    small = requests.post(url, data=chunks(1), headers=headers, timeout=30)
    large = requests.post(url, data=chunks(40), headers=headers, timeout=30)

    assert small.json()["code"] == "validation_failed"
    assert large.json()["code"] == "body_too_large"


def test_metrics_are_of_all_workers_together(server: RealServer) -> None:
    for _ in range(30):
        requests.get(f"{server.url}/categories", timeout=5)

    text = requests.get(f"{server.url}/metrics", timeout=5).text

    line = next(
        line
        for line in text.splitlines()
        if line.startswith("shopkeeper_http_requests_total")
        and 'route="/categories"' in line
    )
    assert float(line.rpartition(" ")[2]) >= 30


def test_it_stops_cleanly_and_starts_again_with_all_it_had(tmp_path: Path) -> None:
    server = RealServer(tmp_path / "my shop" / "data")
    server.start()
    admin = server.admin()
    admin.call("POST", "/categories/add", 201, json={"name": "Kept"})

    assert server.stop() == 0

    assert not list(server.data_dir.glob("sockets/*"))
    started = time.monotonic()
    server.start()
    assert time.monotonic() - started < 45  # It waits for nothing that is gone.
    # The tokens of before the stop are good, for the secret was kept.
    assert admin.call("GET", "/users/me")["email"] == "admin@example.com"
    names = [item["name"] for item in admin.items("/categories")]
    assert names == ["Kept"]
    admin.close()
    server.stop()


def test_kill_9_at_any_time_loses_nothing_acknowledged(tmp_path: Path) -> None:
    server = RealServer(tmp_path / "data")
    server.start()
    admin = server.admin()
    admin.call("POST", "/categories/add", 201, json={"name": "Pens"})
    acknowledged: list[str] = []
    for round_ in range(rounds := 3 if is_long() else 2):
        with ThreadPoolExecutor(4) as pool:
            for number in range(200):
                pool.submit(_add_and_note, server, admin, acknowledged, round_, number)
            _wait_for(acknowledged, 20 * (round_ + 1))
            assert server.stop(signal.SIGKILL) == -signal.SIGKILL
        wait_until(lambda: _port_is_free(server))
        server.start()
    kept = {item["name"] for item in admin.items("/products?limit=100")}

    assert len(acknowledged) >= 20 * rounds
    assert kept >= set(acknowledged)
    admin.close()
    server.stop()


def _wait_for(acknowledged: list[str], count: int) -> None:
    wait_until(lambda: len(acknowledged) >= count)


def _add_and_note(
    server: RealServer, admin: HttpClient, noted: list[str], *key: int
) -> None:
    name = f"Product {key}"
    body = {"name": name, "quantity": 1, "price": "1", "category": "Pens"}
    headers = dict(admin.session.headers)
    try:
        answer = requests.post(
            f"{server.url}/products/add", json=body, headers=headers, timeout=10
        )
    except requests.RequestException:
        return
    if answer.status_code == 201:
        noted.append(name)


def _port_is_free(server: RealServer) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", server.port))
        except OSError:
            return False
        return True


def test_a_database_url_is_used_instead(fresh_url: str, tmp_path: Path) -> None:
    server = RealServer(
        tmp_path / "data",
        settings={"DATABASE_URL": fresh_url, "JWT_SECRET_KEY": "k" * 40},
    )

    with running(server):
        client = HttpClient(server.url)
        client.register("somebody@example.com")
        client.log_in("somebody@example.com")
        client.close()

    assert not server.data_dir.exists()
