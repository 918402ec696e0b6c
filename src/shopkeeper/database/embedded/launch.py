"""Starting PostgreSQL programs through the launcher."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

from shopkeeper.database.embedded.account import Account, can_reach
from shopkeeper.utils.environment import harmless_environment

LAUNCHER = Path(__file__).with_name("launcher.py")


def start(
    program: list[str], account: Account | None, data: Path, log: IO[bytes]
) -> "subprocess.Popen[bytes]":
    """Start a server that stops when the thread calling this ends."""
    return subprocess.Popen(  # noqa: S603  # The program is one of ours.
        _command(program, account, data, stop_with_parent=True),
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        env=_environment(),
        # Ctrl-C in a terminal reaches the supervisor alone, which decides.
        start_new_session=True,
        cwd="/",
    )


def run(
    program: list[str], account: Account | None
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end."""
    return subprocess.run(  # noqa: S603  # The program is one of ours.
        _command(
            program,
            account,
            Path(program[2]),
            # Elsewhere it would take a pipe held open; it ends soon by itself.
            stop_with_parent=sys.platform == "linux",
        ),
        capture_output=True,
        text=True,
        check=False,
        env=_environment(),
        cwd="/",
    )


def _command(
    program: list[str], account: Account | None, data: Path, *, stop_with_parent: bool
) -> list[str]:
    orders: dict[str, Any] = {
        "program": program,
        "parent": os.getpid(),
        "stop_with_parent": stop_with_parent,
        "uid": account.uid if account else None,
        "gid": account.gid if account else None,
        "through_closed_folders": account is not None
        and not all(can_reach(account, path) for path in (Path(program[0]), data)),
    }
    return [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(orders)]


def _environment() -> dict[str, str]:
    """Without secrets, and what would tell PostgreSQL something else than we do."""
    return harmless_environment() | {"TZ": "UTC", "LC_ALL": "C"}
