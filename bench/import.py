r"""How fast an import is, beside the bare database and beside pandas alone.

    .venv/bin/python bench/import.py [--sizes 10000,100000] [--rounds 3] [--excel]

A server with the production's settings is started on an embedded PostgreSQL.
For each size, in turn and so often, the same file goes

    ours    over HTTP, from the first byte sent until it is committed
    bare    through psql: \\copy into a table without constraints, then one
            INSERT ... SELECT (or UPDATE where something differs) into the same
            schema in another database of the same server
    pandas  through read_csv and to_sql(method="multi") into a plain table

into an empty catalogue, and the first two a second time into the one it has
made. Medians, and the ratio to `bare`; memory is that of all processes of the
server but PostgreSQL's, above what it was before.
"""

import argparse
import csv
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pandas as pd
import psutil
from sqlalchemy import Engine, create_engine, make_url, text

sys.path.insert(0, str(Path(__file__).parents[1]))

from testing.real_server import HttpClient, RealServer, running

from shopkeeper.database.embedded.binaries import find_programs
from shopkeeper.database.embedded.session import shared_server

COLUMNS = ["sku", "name", "category", "quantity", "price", "cost", "description"]
STAGING = """
CREATE TEMPORARY TABLE staging (sku text, name text, category text, quantity integer,
    price numeric, cost numeric, description text)
"""
MERGE = """
INSERT INTO categories (name, created_at, updated_at)
SELECT DISTINCT category, now(), now() FROM staging
ON CONFLICT DO NOTHING;
UPDATE variants SET sku = s.sku, price = s.price, updated_at = now()
FROM staging s JOIN products p ON p.removed_at IS NULL
    AND lower(p.name) = lower(s.name COLLATE pg_c_utf8)
WHERE variants.id = p.default_variant_id
    AND (variants.sku, variants.price) IS DISTINCT FROM (s.sku, s.price);
UPDATE products SET description = s.description, category_id = c.id, updated_at = now()
FROM staging s JOIN categories c ON lower(c.name) = lower(s.category COLLATE pg_c_utf8)
WHERE lower(products.name) = lower(s.name COLLATE pg_c_utf8)
    AND products.removed_at IS NULL
    AND (products.description, c.id)
        IS DISTINCT FROM (s.description, products.category_id);
WITH made AS (
    INSERT INTO products (skus, default_variant_id, name, category_id, price,
        description, created_at, updated_at)
    SELECT s.sku, nextval('variants_id_seq'), s.name, c.id, s.price, s.description,
        now(), now()
    FROM staging s JOIN categories c
        ON lower(c.name) = lower(s.category COLLATE pg_c_utf8)
    WHERE NOT EXISTS (
        SELECT FROM products p
        WHERE p.removed_at IS NULL AND lower(p.name) = lower(s.name COLLATE pg_c_utf8)
    )
    RETURNING id, default_variant_id, name, skus, price
), varied AS (
    INSERT INTO variants
        (id, product_id, position, sku, price, created_at, updated_at)
    OVERRIDING SYSTEM VALUE
    SELECT default_variant_id, id, 1, skus, price, now(), now() FROM made
)
INSERT INTO stock (variant_id, quantity, cost, updated_at)
SELECT made.default_variant_id, 0, s.cost, now() FROM made JOIN staging s USING (name);
INSERT INTO stock_movements (variant_id, delta, reason, created_at)
SELECT stock.variant_id, s.quantity - stock.quantity, 'adjustment', now()
FROM staging s JOIN products p ON p.removed_at IS NULL
    AND lower(p.name) = lower(s.name COLLATE pg_c_utf8)
JOIN stock ON stock.variant_id = p.default_variant_id
WHERE stock.quantity <> s.quantity
ORDER BY stock.variant_id;
"""
EMPTY = """
SET session_replication_role = replica;
TRUNCATE products, variants, stock, categories CASCADE;
SET session_replication_role = DEFAULT
"""


