"""The API fuzzed against its own OpenAPI document, all checks on, within bounds."""

import os
import subprocess
import sys
from pathlib import Path

from tests.real_server import PASSWORD, RealServer, running

PROJECT = Path(__file__).parents[2]


def test_the_server_does_what_its_document_says(tmp_path: Path) -> None:
    server = RealServer(tmp_path / "shop" / "data", settings={"TRUSTED_PROXIES": "1"})
    with running(server):
        admin = server.admin()
        admin.call("POST", "/categories/add", 201, json={"name": "Stationery"})
        pen = {"name": "Pen", "quantity": 9, "price": "2", "category": "Stationery"}
        admin.call("POST", "/products/add", 201, json=pen)
        admin.close()

        fuzzed = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run"),
                f"{server.url}/openapi.json",
                *("--checks", "all"),
                *("--max-examples", os.environ.get("FUZZ_EXAMPLES", "8")),
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
            timeout=900,
            check=False,
        )
        log = server.log.read_text()

    assert fuzzed.returncode == 0, fuzzed.stdout[-20000:] + fuzzed.stderr[-2000:]
    assert "unexpected_error" not in log
