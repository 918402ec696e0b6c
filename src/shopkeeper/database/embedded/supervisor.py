"""Keeps one PostgreSQL server running for as long as this process lives."""

import contextlib
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psycopg
import structlog

from shopkeeper.database.embedded import launch
from shopkeeper.database.embedded.account import Account
from shopkeeper.database.embedded.cluster import describe_failure, recover_from_crash
from shopkeeper.database.embedded.errors import EmbeddedServerError

log = structlog.get_logger(__name__)

START_SECONDS = 300.0  # Recovery after a crash reads up to max_wal_size of log.
STOP_SECONDS = 60.0
RESTART_PAUSE_SECONDS = 0.5


@dataclass
class Supervisor:
    """Starts the server, starts it again if it dies, stops it when told to.

    All is done by one thread that lives as long as the process: on Linux the
    server is told to stop when the thread that started it ends.
    """

    programs: Path
    folder: Path
    sockets: Path
    conninfo: str
    logfile: Path
    account: Account | None
    options: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(
            target=self._supervise, name="postgresql-supervisor", daemon=True
        )

    def start(self) -> None:
        """Start the server and return when it answers.

        Raises:
            EmbeddedServerError: If it does not start.
        """
        self._thread.start()
        self._settled.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Shut the server down, cleanly, and return when it has ended."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def pid(self) -> int | None:
        """The process id of the server now running."""
        return self._process.pid if self._process else None

    def _supervise(self) -> None:
        with self.logfile.open("ab") as output:
            try:
                self._launch(output)
            except Exception as error:  # noqa: BLE001  # Raised again by start().
                self._failure = error
                self._shut_down()
                return
            finally:
                self._settled.set()
            while not self._stopping.wait(0.1):
                self._restart_if_dead(output)
        self._shut_down()

    def _restart_if_dead(self, output: IO[bytes]) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        log.error("postgresql_died", log=str(self.logfile))
        try:
            self._launch(output)
        except (EmbeddedServerError, OSError) as error:
            log.error("postgresql_restart_failed", reason=str(error))  # noqa: TRY400  # The reason is the server's own log.
            self._stopping.wait(RESTART_PAUSE_SECONDS)
        else:
            log.warning("postgresql_restarted", pid=self.pid)

    def _launch(self, output: IO[bytes]) -> None:
        self._close_pipe()
        recover_from_crash(self.folder)
        for leftover in self.sockets.glob(".s.PGSQL.*"):
            leftover.unlink()
        program = [str(self.programs / "postgres"), "-D", str(self.folder)]
        for name, value in self.options.items():
            program += ["-c", f"{name}={value}"]
        self._process = launch.start(program, self.account, self.folder, output)
        self._wait_until_it_answers(self._process)

    def _wait_until_it_answers(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and not self._stopping.is_set():
            if process.poll() is not None:
                raise EmbeddedServerError(describe_failure(self.logfile, process))
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.conninfo, connect_timeout=5).close()
                return
            time.sleep(0.02)
        if not self._stopping.is_set():
            raise EmbeddedServerError(
                f"The embedded PostgreSQL did not answer within {START_SECONDS:.0f} s;"
                f" its log is {self.logfile}."
            )

    def _shut_down(self) -> None:
        process = self._process
        if process is None:
            return
        for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if process.poll() is None:
                process.send_signal(request)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
                break
        self._close_pipe()

    def _close_pipe(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
