"""A day of trade compressed into an hour: does anything grow that should not?

    .venv/bin/python -m bench.soak [--minutes 60] [--pace 50]

A server with the production's settings is started on an embedded PostgreSQL,
and the demo's shop is put in. Customers then browse, order, pay and cancel, and
a manager takes in goods, refunds and looks at the statistics, at a steady pace
of requests a second. Every minute the memory of the server's processes and the
number of connections are noted. At the end the audit has to be clean. Exit
status 1 if memory or connections have grown, or the audit finds something.
Loopback only.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from sqlalchemy import create_engine, text
from testing.real_server import HttpClient, RealServer, running

from shopkeeper.database.embedded.session import shared_server

CUSTOMERS = 8
# Tokens are good for fifteen minutes.
LOG_IN_SECONDS = 600
# What is still called flat, of the median of the last quarter beside the second.
MOST_GROWTH = 1.05


@dataclass(frozen=True)
class Reading:
    """Megabytes of their own (USS), and open connections."""

    minute: int
    workers: float
    others: float
    postgresql: float
    connections: int


class Customer:
    """Somebody who mostly looks, sometimes orders, and now and then thinks again."""

    def __init__(self, url: str, email: str, products: list[int], seed: int) -> None:
        self.client = HttpClient(url)
        self.email = email
        self.products = products
        self.chance = random.Random(seed)
        self.client.log_in(email)
        self.logged_in_at = time.monotonic()
        self.pending: list[int] = []
        self.steps: list[tuple[int, Callable[[], int]]] = [
            (35, self.look),
            (25, self.browse),
            (10, self.search),
            (8, self.own_orders),
            (12, self.order),
            (8, self.pay),
            (2, self.cancel),
        ]

    def step(self) -> int:
        """Do one thing; give the status of the answer."""
        if time.monotonic() - self.logged_in_at > LOG_IN_SECONDS:
            self.client.log_in(self.email)
            self.logged_in_at = time.monotonic()
        weights = [weight for weight, _ in self.steps]
        ((_, step),) = self.chance.choices(self.steps, weights)
        return step()

    def get(self, path: str) -> int:
        return self.client.send("GET", path).status_code

    def write(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self.client.send(method, path, headers=headers, **options)

    def look(self) -> int:
        return self.get(f"/products/{self.chance.choice(self.products)}")

    def browse(self) -> int:
        return self.get(f"/products?sort={self.chance.choice(['name', '-price'])}")

    def search(self) -> int:
        return self.get(f"/products?search={self.chance.choice('aeiou')}r")

    def own_orders(self) -> int:
        return self.get("/orders/user")

    def order(self) -> int:
        wanted = self.chance.sample(self.products, self.chance.randint(1, 4))
        items = [{"product_id": product, "quantity": 1} for product in wanted]
        body = {"location": "Ireland", "items": items}
        answer = self.write("POST", "/orders/create", json=body)
        if answer.status_code == 201:  # noqa: PLR2004
            self.pending.append(answer.json()["id"])
        return int(answer.status_code)

    def pay(self) -> int:
        if not self.pending:
            return self.order()
        body = {"id": self.pending.pop()}
        return int(self.write("POST", "/orders/execute", json=body).status_code)

    def cancel(self) -> int:
        if not self.pending:
            return self.own_orders()
        path = f"/orders/delete?id={self.pending.pop()}"
        return int(self.write("DELETE", path).status_code)


class Manager(Customer):
    """Somebody who keeps the shelves full and the books in sight."""

    def __init__(self, url: str, email: str, products: list[int], seed: int) -> None:
        super().__init__(url, email, products, seed)
        self.steps = [
            (50, self.receive),
            (20, self.refund),
            (10, lambda: self.get("/statistics/profit")),
            (10, lambda: self.get("/statistics/sales-over-time?granularity=day")),
            (10, lambda: self.get("/statistics/product-sales?limit=20")),
        ]

    def receive(self) -> int:
        body = {
            "id": self.chance.choice(self.products),
            "quantity": 50,
            "unit_cost": f"{self.chance.uniform(1, 9):.2f}",
        }
        return int(self.write("POST", "/products/receive", json=body).status_code)

    def refund(self) -> int:
        found = self.client.call("GET", "/orders?status=executed&limit=1")["items"]
        body = {"id": found[0]["id"]} if found else None
        if body is None:
            return self.receive()
        return int(self.write("POST", "/orders/refund", json=body).status_code)


def keep_pace(
    person: Customer, seconds: float, until: float, statuses: Counter[int]
) -> None:
    """Do one thing every so many seconds; what was missed is not made up for."""
    while time.monotonic() < until:
        began = time.monotonic()
        statuses[person.step()] += 1
        time.sleep(max(0.0, seconds - (time.monotonic() - began)))


def read(server: RealServer, count: Callable[[], int], minute: int) -> Reading:
    assert server.process is not None
    root = psutil.Process(server.process.pid)
    sizes: Counter[str] = Counter()
    for process in [root, *root.children(recursive=True)]:
        try:
            kind = "postgresql" if "postgres" in process.name() else "others"
            if process.ppid() == root.pid and "spawn_main" in " ".join(
                process.cmdline()
            ):
                kind = "workers"
            sizes[kind] += process.memory_full_info().uss
        except psutil.NoSuchProcess:
            continue
    megabytes = {kind: size / 1e6 for kind, size in sizes.items()}
    return Reading(
        minute,
        megabytes.get("workers", 0.0),
        megabytes.get("others", 0.0),
        megabytes.get("postgresql", 0.0),
        count(),
    )


def soak(server: RealServer, url: str, minutes: int, pace: float) -> list[Reading]:
    """Trade for so long; give what was read every minute."""
    admin = server.admin()
    made = server.command("demo")
    assert made.returncode == 0, made.stderr
    products = [item["id"] for item in admin.items("/products?limit=100")]
    for number in range(CUSTOMERS):
        admin.register(f"soak-{number}@example.com")
    people: list[Customer] = [
        Customer(server.url, f"soak-{number}@example.com", products, number)
        for number in range(CUSTOMERS)
    ]
    people.append(Manager(server.url, "admin@example.com", products, CUSTOMERS))
    statuses: Counter[int] = Counter()
    engine = create_engine(url, pool_size=1)

    def count() -> int:
        with engine.connect() as connection:
            return (
                connection.scalar(
                    text(
                        "SELECT count(*) FROM pg_stat_activity"
                        " WHERE application_name LIKE 'shopkeeper%'"
                    )
                )
                or 0
            )

    until = time.monotonic() + minutes * 60
    threads = [
        threading.Thread(
            target=keep_pace, args=(person, len(people) / pace, until, statuses)
        )
        for person in people
    ]
    for thread in threads:
        thread.start()
    readings = []
    for minute in range(1, minutes + 1):
        time.sleep(max(0.0, until - (minutes - minute) * 60 - time.monotonic()))
        readings.append(read(server, count, minute))
        print(readings[-1], dict(statuses), file=sys.stderr, flush=True)
    for thread in threads:
        thread.join()
    engine.dispose()
    failed = {status: n for status, n in statuses.items() if status >= 500}  # noqa: PLR2004
    assert not failed, failed
    print(f"answers: {dict(sorted(statuses.items()))}")
    return readings


def growth(values: list[float]) -> float:
    """The last quarter beside the second; the first is warming up."""
    quarter = max(1, len(values) // 4)
    return median(values[-quarter:]) / median(values[quarter : 2 * quarter])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--pace", type=float, default=50)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # An embedded server of root's runs as another account.
        Path(folder).chmod(0o755)
        # As in production: hashing takes its memory from the system and gives it back.
        server = RealServer(
            Path(folder) / "data", settings={"PASSWORD_HASH_COST": "17"}
        )
        with running(server), shared_server(Path(folder) / "data") as url:
            readings = soak(server, url, chosen.minutes, chosen.pace)
            audit = server.command("audit")
    print("| minute | workers MB | others MB | PostgreSQL MB | connections |")
    print("|---:|---:|---:|---:|---:|")
    for one in readings[:: max(1, len(readings) // 12)]:
        print(
            f"| {one.minute} | {one.workers:.0f} | {one.others:.0f}"
            f" | {one.postgresql:.0f} | {one.connections} |"
        )
    grown = {
        "workers": growth([one.workers for one in readings]),
        "others": growth([one.others for one in readings]),
        "connections": growth([one.connections for one in readings]),
    }
    print("grown to: " + ", ".join(f"{name} {by:.3f}" for name, by in grown.items()))
    print(f"audit: exit status {audit.returncode}")
    if max(grown.values()) > MOST_GROWTH or audit.returncode:
        sys.exit(1)


if __name__ == "__main__":
    main()
