"""Points at which a process ends: those that a test names, and no others."""

import subprocess
import sys
from pathlib import Path

import pytest

COME_TO_IT = """
from shopkeeper.utils.faults import fault_point, spare_this_process
{before}
fault_point("execute.charged")
print("went on")
"""


def come_to_it(folder: Path | None, before: str = "") -> tuple[int, str]:
    """The status and the words of a process that comes to a point."""
    given = {"FAULT_POINTS": str(folder)} if folder else {}
    ended = subprocess.run(
        [sys.executable, "-c", COME_TO_IT.format(before=before)],
        env={"JWT_SECRET_KEY": "k" * 40, **given},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout


def test_a_process_ends_where_it_is_told_to(tmp_path: Path) -> None:
    point = tmp_path / "execute.charged"
    point.touch()

    assert come_to_it(tmp_path) == (-9, "")
    assert not point.exists()
    assert come_to_it(tmp_path) == (0, "went on\n")


@pytest.mark.parametrize("before", ["", "spare_this_process()"])
def test_it_goes_on_where_nobody_asks(tmp_path: Path, before: str) -> None:
    (tmp_path / "execute.settled").touch()

    assert come_to_it(tmp_path, before) == (0, "went on\n")
    assert come_to_it(None) == (0, "went on\n")


def test_what_starts_others_is_spared(tmp_path: Path) -> None:
    point = tmp_path / "execute.charged"
    point.touch()

    assert come_to_it(tmp_path, "spare_this_process()") == (0, "went on\n")
    assert point.exists()
