"""What statistics cost, beside the bare SQL over the lines, on a large shop.

    .venv/bin/python bench/statistics.py [--orders 3300000] [--products 50000]

A server is started on an embedded PostgreSQL, which is filled with years of
executed orders (`bench/big_shop.py`); their days are closed. Each statistic is
then asked over HTTP by one client and by eight at once, of all time, of one
month and of one product, interleaved with the bare aggregate in SQL on the
same database. Beside that: what closing a day takes, and what executing an
order pays for it. Loopback only; takes a quarter of an hour at full size, and
6 GB of disk.
"""

import argparse  # Run as a script, never imported.
import http.client
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session, sessionmaker

# Not this folder, whose `statistics` would be taken for Python's own.
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.big_shop import Size, fill
from testing.real_server import HttpClient, RealServer, running

from shopkeeper.database.embedded.session import shared_server
from shopkeeper.statistics.repository import closing
from shopkeeper.statistics.service.closing import rebuild
from shopkeeper.stock.books import write_to_the_books

CLIENTS = 8
SALES = """
    FROM orders JOIN order_items AS line ON line.order_id = orders.id
    WHERE orders.executed_at IS NOT NULL {scope}
"""
# As the bare one of the same name, with something more asked for.
MORE = {"category-product-sales": "limit=10"}
BARE = {
    "profit": "SELECT count(DISTINCT orders.id), sum(line_total), sum(line_cost)"
    + SALES,
    "product-sales": "SELECT line.product_id, sum(quantity), sum(line_total),"
    " sum(line_cost), sum(quantity) * 100.0 / sum(sum(quantity)) OVER ()"
    + SALES
    + "GROUP BY line.product_id ORDER BY 2 DESC, 1 LIMIT 20",
    "category-product-sales": "SELECT count(*) FROM (SELECT category_id,"
    " line.product_id, sum(quantity), sum(quantity) * 100.0 / sum(sum(quantity))"
    " OVER (PARTITION BY category_id)"
    + SALES
    + "GROUP BY category_id, line.product_id) AS shares",
    "sales-over-time": "SELECT date_trunc('{step}', executed_at), sum(quantity),"
    " count(DISTINCT orders.id), sum(line_total), sum(line_cost)"
    + SALES
    + "GROUP BY 1 ORDER BY 1",
    "countries": "SELECT country_code, sum(quantity), sum(line_total), sum(line_cost),"
    " count(DISTINCT orders.id)" + SALES + "GROUP BY 1 ORDER BY 2 DESC",
    "inventory": "SELECT count(*), sum(quantity), sum(value), sum(quantity * price)"
    " FROM variants JOIN stock ON stock.variant_id = variants.id"
    " WHERE removed_at IS NULL",
}


@dataclass(frozen=True)
class Question:
    """A period, as a query string and as a condition in SQL."""

    name: str
    query: str
    condition: str
    step: str


def questions(engine: Engine) -> list[Question]:
    month = (datetime.now(UTC).date().replace(day=1) - timedelta(days=200)).replace(
        day=1
    )
    following = (month + timedelta(days=31)).replace(day=1)
    with engine.connect() as connection:
        product = connection.scalar(
            text(
                "SELECT product_id FROM order_items GROUP BY 1"
                " ORDER BY count(*) DESC OFFSET 100 LIMIT 1"
            )
        )
    return [
        Question("all time", "granularity=month", "", "month"),
        Question(
            "one month",
            f"from={month}T00:00:00Z&to={following}T00:00:00Z&granularity=day",
            f" AND executed_at >= '{month} 00:00Z' AND executed_at"
            f" < '{following} 00:00Z' ",
            "day",
        ),
        Question(
            "one product",
            f"product_id={product}&granularity=month",
            f" AND line.product_id = {product} ",
            "month",
        ),
    ]


def ask_many(
    address: tuple[str, int], token: str, path: str, times: int
) -> list[float]:
    """Milliseconds of each answer, on one connection."""
    connection = http.client.HTTPConnection(*address)
    headers = {"Authorization": f"Bearer {token}"}
    took = []
    for _ in range(times):
        started = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        took.append((time.perf_counter() - started) * 1000)
        assert answer.status == http.HTTPStatus.OK, body
    return took


