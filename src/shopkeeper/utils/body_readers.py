"""Who may be sending a body: so many at once, so many of them from one client.

A body is awaited by a thread. There are places for those who show a good token and
other places for everybody else, so that strangers who begin bodies and never end
them hold up strangers only, and of those mostly the ones at their own address.
"""

import threading
import time
from collections import Counter as Tally
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache

from prometheus_client import Counter, Gauge

from shopkeeper.utils.errors import ServiceUnavailable
from shopkeeper.utils.settings import get_settings

LONGEST_WAIT_SECONDS = 0.75
# Who has no place yet waits longer: until others' unfinished bodies have made room.
NEWCOMERS_WAIT_SECONDS = 1.5
# A body comes with its head, or right behind it: one that is older has to make room
# when all places are taken.
NEW_SECONDS = 0.3
# So long must all places be taken before that is more than a busy moment.
USED_UP_AFTER_SECONDS = 1.0

in_use = Gauge(
    "shopkeeper_body_readers_in_use",
    "Bodies that are being received.",
    ["kind"],
    multiprocess_mode="livesum",
)
at_most = Gauge(
    "shopkeeper_body_readers_limit",
    "Bodies that can be received at once.",
    ["kind"],
    multiprocess_mode="livesum",
)
refused = Counter(
    "shopkeeper_bodies_refused_total", "Bodies that found no reader.", ["kind"]
)


class TooManyBodies(ServiceUnavailable):
    code = "too_many_bodies"
    title = "Too many requests with a body are being sent just now."


class ReadersUsedUp(ServiceUnavailable):
    code = "readers_used_up"
    title = "All readers of request bodies have been taken for a while."


@dataclass(eq=False)
class Reading:
    """A body that is being received: since when, from where, and how it must come.

    Attributes:
        client: Whom it counts for.
        address: The peer of the connection, as the server sees it.
        began: By the monotonic clock.
        deadline: By the same clock; the body has to be whole by then.
        is_late: Set by whoever gives it up because it comes too slowly.
        is_unwanted: Set when others have no place for it: it has to end now.
    """

    client: Hashable
    address: str
    began: float
    deadline: float
    is_late: bool = False
    is_unwanted: bool = False

    @property
    def is_file(self) -> bool:
        """Whether it may take long: a file, of somebody who may send one."""
        return self.deadline - self.began > get_settings().body_seconds


class Place:
    """A place to receive a body in: `with readers.place(...) as reading: ...`."""

    __slots__ = ("_client", "_peer", "_readers", "_reading", "_seconds")

    def __init__(
        self, readers: "BodyReaders", client: Hashable, peer: str, seconds: float
    ) -> None:
        self._readers = readers
        self._client = client
        self._peer = peer
        self._seconds = seconds
        self._reading: Reading | None = None

    def __enter__(self) -> Reading:
        self._reading = self._readers.take(self._client, self._peer, self._seconds)
        return self._reading

    def __exit__(self, *_: object) -> None:
        if self._reading is not None:
            self._readers.give_back(self._reading)


