"""The embedded PostgreSQL: made, found, stopped, killed, and found again."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from sqlalchemy import make_url

from shopkeeper.database.embedded import account, binaries, cluster, launcher, session
from shopkeeper.database.embedded.errors import EmbeddedServerError
from shopkeeper.database.embedded.session import own_server, shared_server
from shopkeeper.database.embedded.supervisor import Supervisor

OPTIONS = {"fsync": "off"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a cluster in it, that tests share one after another."""
    root = tmp_path_factory.mktemp("shop") / "data"
    with own_server(root, 20, OPTIONS):
        pass
    return root


def connect(url: str) -> "psycopg.Connection[Any]":
    plain = make_url(url).set(drivername="postgresql")
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)


def server_pid(root: Path) -> int:
    return int((root / "postgresql" / "postmaster.pid").read_text().split("\n")[0])


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def start_elsewhere(
    root: Path, then: str = "sys.stdin.read()"
) -> "subprocess.Popen[str]":
    """Another process that runs the server of a data folder."""
    program = f"""
        import os, signal, sys
        from pathlib import Path
        from shopkeeper.database.embedded.session import own_server
        with own_server(Path(sys.argv[1]), 20, {OPTIONS!r}) as url:
            print(url, flush=True)
            {then}
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_it_is_a_postgresql_18_as_we_want_it(made: Path) -> None:
    with own_server(made, 20, OPTIONS) as url, connect(url) as connection:

        def show(name: str) -> Any:
            row = connection.execute(f"SHOW {name}".encode()).fetchone()
            assert row is not None
            return row[0]

        assert show("server_version_num") >= "180000"
        assert show("data_checksums") == "on"
        assert show("listen_addresses") == ""
        assert show("server_encoding") == "UTF8"
        locale = connection.execute(
            "SELECT datlocprovider, datlocale FROM pg_database"
            " WHERE datname = current_database()"
        ).fetchone()
        assert locale == ("b", "C.UTF-8")


def test_only_who_knows_the_password_is_let_in(made: Path) -> None:
    with own_server(made, 20, OPTIONS) as url:
        stranger = make_url(url).set(password="wrong").render_as_string(False)

        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            connect(stranger)

    assert (made / "postgresql.password").stat().st_mode & 0o077 == 0
    assert (made / "postgresql").stat().st_mode & 0o077 == 0


def test_nothing_is_lost_between_starts(made: Path) -> None:
    with own_server(made, 20, OPTIONS) as url, connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (42)")
    with own_server(made, 20, OPTIONS) as url, connect(url) as connection:
        row = connection.execute("SELECT max(n) FROM kept").fetchone()

    assert row == (42,)


@pytest.mark.parametrize("name", ["with spaces in it", "x" * 120, 'odd,"name', "ünï"])
def test_it_runs_in_any_path(tmp_path: Path, name: str) -> None:
    with own_server(tmp_path / name / "data", 20, OPTIONS) as url:
        with connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        folder = Path(str(make_url(url).query["host"]))
        assert folder.stat().st_mode & 0o077 == 0

    assert not folder.exists()


def test_a_second_server_on_the_folder_is_refused(made: Path) -> None:
    with (
        own_server(made, 20, OPTIONS),
        pytest.raises(EmbeddedServerError, match=f"process {os.getpid()}"),
    ):
        own_server(made, 20, OPTIONS).__enter__()


def test_a_command_joins_the_server_that_runs(made: Path) -> None:
    with own_server(made, 20, OPTIONS) as running:
        pid = server_pid(made)
        with shared_server(made) as joined:
            assert joined == running
        assert server_pid(made) == pid
        with connect(running) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_command_runs_the_server_if_nobody_does(made: Path) -> None:
    with shared_server(made) as url, connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)

    assert not (made / "postgresql" / "postmaster.pid").exists()


def test_a_command_does_not_wait_for_ever(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "JOIN_SECONDS", 0.1)
    with own_server(made, 20, OPTIONS):
        (made / "postgresql.json").unlink()

        with pytest.raises(EmbeddedServerError, match="has not answered"):
            shared_server(made).__enter__()


def test_killing_the_process_stops_its_server_cleanly(made: Path) -> None:
    with start_elsewhere(made) as elsewhere:
        assert elsewhere.stdout is not None
        elsewhere.stdout.readline()
        pid = server_pid(made)
        elsewhere.kill()

    wait_until(lambda: not psutil.pid_exists(pid) or _is_zombie(pid))
    assert "database system is shut down" in (made / "postgresql.log").read_text()
    with own_server(made, 20, OPTIONS) as url, connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_start_right_after_a_kill_waits_for_the_orphan(made: Path) -> None:
    with start_elsewhere(made) as elsewhere:
        assert elsewhere.stdout is not None
        elsewhere.stdout.readline()
        elsewhere.kill()

        with own_server(made, 20, OPTIONS) as url, connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_killed_server_is_started_again_with_all_it_had(made: Path) -> None:
    with own_server(made, 20, {"fsync": "on"}) as url:
        with connect(url) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS acknowledged (n int)")
            connection.execute("INSERT INTO acknowledged VALUES (7)")
        killed = server_pid(made)
        os.kill(killed, signal.SIGKILL)

        def answers() -> bool:
            try:
                with connect(url) as connection:
                    row = connection.execute("SELECT max(n) FROM acknowledged")
                    return row.fetchone() == (7,)
            except psycopg.OperationalError:
                return False

        wait_until(answers)
        assert server_pid(made) != killed


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not a number\n",
        f"{os.getpid()}\n/nowhere\n1\n5432\n/nowhere\n\n",
        "1\n/nowhere\n1\n5432\n/nowhere\n\n",
        "999999999\n",
    ],
    ids=["empty", "no number", "our own process", "another process", "nobody"],
)
def test_a_stale_pid_file_is_recovered_from(made: Path, content: str) -> None:
    (made / "postgresql" / "postmaster.pid").write_text(content)

    with own_server(made, 20, OPTIONS) as url, connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_interrupted_making_is_begun_again(tmp_path: Path) -> None:
    root = tmp_path / "data"
    unfinished = root / "postgresql.unfinished-x" / "cluster"
    (unfinished / "base").mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    (root / "postgresql.password").write_text("")

    with own_server(root, 20, OPTIONS) as url, connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)

    assert not list(root.glob("*unfinished*"))


def test_a_server_that_cannot_start_says_why(made: Path) -> None:
    with pytest.raises(EmbeddedServerError, match="no_such_setting"):
        own_server(made, 20, {"no_such_setting": "1"}).__enter__()


def test_a_cluster_that_cannot_be_made_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "SUPERUSER", "pg_reserved")

    with pytest.raises(EmbeddedServerError, match="initdb failed"):
        own_server(tmp_path / "data", 20).__enter__()


def test_a_long_log_is_put_aside(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MAX_LOG_BYTES", 10)

    with own_server(made, 20, OPTIONS):
        pass

    assert (made / "postgresql.log.1").exists()


def test_a_broken_note_of_the_last_run_does_not_matter(made: Path) -> None:
    (made / "postgresql.json").write_text("{")
    with own_server(made, 20, OPTIONS):
        pass
    (made / "postgresql.json").write_text("[]")
    with own_server(made, 20, OPTIONS):
        note = json.loads((made / "postgresql.json").read_text())
        assert Path(note["sockets"]).is_dir()


def test_a_folder_that_is_not_ours_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)

    with pytest.raises(EmbeddedServerError, match="not writable"):
        own_server(tmp_path, 20).__enter__()


def test_without_the_wheel_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "find_spec", lambda _: None)

    with pytest.raises(EmbeddedServerError, match="Set DATABASE_URL"):
        binaries.find_programs()


# The launcher's way for systems that send no signal at a parent's death


def test_elsewhere_a_watcher_stops_the_server() -> None:
    program = """
        import os, signal, sys, time
        from shopkeeper.database.embedded import launcher
        launcher.stop_when_parent_dies(os.getppid(), "another system")
        signal.signal(signal.SIGINT, lambda *_: sys.exit(42))
        print("ready", flush=True)
        time.sleep(30)
    """
    watched = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert watched.stdout is not None
    assert watched.stdin is not None
    watched.stdout.readline()

    watched.stdin.close()

    assert watched.wait(10) == 42
    watched.stdout.close()


def test_a_parent_that_died_first_is_noticed() -> None:
    with pytest.raises(SystemExit):
        launcher.stop_when_parent_dies(parent=1 if os.getppid() != 1 else 2)


def test_a_supervisor_gives_up_on_a_server_that_never_answers(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopkeeper.database.embedded.supervisor.START_SECONDS", 0.3)
    sockets = Path(tempfile.mkdtemp(prefix="shopkeeper-"))
    sockets.chmod(0o777)
    supervisor = Supervisor(
        programs=binaries.find_programs(),
        folder=made / "postgresql",
        sockets=sockets,
        conninfo="host=/nowhere dbname=postgres",
        logfile=made / "postgresql.log",
        account=account.choose_account(made / "postgresql"),
        options={"listen_addresses": "", "unix_socket_directories": str(sockets)},
    )

    with pytest.raises(EmbeddedServerError, match="did not answer"):
        supervisor.start()

    supervisor.stop()
    sockets.rmdir()
    assert supervisor.pid is not None
    assert not psutil.pid_exists(supervisor.pid) or _is_zombie(supervisor.pid)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_root_passes_through_folders_closed_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)

    with own_server(tmp_path / "data", 20, OPTIONS) as url:
        with connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert psutil.Process(server_pid(tmp_path / "data")).uids().real != 0

    assert tmp_path.stat().st_mode & 0o077 == 0
