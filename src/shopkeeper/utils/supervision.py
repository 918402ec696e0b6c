"""Processes under one that started them: none outlives it, and some are kept."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence

import structlog

log = structlog.get_logger(__name__)

# How a process learns whose end is its own.
SUPERVISOR_PID = "SHOPKEEPER_SUPERVISOR_PID"
PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 0.2
# A process that dies at once is not started again at once.
SHORT_LIFE_SECONDS = 2.0


def end_with_supervisor(supervisor: int) -> None:
    """Leave no process behind that works for a supervisor that is gone.

    Linux sends a signal when the thread that started this process ends;
    elsewhere a thread of ours looks.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != supervisor:
        os.kill(os.getpid(), signal.SIGKILL)
    if sys.platform != "linux":
        threading.Thread(
            target=_watch, args=(supervisor,), name="supervisor-watch", daemon=True
        ).start()


def _watch(supervisor: int) -> None:
    while os.getppid() == supervisor:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)


@contextlib.contextmanager
def kept(command: Sequence[str], patience: float) -> Iterator[None]:
    """A process, as long as the context lasts: if it dies, another is started.

    Args:
        command: Of the process.
        patience: How many seconds it may take to end when it is told to.
    """
    done = threading.Event()
    # Its death signal follows this thread, which lives as long as we do.
    thread = threading.Thread(
        target=_keep, args=(command, patience, done), name="process-keeper"
    )
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _keep(command: Sequence[str], patience: float, done: threading.Event) -> None:
    while not done.is_set():
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  # Ours.
        while process.poll() is None and not done.wait(LOOK_SECONDS):
            pass
        if done.is_set():
            _stop(process, patience)
            return
        log.warning("process_died", command=command[-1], status=process.returncode)
        if time.monotonic() - started < SHORT_LIFE_SECONDS:
            done.wait(SHORT_LIFE_SECONDS)


def _stop(process: "subprocess.Popen[bytes]", patience: float) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
