"""Doing something again and again beside everything else."""

import contextlib
import threading
from collections.abc import Callable, Iterator

import structlog

PATIENCE_SECONDS = 5.0

log = structlog.get_logger(__name__)


@contextlib.contextmanager
def every(
    seconds: float, name: str, work: Callable[[Callable[[], bool]], object]
) -> Iterator[None]:
    """Do work at once, and then every so many seconds, while the context lasts.

    What fails is logged by its kind, and tried again the next time. Work is
    handed a function that says whether the context is over; what does not end
    soon after is left behind, to end with the process.
    """
    done = threading.Event()

    def run() -> None:
        while True:
            try:
                work(done.is_set)
            except Exception as error:  # noqa: BLE001  # It must go on; the kind is logged.
                log.warning("recurrent_work_failed", work=name, error=repr(error)[:200])
            if done.wait(seconds):
                return

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(PATIENCE_SECONDS)
