"""Keeping a worker running beside the server, and starting another if it dies."""

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import structlog

from shopkeeper.processes.worker import FINISH_WITHIN_SECONDS

log = structlog.get_logger(__name__)

COMMAND = [sys.executable, "-m", "shopkeeper", "worker"]
LOOK_SECONDS = 0.2
# A worker that dies at once is not started again at once.
SHORT_LIFE_SECONDS = 2.0


@contextlib.contextmanager
def kept_worker() -> Iterator[None]:
    """A worker, as long as the context lasts."""
    done = threading.Event()
    # The worker's death signal follows this thread, which lives as long as we do.
    thread = threading.Thread(target=_keep, args=(done,), name="worker-keeper")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _keep(done: threading.Event) -> None:
    while not done.is_set():
        started = time.monotonic()
        worker = subprocess.Popen(COMMAND, stdin=subprocess.DEVNULL)  # noqa: S603  # Ours.
        while worker.poll() is None and not done.wait(LOOK_SECONDS):
            pass
        if done.is_set():
            _stop(worker)
            return
        log.warning("worker_died", status=worker.returncode)
        if time.monotonic() - started < SHORT_LIFE_SECONDS:
            done.wait(SHORT_LIFE_SECONDS)


def _stop(worker: "subprocess.Popen[bytes]") -> None:
    worker.send_signal(signal.SIGTERM)
    try:
        worker.wait(FINISH_WITHIN_SECONDS + 5)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
