"""Imports on a real server with its real worker: retried, killed, cancelled, raced.

`IMPORT_ROWS` and `IMPORT_KILLS` make the scenarios as large as one has time for.
"""

import io
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest
from testing.histories import is_long
from testing.imports import GOOD
from testing.real_server import HttpClient, RealServer, running

ROWS = int(os.environ.get("IMPORT_ROWS", "3000"))
KILLS = int(os.environ.get("IMPORT_KILLS", "5" if is_long() else "2"))
# Of what takes so long that something can happen meanwhile.
LONG_ROWS = 15_000 if is_long() else 4_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    # A path with a space in it, as on many a desk.
    folder = tmp_path_factory.mktemp("a shop")
    # An import that changes prices does not stand in the way of its sales.
    settings = {"PRICE_DRIFT": "honour"}
    with running(RealServer(folder / "data", settings=settings)) as server:
        yield server


@pytest.fixture(scope="module")
def admin(server: RealServer) -> Iterator[HttpClient]:
    client = server.admin()
    yield client
    client.close()


def send(
    client: HttpClient,
    data: str | bytes,
    name: str = "a.csv",
    headers: dict[str, str] | None = None,
    **options: str,
) -> Any:
    return client.send(
        "POST",
        "/products/bulk-import",
        files={
            "file": (name, io.BytesIO(data.encode() if isinstance(data, str) else data))
        },
        data=options,
        headers=headers,
    )


def catalogue(rows: int, prefix: str, quantity: int = 10, price: str = "5.00") -> str:
    lines = ["name,sku,category,quantity,price"]
    lines += [
        f"{prefix} {n},{prefix}-{n},Shelf {n % 7},{quantity},{price}"
        for n in range(rows)
    ]
    return "\n".join(lines) + "\n"


def start(client: HttpClient, data: str, **options: str) -> str:
    answer = send(client, data, headers={"Prefer": "respond-async"}, **options)
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "queued"
    return str(answer.headers["Location"])


def wait_for(
    client: HttpClient, path: str, *statuses: str, seconds: float = 120
) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        found = client.call("GET", path)
        if found["status"] in statuses:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def workers(server: RealServer) -> list[psutil.Process]:
    assert server.process is not None
    found = []
    for child in psutil.Process(server.process.pid).children(recursive=True):
        try:
            if child.cmdline()[-1:] == ["worker"]:
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def prefixed(client: HttpClient, prefix: str) -> list[Any]:
    items = client.items(f"/products?limit=100&search={prefix}")
    return [item for item in items if item["name"].startswith(prefix + " ")]


def test_a_small_file_is_answered_at_once(admin: HttpClient) -> None:
    answer = send(admin, GOOD)

    assert answer.status_code == 200, answer.text
    assert answer.json()["created"] == 2
    assert admin.call("GET", f"/imports/{answer.json()['id']}") == answer.json()


def test_a_file_that_cannot_be_read_is_a_problem(admin: HttpClient) -> None:
    answer = send(admin, b"\x00\x01", "a.xlsx")

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unreadable_file"
    listed = admin.call("GET", "/imports?status=failed&limit=1")["items"][0]
    assert listed["failure"]["code"] == "unreadable_file"


def test_a_file_over_the_limit_of_bytes_is_refused(admin: HttpClient) -> None:
    answer = send(admin, b"name\n" + b"x" * (50 * 1024 * 1024))

    assert answer.status_code == 413
    assert "IMPORT_MAX_BYTES" in answer.json()["detail"]


def test_twins_with_one_key_import_once(admin: HttpClient) -> None:
    headers = {"Idempotency-Key": "twins"}
    data = catalogue(50, "Twin")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: send(admin, data, headers=headers), range(4)))
    later = send(admin, data, headers=headers)

    finals = [answer for answer in answers if answer.status_code == 200]
    assert finals
    assert {a.json()["code"] for a in answers if a.status_code != 200} <= {
        "idempotency_in_flight"
    }
    assert {answer.content for answer in finals} == {later.content}
    assert later.headers["Idempotency-Replayed"] == "true"
    assert later.json()["created"] == 50


def test_what_was_asked_to_go_on_alone_does(admin: HttpClient) -> None:
    path = start(admin, catalogue(200, "Alone"))

    done = wait_for(admin, path, "succeeded")

    assert (done["created"], done["rows_written"], done["percentage"]) == (
        200,
        200,
        100,
    )


def test_two_imports_at_once_take_turns(admin: HttpClient) -> None:
    paths = [
        start(admin, catalogue(300, "Turn", price=price)) for price in ("1.00", "2.00")
    ]

    first, second = [wait_for(admin, path, "succeeded") for path in paths]

    assert (first["created"], second["updated"]) == (300, 300)
    assert first["finished_at"] <= second["finished_at"]
    assert {item["price"] for item in prefixed(admin, "Turn")} == {"2.00"}


def test_long_files_hold_up_their_owners_next_and_nobody_elses(
    server: RealServer, admin: HttpClient
) -> None:
    other = server.admin("other@example.com")
    long = catalogue(LONG_ROWS, "Long")
    own = [start(admin, long, dry_run="true") for _ in range(4)]

    done = wait_for(other, start(other, catalogue(5, "Other")), "succeeded")
    mine = [wait_for(admin, path, "succeeded") for path in own]
    other.close()

    assert done["finished_at"] < mine[-1]["started_at"]
    for one, following in pairwise(mine):
        assert one["finished_at"] <= following["started_at"]


