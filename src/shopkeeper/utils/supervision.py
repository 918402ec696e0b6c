"""A process that does not outlive the one that started it."""

import ctypes
import os
import signal
import sys
import threading
import time

# How a process learns whose end is its own.
SUPERVISOR_PID = "SHOPKEEPER_SUPERVISOR_PID"
PR_SET_PDEATHSIG = 1


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
