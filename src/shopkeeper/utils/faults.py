"""Points at which a test may end the process, as a crash would.

Each is a line of the ordinary code path. Without the setting FAULT_POINTS
there is nothing behind it; with it, a process that comes to a point for which
there is a file in that folder takes the file away and is gone, at once and
without a goodbye (SIGKILL).
"""

import os
import signal
from pathlib import Path

from shopkeeper.utils.settings import get_settings

EXECUTE_POINTS = (
    "execute.reserving",  # Stock is taken, and not yet committed.
    "execute.reserved",  # Committed; the provider has not been asked.
    "execute.opened",  # The provider knows of the charge; nothing is taken.
    "execute.charged",  # The money is taken; the shop has not noted it.
    "execute.settling",  # Noted, and not yet committed.
    "execute.settled",  # Committed; the client has not been told.
)
REFUND_POINTS = (
    "refund.recording",
    "refund.recorded",
    "refund.given",
    "refund.settling",
    "refund.settled",
)


# By its id: what it starts is not spared with it.
_spared: set[int] = set()


def spare_this_process() -> None:
    """End others at such points: this one is to start them anew."""
    _spared.add(os.getpid())


def fault_point(name: str) -> None:
    """End here, if a test wants it."""
    folder = get_settings().fault_points
    if folder is not None and os.getpid() not in _spared:
        _strike(folder, name)


def _strike(folder: Path, name: str) -> None:
    try:
        (folder / name).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