class Bench:
    def __init__(self, server: RealServer, engine: Engine, admin: HttpClient) -> None:
        self.server, self.engine, self.admin = server, engine, admin
        self.pool = multiprocessing.Pool(CLIENTS)
        self.rows: list[dict[str, Any]] = []

    def token(self) -> str:
        self.admin.log_in("admin@example.com")
        return str(self.admin.session.headers["Authorization"]).split()[1]

    def bare(self, name: str, question: Question) -> float:
        statement = BARE[name].format(scope=question.condition, step=question.step)
        with self.engine.connect() as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("SET work_mem = '64MB'"))
            started = time.perf_counter()
            connection.execute(text(statement)).all()
            return (time.perf_counter() - started) * 1000

    def measure(
        self, name: str, question: Question, rounds: int, more: str = ""
    ) -> None:
        query = f"{question.query}&{more}" if more else question.query
        if name != "sales-over-time":
            query = "&".join(x for x in query.split("&") if "granularity" not in x)
        path = f"/statistics/{name}?{query}"
        address = ("127.0.0.1", self.server.port)
        bare, one, eight = [], [], []
        for _ in range(rounds):
            token = self.token()
            bare.append(self.bare(name, question))
            one += ask_many(address, token, path, 10)
            work = [(address, token, path, 12)] * CLIENTS
            eight += [ms for times in self.pool.starmap(ask_many, work) for ms in times]
        row = {
            "statistic": f"{name}?{more}" if more else name,
            "of": question.name,
            "bare ms": round(median(bare), 1),
            "p50 ms": round(median(one), 1),
            "p95 ms": round(quantile(one, 0.95), 1),
            "p50 of 8": round(median(eight), 1),
            "p95 of 8": round(quantile(eight, 0.95), 1),
            "bare / p50": round(median(bare) / median(one), 1),
        }
        self.rows.append(row)
        print(" | ".join(str(value) for value in row.values()), flush=True)


def median(values: list[float]) -> float:
    return quantile(values, 0.5)


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def measure_execution(bench: Bench, times: int) -> None:
    """What the machinery of closing adds to executing an order.

    A sale neither reads nor writes a roll-up. All it does for them is to
    announce itself, where it would else read the clock.
    """
    products = bench.admin.call("GET", "/products?limit=3")["items"]
    for product in products:
        body = {"id": product["id"], "quantity": 1_000_000}
        bench.admin.call("PUT", "/products/update", json=body)
    executing, announcing, reading = [], [], []
    begun, clock_alone = text("SELECT 1"), text("SELECT clock_timestamp()")
    with Session(bench.engine) as session:
        for _ in range(times):
            executing.append(execute_one(bench, products))
            session.execute(begun)
            announcing.append(milliseconds(lambda: write_to_the_books(session)))
            session.rollback()
            session.execute(begun)
            reading.append(milliseconds(lambda: session.execute(clock_alone).all()))
            session.rollback()
    added = median(announcing) - median(reading)
    print(
        f"executing: {median(executing):.2f} ms; announcing {median(announcing):.3f},"
        f" reading the clock {median(reading):.3f}: {added / median(executing):.1%}"
    )


def milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def execute_one(bench: Bench, products: list[dict[str, Any]]) -> float:
    """Milliseconds."""
    items = [{"product_id": item["id"], "quantity": 1} for item in products]
    body = {"location": "IE", "items": items}
    order = bench.admin.call("POST", "/orders/create", 201, json=body)
    return milliseconds(
        lambda: bench.admin.call("POST", "/orders/execute", json={"id": order["id"]})
    )


@contextmanager
def timed(what: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - started:.1f} s", flush=True)


def close_one_day(engine: Engine) -> float:
    """Seconds to close the last day that is closed, once more."""
    sessions = sessionmaker(engine)
    with sessions() as session:
        last = closing.closed_until(session)
    assert isinstance(last, date)
    started = time.perf_counter()
    with sessions() as session:
        # Rolled back: a day is closed only once.
        for table in ("sales_days", "sales_totals"):
            session.execute(
                text(f"DELETE FROM {table} WHERE day = :day"),
                {"day": last - timedelta(days=1)},
            )
        session.execute(
            text("DELETE FROM sales_slots WHERE slot >= :day"),
            {"day": f"{last - timedelta(days=1)} 00:00Z"},
        )
        closing.close_days(session, last - timedelta(days=1), last)
        session.rollback()
    return time.perf_counter() - started


def report(rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    print("\n| " + " | ".join(names) + " |")
    print("|" + "---|" * 2 + "---:|" * (len(names) - 2))
    for row in rows:
        print("| " + " | ".join(str(value) for value in row.values()) + " |")
    print(json.dumps(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--orders", type=int, default=Size.orders)
    parser.add_argument("--products", type=int, default=Size.products)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shopkeeper-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # An embedded server of root's runs as another account.
        server = RealServer(folder / "data", settings={"LOG_LEVEL": "ERROR"})
        with running(server), shared_server(folder / "data") as url:
            admin = server.admin()
            engine = create_engine(url)
            with timed("filling"):
                fill(engine, Size(orders=chosen.orders, products=chosen.products))
            sessions = sessionmaker(engine)
            with timed("closing all days"):
                rebuild(sessions)
            print(f"closing a day: {close_one_day(engine):.2f} s", flush=True)
            bench = Bench(server, engine, admin)
            for question in questions(engine):
                for statistic in BARE:
                    bench.measure(statistic, question, chosen.rounds)
                    if statistic in MORE:
                        bench.measure(
                            statistic, question, chosen.rounds, MORE[statistic]
                        )
            measure_execution(bench, 500)
            report(bench.rows)
            bench.pool.terminate()
            engine.dispose()


if __name__ == "__main__":
    main()
