"""One server per data folder: this process starts it, or joins another's."""

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from shopkeeper.database.embedded.account import Account, choose_account
from shopkeeper.database.embedded.binaries import find_programs
from shopkeeper.database.embedded.cluster import (
    DATABASE,
    RUNTIME_ROLE,
    SUPERUSER,
    make_cluster,
    write_password,
)
from shopkeeper.database.embedded.data_dir import DataDir
from shopkeeper.database.embedded.errors import EmbeddedServerError
from shopkeeper.database.embedded.supervisor import Supervisor

# The shortest limit of sun_path in use (BSD, macOS: 104 bytes, Linux: 108).
MAX_SOCKET_PATH = 103
SOCKET_NAME = ".s.PGSQL.5432"
MAX_LOG_BYTES = 10 * 1024 * 1024
JOIN_SECONDS = 30.0
LOCK_SECONDS = 2.0
OPTIONS = {
    "listen_addresses": "",
    "log_timezone": "UTC",
    "timezone": "UTC",
    # The log is for the operator of a shop, not of a database.
    "log_checkpoints": "off",
    # Details and statements of errors hold what people have typed.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


@contextlib.contextmanager
def own_server(
    root: Path, max_connections: int = 100, options: dict[str, str] | None = None
) -> Iterator[str]:
    """Run the server of this data folder and give its URL for SQLAlchemy.

    Raises:
        EmbeddedServerError: If another process runs it already, or it fails.
    """
    data = _open_data_dir(root)
    with _hold(data.lock, LOCK_SECONDS):
        yield from _run(data, max_connections, options or {})


@contextlib.contextmanager
def shared_server(root: Path) -> Iterator[str]:
    """Join the server that runs on this data folder, or run it meanwhile."""
    data = _open_data_dir(root)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(_hold(data.lock, 0))
        except EmbeddedServerError:
            yield _join(data)
        else:
            yield from _run(data, 100, {})


def _open_data_dir(root: Path) -> DataDir:
    root = root.resolve()
    try:
        if not root.exists():
            # Root's PostgreSQL runs under another account, which must pass through.
            root.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise EmbeddedServerError(
            f"DATA_DIR {root} cannot be made: {error.strerror}."
        ) from error
    if not os.access(root, os.W_OK | os.X_OK):
        raise EmbeddedServerError(f"DATA_DIR {root} is not writable for this user.")
    return DataDir(root)


@contextlib.contextmanager
def _hold(lock: Path, seconds: float) -> Iterator[None]:
    """Hold the lock; wait a moment for a process that is just dying with it."""
    with lock.open("a+") as handle:
        deadline = time.monotonic() + seconds
        while not _try_to_lock(handle):
            if time.monotonic() > deadline:
                raise EmbeddedServerError(_busy(lock, handle))
            time.sleep(0.05)
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def _try_to_lock(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _busy(lock: Path, handle: IO[str]) -> str:
    handle.seek(0)
    holder = handle.read().strip() or "unknown"
    return (
        f"Another Shopkeeper (process {holder}) is running on {lock.parent}."
        " Stop it first, or give this one a DATA_DIR of its own."
    )


def _run(data: DataDir, max_connections: int, options: dict[str, str]) -> Iterator[str]:
    programs = find_programs()
    account = choose_account(data.cluster)
    make_cluster(programs, data.cluster, data.password, account)
    if data.logfile.exists() and data.logfile.stat().st_size > MAX_LOG_BYTES:
        data.logfile.replace(data.logfile.with_suffix(".log.1"))
    _forget_sockets(data)
    sockets = _make_sockets_folder(data, account)
    password = data.password.read_text()
    supervisor = Supervisor(
        programs=programs,
        folder=data.cluster,
        sockets=sockets,
        conninfo=_conninfo(sockets, password, "postgres"),
        logfile=data.logfile,
        account=account,
        options=OPTIONS
        | {
            "unix_socket_directories": f'"{sockets}"',
            "max_connections": str(max_connections),
        }
        | options,
    )
    try:
        supervisor.start()
        _make_database(_conninfo(sockets, password, "postgres"))
        _make_runtime_role(_conninfo(sockets, password, DATABASE), data)
        _write_privately(data.running, json.dumps({"sockets": str(sockets)}))
        yield _url(sockets, password)
    finally:
        supervisor.stop()
        _forget_sockets(data)


def _make_sockets_folder(data: DataDir, account: Account | None) -> Path:
    path = data.sockets
    too_long = len(os.fsencode(path / SOCKET_NAME)) > MAX_SOCKET_PATH
    # libpq takes a comma in a host for the end of it.
    if too_long or any(character in str(path) for character in ',"\\'):
        path = Path(tempfile.mkdtemp(prefix="shopkeeper-"))
        _write_privately(data.running, json.dumps({"sockets": str(path)}))
    path.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(path, account.uid, account.gid)
    return path


def _forget_sockets(data: DataDir) -> None:
    """Remove the sockets of the last run, wherever they were."""
    recorded = _read_running(data).get("sockets")
    data.running.unlink(missing_ok=True)
    for folder in {data.sockets, Path(recorded) if recorded else data.sockets}:
        if folder == data.sockets or folder.name.startswith("shopkeeper-"):
            shutil.rmtree(folder, ignore_errors=True)


def _read_running(data: DataDir) -> dict[str, Any]:
    try:
        running = json.loads(data.running.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    except PermissionError as error:
        raise EmbeddedServerError(
            f"{data.running} belongs to another user; start Shopkeeper as that user."
        ) from error
    return running if isinstance(running, dict) else {}


def _join(data: DataDir) -> str:
    deadline = time.monotonic() + JOIN_SECONDS
    while True:
        sockets = _read_running(data).get("sockets")
        if sockets and data.password.exists():
            password = data.password.read_text()
            conninfo = _conninfo(Path(sockets), password, DATABASE)
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(conninfo, connect_timeout=5).close()
                return _url(Path(sockets), password)
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"Another Shopkeeper holds {data.root}, but its PostgreSQL has not"
                f" answered for {JOIN_SECONDS:.0f} s."
            )
        time.sleep(0.05)


def _make_database(conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        exists = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
        if not exists:
            connection.execute(
                sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE))
            )


def _make_runtime_role(conninfo: str, data: DataDir) -> None:
    """The role that the shop runs as, with the password of its file."""
    write_password(data.runtime_password)
    role = sql.Identifier(RUNTIME_ROLE)
    password = sql.Literal(data.runtime_password.read_text())
    with psycopg.connect(conninfo, autocommit=True) as connection:
        exists = connection.execute(
            "SELECT 1 FROM pg_roles WHERE rolname = %s", [RUNTIME_ROLE]
        ).fetchone()
        if not exists:
            connection.execute(sql.SQL("CREATE ROLE {}").format(role))
        connection.execute(
            sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, password)
        )


def runtime_url(root: Path, url: str) -> str:
    """How the shop itself reaches the server of this data folder.

    Args:
        root: The data folder.
        url: How its owner does.
    """
    password = DataDir(root.resolve()).runtime_password.read_text()
    runtime = make_url(url).set(username=RUNTIME_ROLE, password=password)
    return runtime.render_as_string(hide_password=False)


def _conninfo(sockets: Path, password: str, database: str) -> str:
    return psycopg.conninfo.make_conninfo(
        host=str(sockets), user=SUPERUSER, password=password, dbname=database
    )


def _url(sockets: Path, password: str) -> str:
    return URL.create(
        "postgresql+psycopg",
        username=SUPERUSER,
        password=password,
        database=DATABASE,
        query={"host": str(sockets)},
    ).render_as_string(hide_password=False)


def _write_privately(path: Path, text: str) -> None:
    beside = path.with_name(path.name + ".new")
    beside.touch(mode=0o600)
    beside.write_text(text)
    beside.replace(path)
