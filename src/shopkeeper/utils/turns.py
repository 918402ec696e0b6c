"""Turns at the work of one process: so many at once, so many of them for one client.

Whoever has no turn waits, without a connection to the database: one client with
a hundred requests waits for itself, and nobody for them. Those who have fewest
turns are served first, and among them who came first. A thread that waits is
taken too, so only so many may wait; whoever comes beyond is told at once to come
again.
"""

import threading
from collections import Counter as Tally
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
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
        self._active: Tally[Hashable] = Tally()
        self._taken = 0
        self._queue: list[_Waiting] = []

    @contextmanager
    def turn(self, client: Hashable, refuse: Callable[[], Exception]) -> Iterator[None]:
        """A turn, given back whatever becomes of it.

        Args:
            client: Whom it counts for.
            refuse: Makes what is raised if there is none, nor in time.
        """
        if not self._take(client):
            refused.labels(self._kind).inc()
            raise refuse()
        try:
            yield
        finally:
            self._give_back(client)

    def _take(self, client: Hashable) -> bool:
        with self._lock:
            if self._is_free(client) and not self._is_overtaking(client):
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

    def _give_back(self, client: Hashable) -> None:
        with self._lock:
            self._taken -= 1
            self._active[client] -= 1
            if not self._active[client]:
                del self._active[client]
            if not self._queue:
                return
            able = [each for each in self._queue if self._is_free(each.client)]
            if able:
                # Who has the fewest turns, and of those who came first.
                following = min(able, key=lambda each: self._active[each.client])
                self._queue.remove(following)
                self._begin(following.client)
                following.called.set()

    def _begin(self, client: Hashable) -> None:
        self._taken += 1
        self._active[client] += 1

    def _is_free(self, client: Hashable) -> bool:
        return self._taken < self._at_once and self._active[client] < self._each

    def _is_overtaking(self, client: Hashable) -> bool:
        """Whether somebody waits who could have this turn as well."""
        return any(
            waiting.client == client or self._active[waiting.client] < self._each
            for waiting in self._queue
        )

    def _may_wait(self, client: Hashable) -> bool:
        if len(self._queue) < self._most_waiting:
            return True
        is_new = all(waiting.client != client for waiting in self._queue)
        return is_new and len(self._queue) < self._most_waiting * 9 // 8
