"""The scenarios: what each does, and what has to be so afterwards."""

import contextlib
import os
import random
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import requests
from testing.torture.proxy import LosingProxy
from testing.torture.shop import PATIENCE_SECONDS, Figures, Torture, at_once

from shopkeeper.utils.faults import EXECUTE_POINTS, REFUND_POINTS


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
    before = shop.deadlocks()
    deadline = time.monotonic() + seconds

    def order_and_execute(number: int) -> int:
        chance = random.Random(f"{shop.seed}-{number}")
        orders = 0
        while time.monotonic() < deadline:
            shuffled = chance.sample(products, k=5)
            order = shop.order([(p, chance.randrange(1, 4)) for p in shuffled])
            body = {"id": order, "payment": {"method": "invoice"}}
            answer = shop.until_clear("POST", "/orders/execute", body)
            assert answer.status_code == 200, answer.text
            orders += 1
        return orders

    with ThreadPoolExecutor(clients) as pool:
        orders = sum(pool.map(order_and_execute, range(clients)))
    deadlocks = shop.deadlocks() - before
    assert not deadlocks, "PostgreSQL has counted deadlocks"
    return {"clients": clients, "orders": orders, "deadlocks": deadlocks}


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
