"""A real server process, as `script/server` starts it, and clients of it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

# Not the example of the OpenAPI document, which fuzzed requests are made of.
PASSWORD = "velvet-harbour-sixpence"
START_SECONDS = 60
# An idle connection is closed by the server after 15 seconds. A client that sends in
# that very moment is cut off and cannot tell whether it was heard: it is not to try.
IDLE_SECONDS = 10
SHOPKEEPER = [sys.executable, "-m", "shopkeeper"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class RealServer:
    """`shopkeeper serve` on a data folder, in a process of its own."""

    data_dir: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.log = self.data_dir.with_suffix(".log")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in {"JWT_SECRET_KEY", "DATABASE_URL"}
        }
        return inherited | {
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "WORKERS": "2",
            "PASSWORD_HASH_COST": "14",
            # A crowd of one address, and a week of orders in a minute.
            "REGISTRATIONS_PER_HOUR": "1000000",
            "LOGINS_PER_HOUR": "1000000",
            "ORDERS_PER_HOUR": "100000000",
            "DECLINES_PER_HOUR": "1000000",
            "DECLINES_PER_ORDER": "1000",
            "PAYMENTS_AT_ONCE": "1000",
            **self.settings,
        }

    def start(self) -> None:
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*SHOPKEEPER, "serve"],
                env=self.environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def is_ready(self) -> bool:
        try:
            return (
                requests.get(f"{self.url}/health/ready", timeout=5).status_code == 200
            )
        except requests.ConnectionError:
            return False

    def stop(self, request: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(request)
        return self.process.wait(60)

    def command(
        self, *arguments: str, typed: str = "", patience: float = 120
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*SHOPKEEPER, *arguments],
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )

    def admin(self, email: str = "admin@example.com") -> "HttpClient":
        """Make an admin on the command line and log in."""
        made = self.command(
            "create-admin",
            f"--email={email}",
            "--name=The Admin",
            "--password-stdin",
            typed=PASSWORD + "\n",
        )
        assert made.returncode == 0, made.stderr
        client = HttpClient(self.url)
        client.log_in(email)
        return client


@contextlib.contextmanager
def running(server: RealServer) -> Iterator[RealServer]:
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()


class HttpClient:
    """A client over real HTTP, which insists on what it expects."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.last_sent = time.monotonic()

    def close(self) -> None:
        self.session.close()

    def register(self, email: str) -> None:
        body = {"email": email, "password": PASSWORD, "full_name": "A Customer"}
        self.call("POST", "/users/add", 201, json=body)

    def log_in(self, email: str) -> None:
        body = {"email": email, "password": PASSWORD}
        tokens = self.call("POST", "/users/login", 200, json=body)
        self.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        if time.monotonic() - self.last_sent > IDLE_SECONDS:
            self.session.close()  # Its connections; it goes on with new ones.
        try:
            return self.session.request(method, self.url + path, timeout=60, **options)
        finally:
            self.last_sent = time.monotonic()

    def call(self, method: str, path: str, status: int = 200, **options: Any) -> Any:
        answer = self.send(method, path, **options)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def items(self, path: str) -> Iterator[Any]:
        """All items of a list, page by page."""
        page = self.call("GET", path)
        while True:
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            mark = "&" if "?" in path else "?"
            page = self.call("GET", f"{path}{mark}cursor={page['next_cursor']}")
