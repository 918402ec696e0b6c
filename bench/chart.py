"""A chart of what `bench/speed.py` has measured.

    .venv/bin/python -m bench.chart docs/performance.json docs/performance.png

Bars tell how near each hot path comes to pgbench with as many connections; a
line across a bar is its goal.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
from bench.hot_paths import paths

mpl.use("Agg")
from matplotlib import pyplot as plt  # It takes the backend that is set.

AT_ONCE = 8
GOALS = {path.name: path.goal for path in paths()}
COLOURS = ["#9aa5b1", "#1f6feb"]


def draw(rows: list[dict[str, Any]], file: Path) -> None:
    """Draw the rows with eight connections, the older revision first."""
    shown = [
        row
        for row in rows
        if row["connections"] == AT_ONCE and row["revision"] != "large"
    ]
    revisions = sorted({row["revision"] for row in shown}, key=lambda r: r == "this")
    names = [name for name in GOALS if any(row["path"] == name for row in shown)]
    figure, axes = plt.subplots(figsize=(9, 5.5), layout="constrained")
    height = 0.8 / len(revisions)
    for number, revision in enumerate(revisions):
        found = {row["path"]: row for row in shown if row["revision"] == revision}
        at = [place + number * height for place in range(len(names))]
        shares = [found[name]["fair_share"] * 100 for name in names]
        label = "now" if revision == "this" else f"before ({revision})"
        colour = COLOURS[-1 if revision == "this" else 0]
        bars = axes.barh(at, shares, height, label=label, color=colour)
        rates = [f"{found[name]['rate']:,.0f}/s" for name in names]
        axes.bar_label(bars, rates, padding=3, fontsize=8)
    for place, name in enumerate(names):
        goal = GOALS[name]
        if goal is not None:
            low = place - height / 2
            axes.vlines(goal * 100, low, low + 0.8, color="#d1242f", linewidth=2)
    middle = (len(revisions) - 1) * height / 2
    axes.set_yticks([place + middle for place in range(len(names))], names)
    axes.invert_yaxis()
    axes.set_xlim(0, 110)
    axes.set_xlabel(
        "% of pgbench with the same SQL, 8 connections (red: the goal), and answers/s"
    )
    axes.legend(loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=110, metadata={"Software": None})
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("figures", type=Path, help="what --save has written")
    parser.add_argument("file", type=Path, help="the PNG to write")
    chosen = parser.parse_args()
    draw(json.loads(chosen.figures.read_text()), chosen.file)


if __name__ == "__main__":
    main()