class BodyReaders:
    """Places for bodies of one kind of client."""

    def __init__(
        self,
        kind: str,
        places: int,
        *,
        each: int,
        waiting: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Provide places.

        Args:
            kind: For the metrics.
            places: For all clients together.
            each: For one client at most.
            waiting: How many may wait a moment for a place; it takes a thread too. No
                client by more than three quarters, and an eighth more of those who
                have none yet.
            clock: Tells seconds.
        """
        self._kind = kind
        self._places = places
        self._each = each
        self._most_waiting = waiting
        self._waiting: Tally[Hashable] = Tally()
        self._clock = clock
        self._changed = threading.Condition(threading.Lock())
        self._readings: set[Reading] = set()
        # How many places each client has that has any.
        self._of_client: dict[Hashable, int] = {}
        self._full_since: float | None = None

    def place(self, client: Hashable, address: str, seconds: float) -> "Place":
        """A place to receive a body in, given back whatever becomes of the body.

        Args:
            client: Whom it counts for.
            address: The peer of its connection.
            seconds: In which the body has to be whole.

        Raises, when it is entered:
            TooManyBodies: If there is none, nor within three quarters of a second, or
                twice as long for who has none.
        """
        return Place(self, client, address, seconds)

    def take(self, client: Hashable, address: str, seconds: float) -> Reading:
        """Take a place, to be given back.

        Raises:
            TooManyBodies: As above.
        """
        reading = self._begin(client, address, seconds)
        if reading is None:
            refused.labels(self._kind).inc()
            raise TooManyBodies(seconds=1)
        return reading

    def _begin(self, client: Hashable, address: str, seconds: float) -> Reading | None:
        with self._changed:
            if not self._has_room(client) and not self._await_room(client):
                return None
            now = self._clock()
            reading = Reading(client, address, now, now + seconds)
            self._readings.add(reading)
            self._of_client[client] = self._of_client.get(client, 0) + 1
            if len(self._readings) == self._places:
                self._full_since = now
            return reading

    def _await_room(self, client: Hashable) -> bool:
        """Wait for a place; False if there is none in time.

        Who has none yet has others' unfinished bodies make room, again and again:
        they may begin new ones meanwhile.
        """
        self._make_room(client)
        if not self._may_wait(client):
            return False
        is_new = client not in self._of_client and client not in self._waiting
        patience = NEWCOMERS_WAIT_SECONDS if is_new else LONGEST_WAIT_SECONDS
        end = time.monotonic() + patience
        self._waiting[client] += 1
        try:
            while (left := end - time.monotonic()) > 0:
                found = self._changed.wait_for(
                    lambda: self._has_room(client), min(left, NEW_SECONDS)
                )
                if found:
                    return True
                self._make_room(client)
            return False
        finally:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client]

    def _make_room(self, client: Hashable) -> None:
        """Give up what is unfinished, if all places are taken and a client has none.

        Not those that have just begun, nor files: who sends one has been let in.
        """
        if len(self._readings) < self._places or client in self._of_client:
            return
        now = self._clock()
        for reading in self._readings:
            if not reading.is_file and now - reading.began >= NEW_SECONDS:
                reading.is_unwanted = True

    def give_back(self, reading: Reading) -> None:
        """Give the place of a body back."""
        with self._changed:
            self._readings.discard(reading)
            self._full_since = None
            left = self._of_client[reading.client] - 1
            if left:
                self._of_client[reading.client] = left
            else:
                del self._of_client[reading.client]
            if self._waiting:
                self._changed.notify_all()

    def _has_room(self, client: Hashable) -> bool:
        """Whether there is a place, and nobody waits for it who has fewer."""
        held = self._of_client.get(client, 0)
        if len(self._readings) >= self._places or held >= self._each:
            return False
        return not self._waiting or not any(
            self._of_client.get(other, 0) < held for other in self._waiting
        )

    def _may_wait(self, client: Hashable) -> bool:
        waiting = self._waiting.total()
        if client not in self._waiting and client not in self._of_client:
            return waiting < self._most_waiting * 9 // 8
        own = max(1, self._most_waiting * 3 // 4)
        return waiting < self._most_waiting and self._waiting[client] < own

    def readings(self) -> list[Reading]:
        """The bodies that are being received now."""
        with self._changed:
            return list(self._readings)

    @property
    def is_used_up(self) -> bool:
        """Whether all places have been taken for longer than a moment."""
        since = self._full_since
        return since is not None and self._clock() - since >= USED_UP_AFTER_SECONDS

    def measure(self) -> None:
        """Tell the metrics how many places there are, and how many are taken."""
        in_use.labels(self._kind).set(len(self._readings))
        at_most.labels(self._kind).set(self._places)


@cache
def strangers() -> BodyReaders:
    """Places for those who show no token, counted by their address."""
    places = max(2, get_settings().threads // 8)
    return BodyReaders("stranger", places, each=max(1, places * 3 // 4), waiting=places)


@cache
def signed_in() -> BodyReaders:
    """Places for those who show a good token, counted by account."""
    places = max(2, get_settings().threads // 4)
    return BodyReaders("signed_in", places, each=max(1, places // 2), waiting=places)


def require_room() -> None:
    """Insist that bodies can be received.

    Raises:
        ReadersUsedUp: If strangers, or those who are signed in, find no reader.
    """
    for readers in (strangers(), signed_in()):
        if readers.is_used_up:
            raise ReadersUsedUp(seconds=5)
