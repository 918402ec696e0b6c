"""Hostile days in the life of a shop, at full length.

    .venv/bin/python bench/torture.py [--seed N] [--scale 1.0] [--only NAME ...]

Servers with the test gateway are started on embedded PostgreSQLs, and each
scenario of `tests/torture/` does its worst to one; after each, the audit has
to be clean. Prints the seed, and a table for `docs/promises.md`. Everything
runs on the loopback, and only processes started here are killed. `--scale
0.1` is a tenth of the full length.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from testing.torture import scenarios as torture
from testing.torture.payment_states import payment_states
from testing.torture.shop import Figures, Torture, torture_shop

Scenario = tuple[str, Callable[..., Figures], dict[str, Any]]
FEW = {"DATABASE_POOL_SIZE": "5", "WORKERS": "1", "PAYMENT_GATEWAY": "invoice"}


def scenarios(scale: float) -> list[Scenario]:
    def of(full: int) -> int:
        return max(1, round(full * scale))

    return [
        (
            "500 buyers, 10 units",
            torture.sell_out,
            {"buyers": max(20, of(500)), "units": 10, "rounds": of(20)},
        ),
        (
            "200 orders over the same 5 products, lines shuffled",
            torture.shuffled_lines,
            {"clients": max(8, of(200)), "seconds": of(120)},
        ),
        ("kill -9 at each fault point", torture.fault_points, {"rounds": of(20)}),
        (
            "kill -9 of PostgreSQL under load",
            torture.kill_postgresql,
            {"times": of(10), "clients": 16},
        ),
        ("answers lost by a proxy", torture.lost_answers, {"times": of(500)}),
        ("requests at once with one key", torture.one_key, {"requests_at_once": 100}),
        ("duels", torture.duels, {"rounds": of(100)}),
        (
            "actions, invoices due, refunds that return, rivals on each",
            payment_states,
            {"orders": max(20, of(500))},
        ),
        ("50 refunds at once", torture.many_refunds, {"refunds": 50}),
        (
            "pool of 5 connections, 200 clients",
            torture.few_connections,
            {"clients": 200},
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=random.randrange(10**8))
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", nargs="*", default=[])
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}, scale {chosen.scale}", flush=True)
    print("| scenario | figures | seconds | audited |\n|---|---|---|---|", flush=True)
    with _shop(chosen.seed) as shop, _shop(chosen.seed, **FEW) as small:
        for title, scenario, scale in scenarios(chosen.scale):
            if chosen.only and scenario.__name__ not in chosen.only:
                continue
            stage = small if scenario is torture.few_connections else shop
            began = time.monotonic()
            figures = scenario(stage, **scale)
            seconds = time.monotonic() - began
            told = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in figures.items())
            audited = stage.audit()["movements_follow_each_other"]
            print(
                f"| {title} | {told} | {seconds:.0f} | {audited} movements, clean |",
                flush=True,
            )
        statuses = sorted((shop.statuses + small.statuses).items())
        print("answers by status:", dict(statuses))


@contextmanager
def _shop(seed: int, **settings: str) -> Iterator[Torture]:
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user.
        with torture_shop(Path(folder) / "t", seed, **settings) as shop:
            yield shop


if __name__ == "__main__":
    main()
