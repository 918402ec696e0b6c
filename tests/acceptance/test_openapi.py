"""The API fuzzed against its own OpenAPI document, all checks on, within bounds.

It has to get as far as executing and refunding orders, or it has shown little.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from testing.histories import is_long
from testing.real_server import PASSWORD, HttpClient, RealServer, running

PROJECT = Path(__file__).parents[2]

EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "8" if is_long() else "3")


def test_the_server_does_what_its_document_says(tmp_path: Path) -> None:
    server = RealServer(tmp_path / "shop" / "data", settings={"TRUSTED_PROXIES": "1"})
    with running(server):
        admin = server.admin()
        admin.call("POST", "/categories/add", 201, json={"name": "Stationery"})
        for name in ("Pen", "Ink", "Paper"):
            pen = {"name": name, "quantity": 10**6, "price": "2", "cost": "1"}
            pen |= {"category": "Stationery"}
            admin.call("POST", "/products/add", 201, json=pen)

        fuzzed = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run"),
                f"{server.url}/openapi.json",
                *("--checks", "all"),
                *("--max-examples", EXAMPLES),
                *("--max-failures", "20"),
                *("--seed", os.environ.get("FUZZ_SEED", "20261122")),
            ],
            cwd=PROJECT,
            env=os.environ
            | {
                "SCHEMATHESIS_HOOKS": "tests.acceptance.fuzz_hooks",
                "PYTHONPATH": str(PROJECT),
                "SHOP_URL": server.url,
                "SHOP_EMAIL": "admin@example.com",
                "SHOP_PASSWORD": PASSWORD,
            },
            capture_output=True,
            text=True,
            timeout=900 + 20 * int(EXAMPLES),
            check=False,
        )
        # From elsewhere, with a new login: the first has made room for others.
        admin.session.headers["X-Forwarded-For"] = "192.0.2.7"
        admin.log_in("admin@example.com")
        made = orders_by_status(admin)
        admin.close()
        log = server.log.read_text()

    told = "\n".join(line[:400] for line in fuzzed.stdout.splitlines())
    assert fuzzed.returncode == 0, told[-20000:] + fuzzed.stderr[-2000:]
    assert "unexpected_error" not in log
    sys.stdout.write(f"orders by status: {dict(made)}\n")
    # That it all came to what the API is for.
    refunded = made["refunded"] + made["partially_refunded"]
    assert made.total() >= 20, made
    assert made["executed"] + refunded >= 5, made
    assert refunded >= 2, made


def orders_by_status(admin: HttpClient) -> Counter[str]:
    """How many orders there are in each state; the account may still see them all."""
    found: Counter[str] = Counter()
    path = "/orders?limit=100"
    while path:
        page = admin.call("GET", path, 200)
        found.update(order["status"] for order in page["items"])
        cursor = page["next_cursor"]
        path = f"/orders?limit=100&cursor={cursor}" if cursor else ""
    return found
