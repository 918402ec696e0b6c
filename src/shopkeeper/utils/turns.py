"""Turns at the work of one process: so many at once, so many of them for one client.

Whoever has no turn waits, without a connection to the database: one client with
a hundred requests waits for itself, and nobody for them. Those who have fewest
turns are served first, and among them who came first. A thread that waits is
taken too, so only so many may wait; whoever comes beyond is told at once to come
again.
"""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from prometheus_client import Counter

refused = Counter(
    "shopkeeper_turns_refused_total", "Requests that found no turn.", ["kind"]
)


@dataclass(eq=False)
class _Waiting:
    """Somebody who waits, until it is their turn."""

    client: Hashable
    called: threading.Event = field(default_factory=threading.Event)


class Turn:
    """A turn, given back whatever becomes of it: `with turns.turn(...): ...`."""

    __slots__ = ("_client", "_refuse", "_turns")

    def __init__(
        self, turns: "Turns", client: Hashable, refuse: Callable[[], Exception]
    ) -> None:
        self._turns = turns
        self._client = client
        self._refuse = refuse

    def __enter__(self) -> None:
        if not self._turns.take(self._client):
            raise self._refuse()

    def __exit__(self, *_: object) -> None:
        self._turns.give_back(self._client)


class Turns:
    """Turns of one kind of work."""

    def __init__(
        self,
        kind: str,
        *,
        at_once: int,
        each: int,
        waiting: int,
        seconds: float,
    ) -> None:
        """Give turns.

        Args:
            kind: For the metrics.
            at_once: To all clients together.
            each: To one client at most.
            waiting: How many may wait; an eighth more of those who wait for the
                first time.
            seconds: How long anybody waits.
        """
        self._kind = kind
        self._at_once = at_once
        self._each = each
        self._most_waiting = waiting
        self._seconds = seconds
        self._lock = threading.Lock()
        # How many turns each client has that has any.
        self._active: dict[Hashable, int] = {}
        self._taken = 0
        self._queue: list[_Waiting] = []

    def turn(self, client: Hashable, refuse: Callable[[], Exception]) -> Turn:
        """A turn, given back whatever becomes of it.

        Args:
            client: Whom it counts for.
            refuse: Makes what is raised if there is none, nor in time.
        """
        return Turn(self, client, refuse)

    def take(self, client: Hashable) -> bool:
        """Take a turn, now or in time; False if there is none."""
        taken = self._take(client)
        if not taken:
            refused.labels(self._kind).inc()
        return taken

    def give_back(self, client: Hashable) -> None:
        """Give a turn back, to who has the fewest of those who wait."""
        with self._lock:
            self._taken -= 1
            left = self._active[client] - 1
            if left:
                self._active[client] = left
            else:
                del self._active[client]
            if self._queue:
                self._call_next()

    def _call_next(self) -> None:
        able = [each for each in self._queue if self._is_free(each.client)]
        if able:
            # Who has the fewest turns, and of those who came first.
            following = min(able, key=lambda each: self._active.get(each.client, 0))
            self._queue.remove(following)
            self._begin(following.client)
            following.called.set()

    def _take(self, client: Hashable) -> bool:
        with self._lock:
            if self._is_free(client) and not (
                self._queue and self._is_overtaking(client)
            ):
                self._begin(client)
                return True
            if not self._may_wait(client):
                return False
            me = _Waiting(client)
            self._queue.append(me)
        if me.called.wait(self._seconds):
            return True
        with self._lock:
            if me.called.is_set():  # In the very moment of giving up.
                return True
            self._queue.remove(me)
            return False

    def _begin(self, client: Hashable) -> None:
        self._taken += 1
        self._active[client] = self._active.get(client, 0) + 1

    def _is_free(self, client: Hashable) -> bool:
        return self._taken < self._at_once and (
            self._active.get(client, 0) < self._each
        )

    def _is_overtaking(self, client: Hashable) -> bool:
        """Whether somebody waits who could have this turn as well."""
        return any(
            waiting.client == client or self._active.get(waiting.client, 0) < self._each
            for waiting in self._queue
        )

    def _may_wait(self, client: Hashable) -> bool:
        if len(self._queue) < self._most_waiting:
            return True
        is_new = all(waiting.client != client for waiting in self._queue)
        return is_new and len(self._queue) < self._most_waiting * 9 // 8
