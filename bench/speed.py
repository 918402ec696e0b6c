"""How near the hot paths come to the bare database under them.

    script/bench [--seconds 2] [--rounds 3] [--against REV] [--growth]
        [--shops FOLDER] [--save FIGURES.json]

A server with the production's settings is started on an embedded PostgreSQL
with 10,000 products and 100,000 orders. Each hot path is asked at 1, 8 and 32
connections, and in turn with it the same SQL is run by `pgbench -M prepared` on
the same database with as many connections; at 8 also while somebody takes as
much of the processor away as the load generator did. Medians of the rounds.
With `--against` another revision's server is measured in the same rounds; with
`--growth` a shop of 1,000,000 products and 10,000,000 orders, which takes most of
an hour to fill: `--shops` keeps shops for the next time. Loopback only.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psutil
from bench import wrk
from bench.hot_paths import HotPath, paths
from bench.load import Burner, Load, drive
from bench.subject import BUYERS, ROOT, Subject, prepared, vacuum
from sqlalchemy import make_url
from testing.real_server import RealServer

from shopkeeper.database.embedded.binaries import find_programs

CONNECTIONS = (1, 8, 32)
FAIR_AT = 8
# So many orders a second are made for those that are to be executed.
SERVER_PACE, BARE_PACE = 2_500, 6_000
LARGE = ["--orders=10000000", "--products=1000000"]


def ask(
    subject: Subject, path: HotPath, connections: int, seconds: float
) -> tuple[Load, dict[str, float]]:
    """Through HTTP: what came of it, and what an answer cost the server."""
    subject.log_in()
    many = int(SERVER_PACE * seconds) // connections if path.once else 0
    clients = []
    for number in range(connections):
        buyer = subject.ground.buyers[number % BUYERS]
        waiting = range(many)
        if path.consumes:
            waiting = subject.add_orders(buyer, many)
        clients.append(path.client(subject.ground, number, waiting))
    address = ("127.0.0.1", subject.server.port)
    before = Effort.of(subject.server)
    if wrk.WRK is not None and not path.waits:
        load = wrk.drive(address, clients, seconds, once=path.once)
    else:
        load = drive(address, clients, seconds)
    effort = Effort.of(subject.server).since(before, load.answers)
    good = sum(load.statuses[status] for status in path.expected)
    assert good >= load.answers - connections, load.statuses
    return load, effort


class Effort(NamedTuple):
    """Seconds of the processor: of the server's Python, and of PostgreSQL."""

    python: float
    postgresql: float

    @classmethod
    def of(cls, server: RealServer) -> "Effort":
        assert server.process is not None
        python = postgresql = 0.0
        for process in psutil.Process(server.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                used = process.cpu_times()
                if "postgres" in process.name():
                    postgresql += used.user + used.system
                else:
                    python += used.user + used.system
        return cls(python, postgresql)

    def since(self, before: "Effort", answers: int) -> dict[str, float]:
        """Milliseconds for each answer."""
        return {
            "python_ms": (self.python - before.python) * 1000 / answers,
            "postgresql_ms": (self.postgresql - before.postgresql) * 1000 / answers,
        }


def bare(subject: Subject, path: HotPath, connections: int, seconds: float) -> float:
    """The same SQL through pgbench: transactions a second."""
    buyer = subject.ground.buyers[0]
    share = int(BARE_PACE * seconds) // connections
    base = subject.add_orders(buyer, share * connections).start if path.consumes else 0
    values = {
        "first": subject.ground.first,
        "last": subject.ground.last,
        "buyer": buyer.id,
        "base": base,
        "share": share,
        "done": 0,
    }
    limit = [f"--transactions={share}"] if path.consumes else [f"--time={seconds:.0f}"]
    url = make_url(subject.url).set(drivername="postgresql")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(path.sql)
        script.flush()
        done = subprocess.run(
            [
                str(find_programs() / "pgbench"),
                *("--no-vacuum", "--protocol=prepared", f"--client={connections}"),
                *(f"--jobs={min(connections, 2)}", f"--file={script.name}"),
                *limit,
                *(f"--define={name}={value}" for name, value in values.items()),
                url.render_as_string(hide_password=False),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert done.returncode == 0, done.stderr
    assert found is not None
    return float(found[1])


class Results:
    def __init__(self) -> None:
        self.kept: defaultdict[tuple[str, str, int], defaultdict[str, list[float]]]
        self.kept = defaultdict(lambda: defaultdict(list))

    def add(self, key: tuple[str, str, int], **figures: float) -> None:
        for name, figure in figures.items():
            self.kept[key][name].append(figure)

    def rows(self) -> list[dict[str, Any]]:
        """A row for each path and number of connections: medians."""
        return [
            {"revision": revision, "path": path, "connections": connections}
            | {name: round(median(found), 3) for name, found in figures.items()}
            for (revision, path, connections), figures in self.kept.items()
        ]


def measure(
    subject: Subject, path: HotPath, connections: int, seconds: float, results: Results
) -> None:
    key = (subject.name, path.name, connections)
    load, effort = ask(subject, path, connections, seconds)
    limit = bare(subject, path, connections, seconds)
    rate = load.rate / path.requests
    results.add(
        key,
        rate=rate,
        p50=load.p50,
        p99=load.p99,
        generator_cpu=load.cpu,
        bare=limit,
        share=rate / limit,
        **effort,
    )
    if connections == FAIR_AT and subject.name != "large":
        with Burner(load.cpu):
            fair = bare(subject, path, connections, seconds)
        results.add(key, fair=fair, fair_share=rate / fair)


def as_table(rows: list[dict[str, Any]]) -> str:
    revisions = len({row["revision"] for row in rows})
    columns = "requests/s | p50 ms | p99 ms | Python ms | SQL ms | pgbench/s"
    lines = [
        f"| path | at once | {columns} | share | fair |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        name = f"{row['path']} ({row['revision']})" if revisions > 1 else row["path"]
        fair = f"{row['fair_share']:.1%}" if "fair_share" in row else ""
        lines.append(
            f"| {name} | {row['connections']} | {row['rate']:,.0f} | {row['p50']:.1f}"
            f" | {row['p99']:.1f} | {row['python_ms']:.2f} | {row['postgresql_ms']:.2f}"
            f" | {row['bare']:,.0f} | {row['share']:.1%} | {fair} |"
        )
    return "\n".join(lines)


def growth_table(rows: list[dict[str, Any]]) -> str:
    """How much slower each path is in the large shop than in the small one."""
    found = {
        (row["revision"], row["path"], row["connections"]): row
        for row in rows
        if row["revision"] in {"this", "large"}
    }
    lines = [
        "| path | at once | small/s | large/s | times slower | p50 ms, small | large |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for (revision, path, connections), large in found.items():
        if revision != "large":
            continue
        small = found["this", path, connections]
        lines.append(
            f"| {path} | {connections} | {small['rate']:,.0f} | {large['rate']:,.0f}"
            f" | {small['rate'] / large['rate']:.2f}"
            f" | {small['p50']:.1f} | {large['p50']:.1f} |"
        )
    return "\n".join(lines)


@contextmanager
def checkout_of(revision: str, folder: Path) -> Iterator[Path]:
    """The files of another revision, as long as they are needed."""
    where = folder / "checkout"
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", where, revision], check=True)
    try:
        yield where
    finally:
        subprocess.run([*git, "remove", "--force", where], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--connections", type=int, nargs="+", default=CONNECTIONS)
    parser.add_argument("--only", help="paths whose names contain this")
    parser.add_argument("--against", metavar="REV", help="another revision")
    parser.add_argument(
        "--growth", action="store_true", help="a hundred times as large a shop as well"
    )
    parser.add_argument("--shops", type=Path, help="a folder to keep shops in")
    parser.add_argument("--save", type=Path, help="a file for the figures, as JSON")
    chosen = parser.parse_args()
    size = [f"--orders={chosen.orders}", f"--products={chosen.products}"]
    results = Results()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        scratch.chmod(0o755)  # An embedded server of root's runs as another account.
        shops = chosen.shops or scratch
        wanted_shops = [("this", ROOT, size, shops / "this")]
        if chosen.against:
            checkout = stack.enter_context(checkout_of(chosen.against, scratch))
            shop = scratch / chosen.against
            wanted_shops.append((chosen.against, checkout, size, shop))
        if chosen.growth:
            wanted_shops.append(("large", ROOT, LARGE, shops / "large"))
        subjects = [
            stack.enter_context(prepared(name, checkout, folder, large))
            for name, checkout, large, folder in wanted_shops
        ]
        wanted = [path for path in paths() if (chosen.only or "") in path.name]
        for number in range(chosen.rounds):
            for path in wanted:
                for connections in chosen.connections:
                    for subject in subjects:
                        measure(subject, path, connections, chosen.seconds, results)
                print(f"round {number + 1}: {path.name}", file=sys.stderr, flush=True)
                if chosen.save:  # What is measured is not lost with what is not.
                    kept = json.dumps(results.rows(), indent=1)
                    chosen.save.write_text(kept + "\n")
            for subject in subjects:
                vacuum(subject.engine)
    rows = results.rows()
    print(as_table([row for row in rows if row["revision"] != "large"]))
    if chosen.growth:
        print(growth_table(rows))


if __name__ == "__main__":
    main()
