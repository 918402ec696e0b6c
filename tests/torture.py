"""Hostile days in the life of a shop, over HTTP on real processes.

Each scenario does its worst, insists on what was promised, and leaves the
rest to the audit. `tests/commit/test_promises.py` runs them in small,
`bench/torture.py` at full length; both print the seed of what was random.
"""

import contextlib
import json
import os
import random
import signal
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import requests
from tests.real_server import PASSWORD, HttpClient, RealServer, running

from shopkeeper.utils.faults import EXECUTE_POINTS, REFUND_POINTS

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
def torture(folder: Path, seed: int, **settings: str) -> Iterator[Torture]:
    """A server to be tortured."""
    faults = folder / "faults"
    faults.mkdir(parents=True, mode=0o777)
    server = RealServer(
        folder / "shop" / "data",
        settings={
            "PAYMENT_GATEWAY": "test",
            "PAYMENT_TIMEOUT": "1",
            "RESERVATION_SECONDS": str(RESERVATION_SECONDS),
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


def sell_out(shop: Torture, *, buyers: int, units: int, rounds: int) -> Figures:
    """Many buyers, few units: exactly the units are sold."""
    people = shop.customers(buyers)
    for _ in range(rounds):
        product = shop.product(units)
        with ThreadPoolExecutor(16) as pool:
            orders = list(pool.map(partial(shop.order, [(product, 1)]), people))
        answers = at_once(
            [
                lambda order=order, who=who: shop.send(  # type: ignore[misc]  # Bound early.
                    "POST", "/orders/execute", {"id": order}, headers=who
                )
                for order, who in zip(orders, people, strict=True)
            ]
        )
        told = Counter(answer.status_code for answer in answers)
        assert told == {200: units, 409: buyers - units}, told
        assert shop.stock(product) == 0
    return {"buyers": buyers, "units": units, "rounds": rounds}


def shuffled_lines(shop: Torture, *, clients: int, seconds: float) -> Figures:
    """Orders over the same products in every order of lines: no deadlock."""
    products = [shop.product(10_000_000) for _ in range(5)]
    done: Counter[int] = Counter()
    deadline = time.monotonic() + seconds

    def order_and_execute(number: int) -> None:
        chance = random.Random(f"{shop.seed}-{number}")
        with requests.Session() as session:
            session.headers.update(shop.headers)
            while time.monotonic() < deadline:
                lines = [
                    {"product_id": p, "quantity": chance.randrange(1, 4)}
                    for p in chance.sample(products, k=5)
                ]
                made = session.post(
                    f"{shop.server.url}/orders/create",
                    json={"location": "IE", "items": lines},
                    timeout=60,
                )
                assert made.status_code == 201, made.text
                answer = session.post(
                    f"{shop.server.url}/orders/execute",
                    json={"id": made.json()["id"], "payment": {"method": "invoice"}},
                    timeout=60,
                )
                done[answer.status_code] += 1

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(order_and_execute, range(clients)))
    assert set(done) == {200}, done
    return {"clients": clients, "seconds": seconds, "orders": done[200]}


def fault_points(shop: Torture, *, rounds: int) -> Figures:
    """kill -9 at each point of executing and refunding: nothing lost, nothing twice."""
    product = shop.product(1_000_000)
    sold = 0
    slowest = 0.0
    for _ in range(rounds):
        sold += len(EXECUTE_POINTS)
        slowest = max(slowest, _strike_each(shop, product))
        shop.wait_until_settled()
        assert not list(shop.faults.iterdir()), "a point was not reached"
    sold += rounds * len(REFUND_POINTS)
    given_back = rounds * len(REFUND_POINTS)
    assert shop.stock(product) == 1_000_000 - sold + given_back
    points = len(EXECUTE_POINTS) + len(REFUND_POINTS)
    return {"points": points, "rounds": rounds, "slowest_seconds": round(slowest, 1)}


def _strike_each(shop: Torture, product: int) -> float:
    """Strike at every point once, one after the other; clients ask until they know."""
    slowest = 0.0
    executed = [shop.order([(product, 1)]) for _ in REFUND_POINTS]
    for order in executed:
        assert shop.pay(order).status_code == 200
    waiting = []
    with ThreadPoolExecutor(16) as pool:
        for point in EXECUTE_POINTS:
            order = shop.order([(product, 1)])
            (shop.faults / point).touch()
            waiting.append(pool.submit(_timed, lambda o=order: shop.pay(o)))  # type: ignore[misc]  # Bound early.
            _until(lambda p=point: not (shop.faults / p).exists())  # type: ignore[misc]  # Bound early.
        for point, order in zip(REFUND_POINTS, executed, strict=True):
            (shop.faults / point).touch()
            waiting.append(
                pool.submit(
                    _timed,
                    lambda o=order: shop.until_clear(  # type: ignore[misc]  # Bound early.
                        "POST", "/orders/refund", {"id": o}
                    ),
                )
            )
            _until(lambda p=point: not (shop.faults / p).exists())  # type: ignore[misc]  # Bound early.
        for struck in waiting:
            answer, seconds = struck.result()
            assert answer.status_code == 200, answer.text
            slowest = max(slowest, seconds)
    return slowest


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    return work(), time.monotonic() - began


def _until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def kill_postgresql(shop: Torture, *, times: int, clients: int) -> Figures:
    """kill -9 of PostgreSQL under load: every acknowledged order is there."""
    product = shop.product(10_000_000)
    acknowledged: list[int] = []
    over = threading.Event()

    def buy() -> None:
        while not over.is_set():
            order = shop.order([(product, 1)])
            answer = shop.pay(order)
            assert answer.status_code == 200, answer.text
            acknowledged.append(order)

    downtimes = []
    pid_file = shop.server.data_dir / "postgresql" / "postmaster.pid"
    with ThreadPoolExecutor(clients) as pool:
        buyers = [pool.submit(buy) for _ in range(clients)]
        try:
            for _ in range(times):
                time.sleep(shop.chance.uniform(0.5, 2))
                os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
                began = time.monotonic()
                count = len(acknowledged)
                _until(lambda n=count: len(acknowledged) > n, 60)  # type: ignore[misc]  # Bound early.
                downtimes.append(time.monotonic() - began)
                assert downtimes[-1] < 30, "not serving again in 30 s"
        finally:
            over.set()
        for buyer in buyers:
            buyer.result()
    shop.wait_until_settled()
    listed = shop.admin.items("/orders?status=executed&limit=100")
    assert {order["id"] for order in listed} >= set(acknowledged)
    return {
        "kills": times,
        "acknowledged": len(acknowledged),
        "slowest_recovery_seconds": round(max(downtimes), 1),
    }


class LosingProxy:
    """Passes requests on, and loses the answers: the client sees a hang-up."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.lost: dict[bytes, bytes] = {}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.target)) as server:
            request = b""
            while not _is_whole(request):
                block = client.recv(65536)
                if not block:
                    return
                request += block
            server.sendall(request)
            answer = b""
            while block := server.recv(65536):
                answer += block
            key = request.lower().partition(b"idempotency-key: ")[2].split(b"\r\n")[0]
            self.lost[key] = answer.partition(b"\r\n\r\n")[2]

    def close(self) -> None:
        self.listener.close()
        self.thread.join(1)


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
    return bool(end) and len(body) >= int(length or 0)


def lost_answers(shop: Torture, *, times: int) -> Figures:
    """An answer is lost, the client asks again: one order, one charge, same bytes."""
    product = shop.product(1_000_000)
    proxy = LosingProxy(shop.server.port)

    def lose(path: str, body: Any) -> requests.Response:
        key = str(uuid.uuid4())
        headers = {**shop.headers, "Idempotency-Key": key, "Connection": "close"}
        with contextlib.suppress(requests.ConnectionError):
            requests.post(
                f"http://127.0.0.1:{proxy.port}{path}",
                json=body,
                headers=headers,
                timeout=60,
            )
            raise AssertionError("the proxy has let an answer through")
        answer = shop.until_clear("POST", path, body, key=key)
        assert answer.headers["Idempotency-Replayed"] == "true"
        assert answer.content == proxy.lost[key.encode()]
        return answer

    def buy(_number: int) -> int:
        items = [{"product_id": product, "quantity": 1}]
        made = lose("/orders/create", {"location": "IE", "items": items})
        order = int(made.json()["id"])
        payment = {"method": "test", "token": "success"}
        paid = lose("/orders/execute", {"id": order, "payment": payment})
        assert paid.json()["status"] == "executed"
        return order

    with ThreadPoolExecutor(8) as pool:
        orders = list(pool.map(buy, range(times)))
    proxy.close()
    assert len(set(orders)) == times
    assert shop.stock(product) == 1_000_000 - times
    return {"orders": times, "answers_lost": 2 * times}


def one_key(shop: Torture, *, requests_at_once: int) -> Figures:
    """Simultaneous requests with one key: one effect, one answer."""
    product = shop.product(1000)
    order = shop.order([(product, 1)])
    key = str(uuid.uuid4())
    items = [{"product_id": product, "quantity": 1}]
    for path, body in (
        ("/orders/create", {"location": "IE", "items": items}),
        ("/orders/execute", {"id": order, "payment": {"method": "test"}}),
    ):
        answers = at_once(
            [
                lambda p=path, b=body: shop.until_clear("POST", p, b, key=key + p)  # type: ignore[misc]  # Bound early.
                for _ in range(requests_at_once)
            ]
        )
        assert len({answer.content for answer in answers}) == 1
        assert answers[0].status_code in {200, 201}
    assert shop.stock(product) == 999
    mine = [o for o in shop.admin.items("/orders/user?limit=100") if o["id"] >= order]
    assert len(mine) == 2
    return {"requests": 2 * requests_at_once}


def duels(shop: Torture, *, rounds: int) -> Figures:
    """Two that cannot both be so, at once: one winner, the other a clear refusal."""
    wins: Counter[str] = Counter()
    for number in range(rounds):
        product, other = shop.product(5), shop.product(5)
        order = shop.order([(product, 2)])
        method = ("invoice", "test")[number % 2]
        execute = {"id": order, "payment": {"method": method}}
        items = [{"product_id": other, "quantity": 1}]
        rivals: dict[str, tuple[str, str, Any]] = {
            "execute": ("POST", "/orders/execute", execute),
            "cancel": ("DELETE", f"/orders/delete?id={order}", None),
            "update": ("PUT", "/orders/update", {"id": order, "items": items}),
            "remove": ("DELETE", f"/products/remove?id={product}", None),
        }
        rival = shop.chance.choice(list(rivals))
        first, second = at_once(
            [
                lambda body=execute: shop.until_clear("POST", "/orders/execute", body),  # type: ignore[misc]  # Bound early.
                lambda r=rivals[rival]: shop.until_clear(*r),  # type: ignore[misc]  # Bound early.
            ]
        )
        told = {first.status_code, second.status_code}
        assert told <= {200, 204, 409}, (rival, first.text, second.text)
        if rival in {"execute", "cancel"}:
            assert sorted((first.ok, second.ok)) == [False, True], (rival, told)
        wins[f"{rival}: {'execute' if first.ok else 'rival'} first"] += 1
        _duel_of_refunds(shop, wins)
    shop.wait_until_settled()
    return dict(sorted(wins.items()))


def _duel_of_refunds(shop: Torture, wins: Counter[str]) -> None:
    product = shop.product(5)
    order = shop.order([(product, 3)])
    assert shop.pay(order).status_code == 200
    items = [{"product_id": product, "quantity": 2}]
    refund = {"id": order, "items": items}
    answers = at_once([lambda: shop.until_clear("POST", "/orders/refund", refund)] * 2)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    wins["refund twice: one"] += 1


def many_refunds(shop: Torture, *, refunds: int) -> Figures:
    """Refunds at once for one order: the sum is right, to the cent."""
    product = shop.product(refunds * 2)
    order = shop.order([(product, refunds)])
    total = shop.pay(order).json()["total"]
    items = [{"product_id": product, "quantity": 1}]
    answers = at_once(
        [
            lambda: shop.until_clear(
                "POST", "/orders/refund", {"id": order, "items": items}
            )
        ]
        * (refunds + 10)
    )
    told = Counter(answer.status_code for answer in answers)
    assert told == {200: refunds, 409: 10}, told
    after = shop.admin.call("GET", f"/orders/{order}")
    assert (after["status"], after["refunded_total"]) == ("refunded", total)
    assert shop.stock(product) == refunds * 2
    return {"refunds": refunds, "refused": 10}


def few_connections(shop: Torture, *, clients: int) -> Figures:
    """More clients than connections: served, or told when to come again."""
    product = shop.product(1_000_000)
    orders = [shop.order([(product, 1)]) for _ in range(clients)]

    def execute(order: int) -> requests.Response:
        return shop.send("POST", "/orders/execute", {"id": order})

    with ThreadPoolExecutor(clients) as pool:
        futures = [pool.submit(execute, order) for order in orders]
        began = time.monotonic()
        alive = requests.get(f"{shop.server.url}/health/live", timeout=10)
        live_seconds = time.monotonic() - began
        answers = [future.result() for future in futures]
    assert alive.status_code == 200
    told = Counter(answer.status_code for answer in answers)
    assert set(told) <= {200, 503}, told
    for answer in answers:
        assert answer.status_code == 200 or int(answer.headers["Retry-After"]) > 0
    assert shop.stock(product) == 1_000_000 - told[200]
    return {
        "clients": clients,
        **{str(k): v for k, v in told.items()},
        "live_seconds": round(live_seconds, 2),
    }
