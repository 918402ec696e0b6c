"""Ending connections whose bodies come too slowly.

A body is read by a thread that waits inside the server, where no deadline reaches
it. So a watcher looks at the process's own connections (Linux, tcp(7): `TCP_INFO`)
and shuts the receiving side of those that a body is late on; the read then ends.
Elsewhere than on Linux there is nothing to look at: put a proxy in front that
receives bodies whole.

Which connection a late body comes over is told by when its request began: the
server does not say which it is. Of several it is not one that another request came
over, which is told by how many bytes that one has.
"""

import contextlib
import ipaddress
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from prometheus_client import Counter

from shopkeeper.utils import in_flight
from shopkeeper.utils.body_readers import Reading, signed_in, strangers
from shopkeeper.utils.in_flight import Request
from shopkeeper.utils.recurrence import every

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.25
# A body that has only begun is not measured yet.
GRACE_SECONDS = 5.0
# A request, and the connection that it came over, began at the same time but for this.
SAME_TIME_SECONDS = 2 * TICK_SECONDS + 0.25
# "HTTP/1.1 100 Continue" is no answer (RFC 9110, section 15.2.1).
CONTINUE_BYTES = 25
# linux/tcp.h, struct tcp_info: ages in milliseconds, and bytes since the beginning.
_AGES = struct.Struct("@44xI4xI")
_BYTES = struct.Struct("@120xQQ")

connections_cut = Counter(
    "shopkeeper_slow_bodies_cut_total", "Connections ended for too slow a body."
)


@dataclass
class _Seen:
    """A connection as it was when it was last looked at."""

    received: int
    sent: int
    began: float
    received_before: int


@dataclass
class _Candidate:
    """A connection that a late body may come over."""

    known: _Seen
    readings: list[Reading]

    @property
    def brought(self) -> int:
        return self.known.received - self.known.received_before


class SlowBodies:
    """What is known of the connections to one port of this process."""

    def __init__(self, port: int, least_rate: int) -> None:
        """Begin to watch.

        Args:
            port: That this process serves.
            least_rate: Bytes a second, that a body has to come at.
        """
        self._port = port
        self._least_rate = least_rate
        self._seen: dict[int, _Seen] = {}

    def look(self, readings: Iterable[Reading], requests: Iterable[Request]) -> int:
        """Look once at what comes in; give how many connections were ended.

        Args:
            readings: The bodies that are awaited.
            requests: All requests that the process is at.
        """
        waiting = list(readings)
        if not waiting:
            self._seen.clear()
            return 0
        now = time.monotonic()
        late = [
            reading
            for reading in waiting
            if reading.is_unwanted or now - reading.began > GRACE_SECONDS
        ]
        seen: dict[int, _Seen] = {}
        candidates: dict[int, _Candidate] = {}
        for connection in _connections(self._port):
            inode = os.fstat(connection.fileno()).st_ino
            seen[inode] = known = self._know(inode, connection, now)
            of_it = [
                reading
                for reading in late
                if self._is_late(reading, known, now)
                and _is_from(connection, reading.address)
            ]
            if of_it:
                candidates[inode] = _Candidate(known, of_it)
        self._seen = seen
        if candidates:
            others = [
                each
                for each in requests
                if each.reading is None
                or (each.reading.is_file and each.reading not in late)
            ]
            _leave_others_alone(candidates, others)
        return self._cut(candidates) if candidates else 0

    def _cut(self, candidates: dict[int, _Candidate]) -> int:
        """End these connections; give how many there still were."""
        cut = 0
        for connection in _connections(self._port):
            candidate = candidates.get(os.fstat(connection.fileno()).st_ino)
            if candidate is not None:
                for reading in candidate.readings:
                    reading.is_late = True
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)
                cut += 1
        return cut

    def _know(self, inode: int, connection: socket.socket, now: float) -> _Seen:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 136)
        since_sent, since_received = _AGES.unpack_from(info)
        sent, received = _BYTES.unpack_from(info)
        began = now - since_received / 1000
        known = self._seen.get(inode)
        if known is None:
            # Ages are told in ticks of the kernel's clock: a quick answer has the same.
            is_answered = since_sent <= since_received and sent not in {
                0,
                CONTINUE_BYTES,
            }
            return _Seen(received, sent, began, received if is_answered else 0)
        is_answered = sent - known.sent not in {0, CONTINUE_BYTES}
        if is_answered:
            known.received_before = received
            known.began = now
        elif known.received_before == known.received < received:
            known.began = began  # The next request begins.
        known.sent, known.received = sent, received
        return known

    def _is_late(self, reading: Reading, known: _Seen, now: float) -> bool:
        """Whether this is the connection of that body, and it is late.

        It began with it, and has brought too little since. Of one that is answered
        nothing is awaited.
        """
        if known.received <= known.received_before:
            return False
        if abs(known.began - reading.began) > SAME_TIME_SECONDS:
            return False
        if reading.is_unwanted or now > reading.deadline:
            return True
        brought = known.received - known.received_before
        return brought < self._least_rate * (now - known.began - GRACE_SECONDS)


def _leave_others_alone(
    candidates: dict[int, _Candidate], others: Iterable[Request]
) -> None:
    """Take out the connections that are of requests whose body is not late.

    Of those that began at the same time from the same address it is the one that
    has brought as much as the request is long, or the one nearest to that; of a body
    that is still coming as it should, the one that has brought most.
    """
    for request in others:
        alike = {
            inode: candidate
            for inode, candidate in candidates.items()
            if _plain(request.address) == _plain(candidate.readings[0].address)
            and abs(candidate.known.began - request.began) <= SAME_TIME_SECONDS
        }
        if not alike:
            continue
        length = request.bytes_received
        if length is None:
            nearest = max(alike, key=lambda inode: alike[inode].brought)
        else:
            nearest = min(alike, key=lambda inode: abs(alike[inode].brought - length))
        del candidates[nearest]


def _connections(port: int) -> Iterator[socket.socket]:
    """The connections of this process to a port, each lent as a duplicate."""
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError), _lend(int(entry.name)) as connection:
            if _is_connection(connection, port):
                yield connection


@contextlib.contextmanager
def _lend(number: int) -> Iterator[socket.socket]:
    copy = os.dup(number)
    try:
        connection = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise
    with connection:
        yield connection


def _is_connection(connection: socket.socket, port: int) -> bool:
    if connection.family not in {socket.AF_INET, socket.AF_INET6}:
        return False
    if connection.type != socket.SOCK_STREAM or connection.getsockname()[1] != port:
        return False
    connection.getpeername()  # Raises for one that only listens.
    return True


def _is_from(connection: socket.socket, address: str) -> bool:
    try:
        peer = connection.getpeername()[0]
    except OSError:
        return False
    return _plain(peer) == _plain(address)


def _plain(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)


def watch_bodies(port: int, least_rate: int) -> None:
    """Watch this process's bodies from now on, in a thread that ends with it."""
    watch = SlowBodies(port, least_rate) if sys.platform == "linux" else None

    def look(_: object) -> None:
        for readers in (strangers(), signed_in()):
            readers.measure()
        if watch is None:
            return
        awaited = [*strangers().readings(), *signed_in().readings()]
        cut = watch.look(awaited, in_flight.requests())
        if cut:
            connections_cut.inc(cut)
            log.warning("slow_bodies_cut", connections=cut)

    def keep_watching() -> None:
        with every(TICK_SECONDS, "slow-bodies", look):
            threading.Event().wait()

    threading.Thread(target=keep_watching, name="body-watch", daemon=True).start()
