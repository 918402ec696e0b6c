"""A shop that is measured: filled, served by one revision, and its database."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.hot_paths import Buyer, Ground
from sqlalchemy import Engine, create_engine, text
from testing.real_server import HttpClient, RealServer, running

from shopkeeper.database.embedded.session import shared_server

ROOT = Path(__file__).parents[1]
BUYERS = 8
TAGS = 20
FILLING_SECONDS = 3600

ADD_ORDERS = """
WITH made AS (
    SELECT :start + n AS order_id,
        :first + (n * 13) % (:last - :first - 1) + line - 1 AS product_id, line
    FROM generate_series(1, :many) AS n, generate_series(1, 3) AS line
), placed AS (
    INSERT INTO orders (id, user_id, status, location, country_code, total,
        created_at, updated_at)
    OVERRIDING SYSTEM VALUE
    SELECT order_id, :buyer, 'pending', 'Ireland', 'IE', sum(price), now(), now()
    FROM made JOIN products ON products.id = product_id
    GROUP BY order_id
)
INSERT INTO order_items (order_id, product_id, variant_id, position, product_name,
    quantity, unit_price)
SELECT order_id, product_id, default_variant_id, line, name, 1, price
FROM made JOIN products ON products.id = product_id
"""


# A shop in which nobody has ordered of late plans as if nobody ever would.
ADD_KEYS = """
INSERT INTO idempotency_keys (user_id, key, fingerprint, operation, expires_at,
    status, headers, body)
SELECT users.id, CAST(gen_random_uuid() AS text), sha256('x'), 'create_order',
    now() + interval '48 hours', 201, '{}', CAST(repeat('x', 900) AS bytea)
FROM users, generate_series(1, 2000)
WHERE users.email LIKE 'bench-%'
"""


@dataclass
class Subject:
    """A revision's server, and the database under it."""

    name: str
    server: RealServer
    engine: Engine
    url: str
    ground: Ground = field(init=False)

    def add_orders(self, buyer: Buyer, many: int) -> range:
        with self.engine.begin() as connection:
            sequence = "pg_get_serial_sequence('orders', 'id')"
            start = connection.scalar(text(f"SELECT nextval({sequence})"))
            values = {
                "start": start,
                "many": many,
                "buyer": buyer.id,
                "first": self.ground.first,
                "last": self.ground.last,
            }
            connection.execute(text(ADD_ORDERS), values)
            connection.execute(
                text(f"SELECT setval({sequence}, :last)"), {"last": start + many}
            )
        return range(start + 1, start + many + 1)

    def log_in(self) -> None:
        """Tokens for a quarter of an hour."""
        client = HttpClient(self.server.url)
        buyers = []
        for email in ["admin@example.com"] + [
            f"bench-{number}@example.com" for number in range(BUYERS)
        ]:
            client.log_in(email)
            token = str(client.session.headers["Authorization"]).split()[1]
            buyers.append(Buyer(client.call("GET", "/users/me")["id"], token))
        self.ground.manager, *self.ground.buyers = buyers
        del client.session.headers["Authorization"]
        for product in range(self.ground.first, self.ground.first + TAGS):
            answer = client.send("GET", f"/products/{product}")
            self.ground.tags[product] = answer.headers["ETag"]
        client.close()


@contextmanager
def prepared(
    name: str, checkout: Path, folder: Path, size: list[str]
) -> Iterator[Subject]:
    """A filled shop, served by a checkout; one that is there is taken as it is."""
    source = {"PYTHONPATH": str(checkout / "src")}
    is_filled = folder / "filled"
    if folder.exists() and not is_filled.exists():
        sys.exit(f"{folder} was not filled to the end; delete it.")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # An embedded server of root's runs as another account.
    server = RealServer(folder / "data", settings=source)
    with running(server), shared_server(folder / "data") as url:
        engine = create_engine(url)
        subject = Subject(name, server, engine, url)
        if not is_filled.exists():
            _fill(subject, source, size)
            is_filled.touch()
        client = HttpClient(server.url)
        with engine.connect() as connection:
            first, last = connection.execute(
                text("SELECT min(id), max(id) FROM products")
            ).one()
        subject.ground = Ground(first, last, cursors=list(_cursors(client)))
        client.close()
        vacuum(engine)
        yield subject
        engine.dispose()


def _fill(subject: Subject, source: dict[str, str], size: list[str]) -> None:
    admin = subject.server.admin()
    for number in range(BUYERS):
        admin.register(f"bench-{number}@example.com")
    admin.close()
    subprocess.run(
        [sys.executable, str(ROOT / "bench" / "big_shop.py"), subject.url, *size],
        env=os.environ | source,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    subject.server.command("statistics", "rebuild", patience=FILLING_SECONDS)
    with subject.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO stock_movements (variant_id, delta, reason,"
                " created_at) SELECT id, 1000000, 'adjustment', now()"
                " FROM variants ORDER BY id"
            )
        )
        connection.execute(text(ADD_KEYS))


def _cursors(client: HttpClient) -> Iterator[str]:
    """Where fifty pages of the catalogue begin."""
    query = "limit=100"
    for _ in range(50):
        found = client.call("GET", f"/products?{query}")["next_cursor"]
        yield found
        query = f"limit=100&cursor={found}"


def vacuum(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))
