"""The shop that is tortured, and how its tormentors ask."""

import contextlib
import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import requests
from sqlalchemy import make_url
from testing.real_server import PASSWORD, HttpClient, RealServer, running

from shopkeeper.database.embedded.session import shared_server

Figures = dict[str, Any]
# A client that asks again until it knows does not ask for ever.
PATIENCE_SECONDS = 90
RESERVATION_SECONDS = 10
CLEAR = {200, 201, 204, 402, 404, 409, 412}


@dataclass
class Torture:
    """A shop that takes payments through the test gateway, and its tormentors."""

    server: RealServer
    faults: Path
    seed: int
    admin: HttpClient = field(init=False)
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.admin = self.server.admin()
        self.admin.call("POST", "/categories/add", 201, json={"name": "Things"})
        self.headers = dict(self.admin.session.headers)

    def product(self, quantity: int) -> int:
        body = {
            "name": f"Thing {uuid.uuid4().hex}",
            "quantity": quantity,
            "price": f"{self.chance.randrange(100, 9999) / 100:.2f}",
            "cost": "0.5",
            "category": "Things",
        }
        return int(self.admin.call("POST", "/products/add", 201, json=body)["id"])

    def stock(self, product: int) -> int:
        return int(self.admin.call("GET", f"/products/{product}")["quantity"])

    def admin_sees(self, order: int) -> Any:
        """An order as it is; on a connection of its own, for threads."""
        answer = self.send("GET", f"/orders/{order}")
        assert answer.ok, answer.text
        return answer.json()

    def customers(self, count: int) -> list[dict[str, str]]:
        """The headers of so many customers, logged in."""

        def enter(_number: int) -> dict[str, str]:
            client = HttpClient(self.server.url)
            with contextlib.closing(client):
                email = f"{uuid.uuid4().hex}@example.com"
                body = {"email": email, "password": PASSWORD, "full_name": "C"}
                self.until_clear("POST", "/users/add", body)
                login = self.until_clear(
                    "POST", "/users/login", body | {"full_name": None}
                )
                return {"Authorization": f"Bearer {login.json()['access_token']}"}

        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(enter, range(count)))

    def order(
        self, lines: list[tuple[int, int]], headers: dict[str, str] | None = None
    ) -> int:
        items = [{"product_id": product, "quantity": n} for product, n in lines]
        body = {"location": "IE", "items": items}
        answer = self.until_clear("POST", "/orders/create", body, headers=headers)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> requests.Response:
        """One try, on a connection of its own."""
        told = dict(headers or self.headers)
        if key is not None:
            told["Idempotency-Key"] = key
        answer = requests.request(
            method, self.server.url + path, json=body, headers=told, timeout=60
        )
        self.statuses[answer.status_code] += 1
        return answer

    def until_clear(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        key: str | None = None,
    ) -> requests.Response:
        """Ask with one key until the answer says what is so."""
        key = key or str(uuid.uuid4())
        body = {k: v for k, v in body.items() if v is not None} if body else body
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with contextlib.suppress(requests.RequestException):
                answer = self.send(method, path, body, key=key, headers=headers)
                is_unclear = (
                    answer.status_code == 409
                    and answer.json()["code"] == "idempotency_in_flight"
                )
                if answer.status_code in CLEAR and not is_unclear:
                    return answer
                assert answer.status_code in {409, 429, 503}, answer.text
            assert time.monotonic() < deadline, f"{method} {path} stays unclear"
            time.sleep(self.chance.uniform(0.1, 0.5))

    def pay(self, order: int, token: str = "success", **more: Any) -> requests.Response:
        body = {"id": order, "payment": {"method": "test", "token": token}}
        return self.until_clear("POST", "/orders/execute", body, **more)

    def deadlocks(self) -> int:
        """How many PostgreSQL has counted since it was started."""
        counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = %s"
        with shared_server(self.server.data_dir) as url:
            plain = make_url(url).set(drivername="postgresql")
            with psycopg.connect(
                plain.render_as_string(hide_password=False)
            ) as connection:
                found = connection.execute(counted, [plain.database]).fetchone()
        return int(found[0]) if found else 0

    def audit(self) -> Figures:
        """What the audit says; it has to be clean."""
        told = self.server.command("audit", "--json")
        document = json.loads(told.stdout)
        broken = [check for check in document["checks"] if check["broken"]]
        assert not broken, json.dumps(broken, indent=1)
        assert told.returncode == 0
        return {check["name"]: check["checked"] for check in document["checks"]}

    def wait_until_settled(self) -> None:
        """Until nothing is processing any more; not for ever."""
        deadline = time.monotonic() + RESERVATION_SECONDS + 60
        while self.admin.call("GET", "/orders?status=processing")["items"]:
            assert time.monotonic() < deadline, "orders stay processing"
            time.sleep(0.2)


@contextlib.contextmanager
def torture_shop(folder: Path, seed: int, **settings: str) -> Iterator[Torture]:
    """A server to be tortured."""
    faults = folder / "faults"
    faults.mkdir(parents=True, mode=0o777)
    server = RealServer(
        folder / "shop" / "data",
        settings={
            "PAYMENT_GATEWAY": "test",
            "PAYMENT_TIMEOUT": "1",
            "RESERVATION_SECONDS": str(RESERVATION_SECONDS),
            "REFUND_CHECK_SECONDS": "1",
            "FAULT_POINTS": str(faults),
            "LOG_LEVEL": "WARNING",
            **settings,
        },
    )
    with running(server):
        shop = Torture(server, faults, seed)
        yield shop
        shop.admin.close()


def at_once(work: list[Callable[[], Any]]) -> list[Any]:
    """Do things at the same moment, each in a thread of its own."""
    gate = threading.Barrier(len(work))

    def begin(one: Callable[[], Any]) -> Any:
        gate.wait()
        return one()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(begin, work))