@dataclass
class Bench:
    server: RealServer
    admin: HttpClient
    ours: Engine
    bare: Engine
    times: dict[tuple[str, str, int], list[float]] = field(default_factory=dict)

    def measure(
        self, what: str, rows: int, work: Callable[[Path], None], path: Path
    ) -> None:
        kind = path.suffix.removeprefix(".")
        started = time.perf_counter()
        work(path)
        took = time.perf_counter() - started
        self.times.setdefault((what, kind, rows), []).append(took)
        print(f"{rows:>9,} {kind:<5} {what:<12} {took:8.2f} s", flush=True)

    def import_file(self, path: Path) -> None:
        with path.open("rb") as file:
            answer = self.admin.session.post(
                f"{self.server.url}/products/bulk-import",
                files={"file": (path.name, file)},
                timeout=600,
            )
        report = answer.json()
        while report["status"] in {"queued", "running"}:
            time.sleep(0.05)
            self.admin.log_in("admin@example.com")
            report = self.admin.call("GET", f"/imports/{report['id']}")
        assert report["status"] == "succeeded", report

    def copy_and_merge(self, path: Path) -> None:
        url = self.bare.url.set(drivername="postgresql")
        script = (
            f"BEGIN; {STAGING};\n\\copy staging from '{path}' (format csv, header)\n"
            f"ANALYZE staging; {MERGE} COMMIT;"
        )
        subprocess.run(
            [
                str(find_programs() / "psql"),
                "--quiet",
                "--no-psqlrc",
                "--set=ON_ERROR_STOP=1",
                url.render_as_string(hide_password=False),
            ],
            input=script,
            text=True,
            check=True,
        )

    def pandas_alone(self, path: Path) -> None:
        frame = pd.read_csv(path)
        frame.to_sql(
            "pandas_products",
            self.bare,
            if_exists="replace",
            index=False,
            method="multi",
            chunksize=1000,
        )

    def empty(self) -> None:
        for engine in (self.ours, self.bare):
            with engine.begin() as connection:
                connection.execute(text(EMPTY))


def write_files(folder: Path, rows: int, *, excel: bool) -> list[Path]:
    chance = random.Random(rows)
    table = [
        [
            f"SKU-{n:07}",
            f"Walnut desk organiser No. {n}",
            f"Category {n % 50}",
            chance.randrange(500),
            round(chance.uniform(1, 999), 2),
            round(chance.uniform(0.1, 500), 4),
            "Holds pens, cards and a cup." if n % 3 else "Oiled by hand.",
        ]
        for n in range(rows)
    ]
    files = [folder / f"{rows}.csv"]
    with files[0].open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *table])
    if excel:
        files.append(folder / f"{rows}.xlsx")
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        for row in [COLUMNS, *table]:
            sheet.append(row)
        book.save(files[1])
    return files


@contextmanager
def peak_memory(server: RealServer) -> Iterator[Callable[[], float]]:
    """Megabytes of the server's processes, PostgreSQL's left aside, above its idle."""
    assert server.process is not None
    root = psutil.Process(server.process.pid)

    def used() -> float:
        total = 0
        for process in [root, *root.children(recursive=True)]:
            try:
                if "postgres" not in process.name():
                    total += process.memory_full_info().pss
            except psutil.Error:
                continue
        return total / 1024**2

    idle, peak, done = used(), 0.0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.2):
            peak = max(peak, used())

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield lambda: max(0.0, peak - idle)
    finally:
        done.set()
        thread.join()


def run(bench: Bench, folder: Path, sizes: list[int], rounds: int, excel: bool) -> None:
    for rows in sizes:
        files = write_files(folder, rows, excel=excel)
        with peak_memory(bench.server) as above_idle:
            for _ in range(rounds):
                for path in files:
                    bench.empty()
                    bench.measure("ours", rows, bench.import_file, path)
                    bench.measure("ours again", rows, bench.import_file, path)
                bench.measure("bare", rows, bench.copy_and_merge, files[0])
                bench.measure("bare again", rows, bench.copy_and_merge, files[0])
                bench.measure("pandas", rows, bench.pandas_alone, files[0])
        print(f"{rows:>9,} memory above idle: {above_idle():.0f} MB", flush=True)


def report(bench: Bench) -> None:
    medians = {key: statistics.median(times) for key, times in bench.times.items()}
    print("\n| rows | file | what | median s | rows/s | ours / it |")
    print("|---:|---|---|---:|---:|---:|")
    for (what, kind, rows), median in medians.items():
        same = "ours again" if what.endswith("again") else "ours"
        ratio = medians[same, "csv", rows] / median
        print(
            f"| {rows:,} | {kind} | {what} | {median:.2f} |"
            f" {rows / median:,.0f} | {ratio:.2f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--excel", action="store_true")
    chosen = parser.parse_args()
    sizes = [int(size) for size in chosen.sizes.split(",")]
    with tempfile.TemporaryDirectory(prefix="shopkeeper-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # An embedded server of root's runs as another account.
        server = RealServer(
            folder / "data",
            settings={"IMPORT_MAX_BYTES": str(1024**3), "LOG_LEVEL": "ERROR"},
        )
        with running(server), shared_server(folder / "data") as url:
            admin = server.admin()
            ours = create_engine(url)
            with ours.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            ) as connection:
                ours.dispose()
                connection.execute(text("CREATE DATABASE bare"))
            bare = create_engine(make_url(url).set(database="bare"))
            server.command("migrate")
            bench = Bench(server, admin, ours, bare)
            prepare(bare)
            run(bench, folder, sizes, chosen.rounds, chosen.excel)
            report(bench)
            ours.dispose()
            bare.dispose()


def prepare(engine: Engine) -> None:
    from shopkeeper.database.migrations import migrate  # noqa: PLC0415

    migrate(engine)


if __name__ == "__main__":
    main()
