"""The README's tour, pasted into a shell: every line works, and says what it should."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from testing.real_server import RealServer, running

from shopkeeper.audit.repository.snapshot import CHECKS

PROJECT = Path(__file__).parents[2]


def tour() -> str:
    text = (PROJECT / "README.md").read_text()
    chapters = (
        "## Five minutes with curl",
        "## Import your catalogue",
        "## Know your profit",
        "## Check the books",
    )
    sections = [text.partition(name)[2].partition("\n## ")[0] for name in chapters]
    return "\n".join(re.findall(r"```bash\n(.*?)```", "".join(sections), re.DOTALL))


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_the_tour_does_what_it_says(tmp_path: Path) -> None:
    # The command stands in .venv/bin where the README's reader has it.
    script = tour().replace(".venv/bin/shopkeeper", f"{sys.executable} -m shopkeeper")
    with running(RealServer(tmp_path / "shop" / "data")) as server:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=server.environment | {"PATH": os.environ["PATH"]},
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert done.returncode == 0, done.stdout + done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines() if line[0] == "{"]
    dry, imported, template = [answer for answer in answers if "dry_run" in answer]
    assert (dry["created"], imported["created"]) == (2, 2)
    first, again = [answer for answer in answers if answer.get("status") == "executed"]
    assert first == again
    assert first["total"] == "56.00"
    assert first["location"] == "Ireland"
    profit = next(answer for answer in answers if "total_profit" in answer)
    assert profit["number_of_executed_orders"] == 1
    assert profit["total_revenue"] == "50.40"
    assert profit["total_cost"] == "12.8250"
    sales = next(a for a in answers if "products" in a.get("items", [{}])[0])
    assert sales["items"][0]["products"][0]["quantity_sold"] == 18
    # The chapter on the books.
    ledger = next(a for a in answers if "delta" in a.get("items", [{}])[0])
    assert [item["delta"] for item in ledger["items"]] == [100, 2, -20, 400]
    assert f"{len(CHECKS)} promises checked: all kept." in done.stdout
    # The chapter on profit.
    received = next(a for a in answers if a.get("cost") == "0.7514")
    assert received["quantity"] == 482
    series = next(a for a in answers if "granularity" in a)
    assert series["total"]["profit"] == profit["total_profit"]
    shelves = next(a for a in answers if "days_of_cover" in a)
    # 382 pens at 0.7125 and 100 at 0.90, 25 organisers, 12 fountain pens.
    assert shelves["value_at_cost"] == "1232.0750"
    assert "start,end,orders,units,revenue,cost,profit,refunds" in done.stdout
    shirt = next(a for a in answers if a.get("name") == "Ink blot T-shirt")
    assert [each["title"] for each in shirt["variants"]] == ["S", "M", "L"]
    (line,) = next(a for a in answers if a.get("country_code") == "PL")["items"]
    assert (line["variant_title"], line["sku"]) == ("M", "TS-M")
    # The chapter on imports.
    assert (template["created"], template["unchanged"]) == (1, 0)
    bad_row = "Blotting paper;many;3,20;Paper;3;quantity: must be a whole number"
    assert bad_row in done.stdout
    told = [line for line in done.stdout.splitlines() if "rows: " in line]
    unchanged = "7 rows: 0 created, 0 updated, 7 unchanged, 0 rejected."
    assert told == [
        f"{unchanged} This was a dry run: nothing was written.",
        unchanged,
    ]