def test_a_killed_worker_is_replaced_and_nothing_is_applied_twice(
    server: RealServer, admin: HttpClient
) -> None:
    chance = random.Random(11)
    path = start(admin, catalogue(ROWS, "Kill"))
    killed = 0
    while killed < KILLS:
        time.sleep(chance.uniform(0, 2.5))
        if admin.call("GET", path)["status"] not in {"queued", "running"}:
            path = start(admin, catalogue(ROWS, "Kill", quantity=killed))
        for worker in workers(server):
            worker.send_signal(signal.SIGKILL)
            killed += 1

    done = wait_for(admin, path, "succeeded", seconds=300)

    assert done["rows"] == ROWS
    assert done["created"] + done["updated"] + done["unchanged"] == ROWS
    names = [item["name"] for item in prefixed(admin, "Kill")]
    assert len(names) == len(set(names)) == ROWS


def test_an_added_quantity_is_added_once_whoever_dies(
    server: RealServer, admin: HttpClient
) -> None:
    send(admin, catalogue(ROWS, "Once", quantity=10))
    wait_for(admin, "/imports/" + str(newest(admin)), "succeeded")
    path = start(admin, catalogue(ROWS, "Once", quantity=5), quantity_mode="add")
    for pause in (0.3, 0.8, 1.2):
        time.sleep(pause)
        for worker in workers(server):
            worker.send_signal(signal.SIGKILL)

    done = wait_for(admin, path, "succeeded", seconds=300)

    assert done["updated"] == ROWS
    assert {item["quantity"] for item in prefixed(admin, "Once")} == {15}


def newest(client: HttpClient) -> int:
    return int(client.call("GET", "/imports?limit=1")["items"][0]["id"])


def test_a_cancelled_import_writes_nothing(admin: HttpClient) -> None:
    path = start(admin, catalogue(20_000, "Cancel"))
    wait_for(admin, path, "running")
    queued = start(admin, catalogue(10, "Waiting"))

    for each in (path, queued):
        admin.call("DELETE", each, 204)

    assert admin.call("GET", path)["status"] == "cancelled"
    assert admin.call("DELETE", path, 409)["code"] == "import_finished"
    after = start(admin, catalogue(10, "After"))
    wait_for(admin, after, "succeeded", seconds=30)
    assert prefixed(admin, "Cancel") == prefixed(admin, "Waiting") == []


def test_an_import_survives_a_restart(tmp_path: Path) -> None:
    server = RealServer(tmp_path / "data")
    with running(server):
        admin = server.admin()
        path = start(admin, catalogue(LONG_ROWS, "Restart"))
        wait_for(admin, path, "running")
        assert server.stop() == 0
        server.start()

        done = wait_for(admin, path, "succeeded")

        assert done["created"] == LONG_ROWS
        admin.close()


def test_orders_go_on_while_a_file_is_imported(
    server: RealServer, admin: HttpClient
) -> None:
    """Added stock and sold stock meet in the same rows, and both are right."""
    path = start(admin, catalogue(ROWS, "Busy", quantity=1000))
    wait_for(admin, path, "succeeded")
    products = prefixed(admin, "Busy")
    customers = []
    for number in range(20):
        customer = HttpClient(server.url)
        customer.register(f"busy-{number}@example.com")
        customer.log_in(f"busy-{number}@example.com")
        customers.append(customer)
    done = threading.Event()
    sold = [0] * 20

    def buy(number: int) -> None:
        chance = random.Random(number)
        customer = customers[number]
        while not done.is_set():
            product = chance.choice(products)
            body = {
                "location": "IE",
                "items": [{"product_id": product["id"], "quantity": 1}],
            }
            order = customer.call("POST", "/orders/create", 201, json=body)
            customer.call("POST", "/orders/execute", 200, json={"id": order["id"]})
            sold[number] += 1

    with ThreadPoolExecutor(20) as pool:
        futures = [pool.submit(buy, number) for number in range(20)]
        file = catalogue(ROWS, "Busy", quantity=500, price="6.00")
        path = start(admin, file, quantity_mode="add")
        report = wait_for(admin, path, "succeeded", seconds=300)
        done.set()
        for future in futures:
            future.result()

    for customer in customers:
        customer.close()
    assert report["updated"] == ROWS
    left = sum(item["quantity"] for item in prefixed(admin, "Busy"))
    assert left == ROWS * 1500 - sum(sold)


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [("respond-async", "respond-async"), ("wait=0", "wait=0"), ("wait=99, x", None)],
)
def test_a_client_says_how_long_it_would_wait(
    admin: HttpClient, prefer: str, applied: str | None
) -> None:
    name = f"Patient {prefer.replace('=', ' ')}"
    answer = send(admin, catalogue(3, name), headers={"Prefer": prefer})

    assert answer.status_code == (202 if applied else 200), answer.text
    assert answer.headers.get("Preference-Applied") == applied
    if applied:
        wait_for(admin, str(answer.headers["Location"]), "succeeded")
