"""Turns that two kinds of callers share: none keeps the other from its own."""

import threading
import time
from collections import deque
from collections.abc import Mapping
from enum import Enum


class Lane(Enum):
    LOGIN = "login"
    REGISTER = "register"

    @property
    def other(self) -> "Lane":
        return Lane.REGISTER if self is Lane.LOGIN else Lane.LOGIN


class TwoLanes:
    """So many turns at once; while both lanes wait, they are served alternately."""

    def __init__(self, turns: int, longest: Mapping[Lane, int]) -> None:
        """Open the lanes.

        Args:
            turns: How many are served at once.
            longest: How many may wait in each lane.
        """
        self._free = turns
        self._longest = longest
        self._waiting: dict[Lane, deque[object]] = {lane: deque() for lane in Lane}
        self._served_last = Lane.REGISTER
        self._changed = threading.Condition()

    def enter(self, lane: Lane, seconds: float) -> bool:
        """Wait for a turn; False if the lane is full, or none comes in time."""
        with self._changed:
            waiting = self._waiting[lane]
            if len(waiting) >= max(1, self._longest[lane]):
                return False
            me = object()
            waiting.append(me)
            deadline = time.monotonic() + seconds
            try:
                while not self._is_next(lane, me):
                    if not self._changed.wait(deadline - time.monotonic()):
                        return False
                self._free -= 1
                self._served_last = lane
                return True
            finally:
                waiting.remove(me)
                self._changed.notify_all()

    def leave(self) -> None:
        """End a turn."""
        with self._changed:
            self._free += 1
            self._changed.notify_all()

    def _is_next(self, lane: Lane, me: object) -> bool:
        if not self._free or self._waiting[lane][0] is not me:
            return False
        return lane is not self._served_last or not self._waiting[lane.other]
