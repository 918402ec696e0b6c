"""Whose connection is ended for a slow body: nobody's else."""

import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from shopkeeper.utils.body_readers import Reading
from shopkeeper.utils.in_flight import Request, requests
from shopkeeper.utils.slow_bodies import GRACE_SECONDS, SlowBodies

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="TCP_INFO is Linux's")
HEAD = b"POST /users/login HTTP/1.1\r\nHost: shop\r\nContent-Length: 500\r\n\r\n"
GET = b"GET /products HTTP/1.1\r\nHost: shop\r\n\r\n"
ENVIRON: dict[str, Any] = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": "/products",
    "QUERY_STRING": "",
    "HTTP_HOST": "shop",
    "REMOTE_ADDR": "127.0.0.1",
}


class Peers:
    """A port of this process, and connections to it."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.ends: list[socket.socket] = [self.listener]

    def connect(self, data: bytes) -> tuple[socket.socket, socket.socket]:
        """A client that has sent this, and the server's end."""
        client = socket.create_connection(("127.0.0.1", self.port))
        served, _ = self.listener.accept()
        self.ends += [client, served]
        client.sendall(data)
        served.recv(65536)
        return client, served


@pytest.fixture
def peers() -> Iterator[Peers]:
    found = Peers()
    yield found
    for end in found.ends:
        end.close()


def is_ended(served: socket.socket) -> bool:
    served.settimeout(0.05)
    try:
        return served.recv(1) == b""
    except TimeoutError:
        return False


def late_reading() -> Reading:
    now = time.monotonic()
    return Reading("c", "127.0.0.1", now, now + 30, is_unwanted=True)


def test_the_length_of_a_request_is_told_by_what_it_says() -> None:
    with Request({**ENVIRON}) as request:
        assert request in requests()
        whole = request.bytes_received
        request.reading = late_reading()
        coming = request.bytes_received
    assert (whole, coming) == (len(GET), None)
    assert request not in requests()


def test_a_request_of_the_same_moment_and_address_goes_on(peers: Peers) -> None:
    _, slow = peers.connect(HEAD + b"{")
    _, waits = peers.connect(GET)
    reading = late_reading()

    cut = SlowBodies(peers.port, 2048).look([reading], [Request(ENVIRON)])

    assert (cut, is_ended(slow), is_ended(waits)) == (1, True, False)
    assert reading.is_late


def test_what_is_answered_or_has_said_nothing_is_nobody_who_is_slow(
    peers: Peers,
) -> None:
    _, slow = peers.connect(HEAD + b"{")
    _, answered = peers.connect(GET)
    answered.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    silent = socket.create_connection(("127.0.0.1", peers.port))
    served, _ = peers.listener.accept()
    peers.ends += [silent, served]

    cut = SlowBodies(peers.port, 2048).look([late_reading()], [])

    assert (cut, is_ended(slow)) == (1, True)
    assert not is_ended(answered)
    assert not is_ended(served)


def test_a_file_that_comes_as_it_should_goes_on(peers: Peers) -> None:
    _, slow = peers.connect(HEAD + b"{")
    _, file = peers.connect(HEAD + b"x" * 60_000)
    late = late_reading()
    now = time.monotonic()
    good = Reading("m", "127.0.0.1", now, now + 600)
    upload = Request(ENVIRON)
    upload.reading = good

    cut = SlowBodies(peers.port, 2048).look([late, good], [upload])

    assert (cut, is_ended(slow), is_ended(file)) == (1, True, False)
    assert not good.is_late


def test_a_new_body_is_given_its_time(peers: Peers) -> None:
    _, slow = peers.connect(HEAD + b"{")
    now = time.monotonic()
    reading = Reading("c", "127.0.0.1", now, now + 30)

    assert SlowBodies(peers.port, 2048).look([reading], []) == 0
    assert GRACE_SECONDS > 1
    assert not is_ended(slow)
