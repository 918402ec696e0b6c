"""What `docs/promises.md` promises, on real processes, in small.

`bench/torture.py` does the same at full length. Each scenario is followed by
an audit, which has to be clean.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from testing.torture import scenarios as torture
from testing.torture.payment_states import payment_states
from testing.torture.shop import Torture, torture_shop

SEED = int(os.environ.get("TORTURE_SEED", "20261123"))

SCENARIOS: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (torture.sell_out, {"buyers": 40, "units": 10, "rounds": 2}),
    (torture.shuffled_lines, {"clients": 12, "seconds": 4}),
    (torture.one_key, {"requests_at_once": 100}),
    (torture.duels, {"rounds": 16}),
    (torture.many_refunds, {"refunds": 50}),
    (payment_states, {"orders": 20}),
    (torture.lost_answers, {"times": 40}),
    (torture.fault_points, {"rounds": 1}),
    (torture.kill_postgresql, {"times": 2, "clients": 6}),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Torture]:
    folder = tmp_path_factory.mktemp("promises")
    with torture_shop(folder / "torture", SEED) as shop:
        yield shop


@pytest.mark.parametrize(
    ("scenario", "scale"), SCENARIOS, ids=[s.__name__ for s, _ in SCENARIOS]
)
def test_it_is_kept(
    shop: Torture, scenario: Callable[..., Any], scale: dict[str, Any]
) -> None:
    scenario(shop, **scale)

    assert all(count >= 0 for count in shop.audit().values())
    assert 500 not in shop.statuses


def test_few_connections_serve_many_clients(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("few")
    few = {"DATABASE_POOL_SIZE": "5", "WORKERS": "1", "PAYMENT_GATEWAY": "invoice"}
    with torture_shop(folder / "torture", SEED, **few) as shop:
        figures = torture.few_connections(shop, clients=200)

        assert figures["live_seconds"] < 5
        shop.audit()
