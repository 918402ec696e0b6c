"""A load generator: connections that ask, wait for the answer, and ask again.

One process, one thread and no library between it and the sockets: what it
takes of the processor is little, is measured, and is told beside the result.
`bench/wrk.py` takes its place where wrk is installed and the requests do not
depend on the answers.
"""

import multiprocessing
import resource
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

# Yields requests as they go on the wire, and is sent each answer, head and body.
Client = Generator[bytes, bytes, None]
HEAD_ENDS = b"\r\n\r\n"
LENGTH = b"content-length:"


@dataclass(frozen=True)
class Load:
    """What came of it: times in milliseconds, and of the generator's own processor."""

    seconds: float
    cpu_seconds: float
    answers: int
    p50: float
    p99: float
    # Answers by status; of wrk only those that are errors are told apart.
    statuses: Counter[int]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    @property
    def cpu(self) -> float:
        """Of one core, used by the generator itself."""
        return self.cpu_seconds / self.seconds


def quantile(latencies: Sequence[float], share: float) -> float:
    """Milliseconds in which that share of the answers was there."""
    ordered = sorted(latencies)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


class Connection:
    """One client's connection, and the answer it waits for."""

    def __init__(self, address: tuple[str, int], client: Client) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client = client
        self.received = bytearray()
        self.whole = -1
        self.head = 0
        self.sent_at = 0.0
        self.request = next(client)

    def send(self) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(self.request)

    def receive(self) -> bool:
        """Take what has come; true once that is a whole answer."""
        self.received += self.socket.recv(1 << 18)
        if self.whole < 0:
            self.head = self.received.find(HEAD_ENDS)
            if self.head < 0:
                return False
            head = bytes(self.received[: self.head]).lower()
            at = head.find(LENGTH)
            length = 0 if at < 0 else int(head[at + len(LENGTH) :].split(b"\r", 1)[0])
            self.whole = self.head + len(HEAD_ENDS) + length
        return len(self.received) >= self.whole

    def finish(self) -> int:
        """Have the next request ready; give the status of this answer."""
        status = int(self.received[9:12])
        answer = bytes(self.received)
        self.received.clear()
        self.whole = -1
        self.request = self.client.send(answer)
        return status


def drive(address: tuple[str, int], clients: Sequence[Client], seconds: float) -> Load:
    """Let clients ask for so long, each over a connection of its own.

    Goes on until there is an answer for each; ends earlier when a client has
    nothing more to ask.
    """
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    connections = [Connection(address, client) for client in clients]
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        cpu = _cpu_seconds()
        started = time.perf_counter()
        for connection in connections:
            connection.send()
        try:
            while time.perf_counter() - started < seconds or len(latencies) < len(
                connections
            ):
                for key, _ in selector.select(timeout=1):
                    _take(key.data, latencies, statuses)
        except StopIteration:
            pass
        taken = time.perf_counter() - started
        used = _cpu_seconds() - cpu
    for connection in connections:
        connection.socket.close()
    p50, p99 = quantile(latencies, 0.5), quantile(latencies, 0.99)
    return Load(taken, used, len(latencies), p50, p99, statuses)


def _take(
    connection: Connection, latencies: list[float], statuses: Counter[int]
) -> None:
    if connection.receive():
        latencies.append(time.perf_counter() - connection.sent_at)
        statuses[connection.finish()] += 1
        connection.send()


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def burn(share: float, until: Callable[[], bool]) -> None:
    """Keep so much of one core busy, in slices of a hundredth of a second."""
    slice_seconds = 0.01
    while not until():
        ends = time.perf_counter() + share * slice_seconds
        while time.perf_counter() < ends:
            pass
        time.sleep((1 - share) * slice_seconds)


class Burner:
    """A process that takes as much of a core as somebody else would."""

    def __init__(self, share: float) -> None:
        self.share = min(share, 0.99)

    def __enter__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.over = context.Event()
        self.process = context.Process(target=burn, args=(self.share, self.over.is_set))
        self.process.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.process.join()
