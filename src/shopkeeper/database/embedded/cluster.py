"""The data folder of the embedded server: made once, mended after crashes."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from shopkeeper.database.embedded import launch
from shopkeeper.database.embedded.account import Account
from shopkeeper.database.embedded.errors import EmbeddedServerError

SUPERUSER = "shopkeeper"
# What the shop runs as; the superuser only makes and migrates its database.
RUNTIME_ROLE = "shopkeeper_runtime"
DATABASE = "shopkeeper"
UNFINISHED = ".unfinished-"
ORPHAN_SHUTDOWN_SECONDS = 60.0


def make_cluster(
    programs: Path, folder: Path, password: Path, account: Account | None
) -> None:
    """Make the data folder with `initdb`, unless it is there.

    It is made beside its place and renamed, so that a folder under its final
    name is always whole, whenever the making was interrupted.
    """
    for leftover in folder.parent.glob(folder.name + UNFINISHED + "*"):
        shutil.rmtree(leftover, ignore_errors=True)
    if (folder / "PG_VERSION").exists():
        return
    write_password(password)
    # An earlier initdb may still be dying in a folder of its own.
    unfinished = Path(
        tempfile.mkdtemp(prefix=folder.name + UNFINISHED, dir=folder.parent)
    )
    made_in = unfinished / "cluster"
    made_in.mkdir(mode=0o700)
    # initdb reads the password under the account it runs as.
    readable = unfinished / "password"
    readable.touch(mode=0o600)
    readable.write_text(password.read_text())
    if account is not None:
        for path in (unfinished, made_in, readable):
            os.chown(path, account.uid, account.gid)
    command = [
        str(programs / "initdb"),
        "--pgdata", str(made_in),
        "--username", SUPERUSER,
        "--pwfile", str(readable),
        "--auth", "scram-sha-256",
        "--encoding", "UTF8",
        "--locale-provider", "builtin",
        "--builtin-locale", "C.UTF-8",
        "--locale", "C",
        "--data-checksums",
    ]  # fmt: skip
    made = launch.run(command, account)
    if made.returncode != 0:
        raise EmbeddedServerError(
            f"PostgreSQL's initdb failed in {made_in}:\n{made.stderr.strip()}"
        )
    made_in.rename(folder)
    shutil.rmtree(unfinished)


def write_password(password: Path) -> None:
    if password.exists() and password.read_text():
        return
    password.touch(mode=0o600)
    password.chmod(0o600)
    password.write_text(secrets.token_urlsafe(32))


def recover_from_crash(folder: Path) -> None:
    """Make the folder startable, whatever was killed when.

    The caller holds the lock on DATA_DIR, so a server still running here has
    lost its supervisor: it is stopped. A pid file that names a process of
    somebody else (the number was used again) or nothing at all would make
    PostgreSQL refuse to start.

    Raises:
        EmbeddedServerError: If an orphaned server does not stop.
    """
    started = time.monotonic()
    request = signal.SIGINT  # A fast shutdown; half-way, an immediate one.
    _signal_all(folder, request)
    while orphans := list(_servers_on(folder)):
        waited = time.monotonic() - started
        if waited > ORPHAN_SHUTDOWN_SECONDS:
            pids = ", ".join(str(process.pid) for process in orphans)
            raise EmbeddedServerError(
                f"A PostgreSQL of an earlier run does not stop (process {pids})."
            )
        if waited > ORPHAN_SHUTDOWN_SECONDS / 2 and request != signal.SIGQUIT:
            request = signal.SIGQUIT
            _signal_all(folder, request)
        time.sleep(0.02)
    _disown_pid_file(folder / "postmaster.pid")


def _disown_pid_file(pid_file: Path) -> None:
    try:
        lines = pid_file.read_text().splitlines(keepends=True)
    except FileNotFoundError:
        return
    if not lines or not lines[0].strip().isdigit():
        pid_file.unlink()
    elif psutil.pid_exists(int(lines[0])):
        # PostgreSQL takes the pid of its own parent for a leftover, and still
        # checks the shared memory the other lines name; deleting the file
        # would skip that check.
        lines[0] = f"{os.getpid()}\n"
        pid_file.write_text("".join(lines))


def _signal_all(folder: Path, request: signal.Signals) -> None:
    for process in _servers_on(folder):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(request)


def _servers_on(folder: Path) -> Iterator[psutil.Process]:
    """Every PostgreSQL process whose working folder is this data folder."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.name().startswith("postgres") and _works_in(process, folder):
                yield process


def _works_in(process: psutil.Process, folder: Path) -> bool:
    link = Path(f"/proc/{process.pid}/cwd")
    # The link leads to the folder itself, where a path could be a namesake
    # in some container.
    return (link if link.exists() else Path(process.cwd())).samefile(folder)


def describe_failure(log: Path, process: "subprocess.Popen[Any]") -> str:
    """What the server's own log says of its end."""
    tail = log.read_text(errors="replace").splitlines()[-8:] if log.exists() else []
    return (
        f"The embedded PostgreSQL ended with status {process.returncode};"
        f" the end of {log}:\n" + "\n".join(tail)
    )
