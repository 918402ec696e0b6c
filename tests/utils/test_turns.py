"""Turns at work: nobody waits for what another asks too much of."""

import threading
import time
from collections.abc import Callable

import pytest

from shopkeeper.utils.turns import Turns


class TooMuchError(Exception):
    pass


def turns(**changes: float) -> Turns:
    limits = {"at_once": 3, "each": 2, "waiting": 8, "seconds": 5.0, **changes}
    return Turns("test", **limits)  # type: ignore[arg-type]  # Of their kinds.


class Worker(threading.Thread):
    """Takes a turn, and keeps it until it is told to go on."""

    def __init__(self, given: Turns, client: str, order: list[str]) -> None:
        super().__init__(daemon=True)
        self.given, self.client, self.order = given, client, order
        self.may_go = threading.Event()
        self.outcome = ""
        self.start()

    def run(self) -> None:
        try:
            with self.given.turn(self.client, TooMuchError):
                self.order.append(self.client)
                self.outcome = "began"
                self.may_go.wait(5)
        except TooMuchError:
            self.outcome = "refused"


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def finish(workers: list[Worker]) -> None:
    for worker in workers:
        worker.may_go.set()
    for worker in workers:
        worker.join(5)
        assert not worker.is_alive()


def test_one_client_waits_for_itself_and_nobody_for_it() -> None:
    given, order = turns(), []  # type: tuple[Turns, list[str]]
    crowd = [Worker(given, "crowd", order) for _ in range(6)]
    until(lambda: order.count("crowd") == 2)

    other = Worker(given, "other", order)

    until(lambda: other.outcome == "began")
    assert order.count("crowd") == 2
    finish([*crowd, other])
    assert order.count("crowd") == 6


def test_who_has_fewest_turns_is_served_first() -> None:
    given, order = turns(at_once=2), []  # type: tuple[Turns, list[str]]
    first = [Worker(given, "crowd", order) for _ in range(2)]
    until(lambda: len(order) == 2)
    waiting = [Worker(given, "crowd", order) for _ in range(3)]
    until(lambda: len(given._queue) == 3)
    late = Worker(given, "late", order)
    until(lambda: len(given._queue) == 4)

    first[0].may_go.set()

    until(lambda: len(order) == 3)
    assert order[2] == "late"
    finish([*first, *waiting, late])


def test_only_so_many_wait_and_a_newcomer_finds_room() -> None:
    given, order = turns(at_once=1, each=1), []  # type: tuple[Turns, list[str]]
    crowd = [Worker(given, "crowd", order) for _ in range(9)]
    until(lambda: len(given._queue) == 8)

    with pytest.raises(TooMuchError), given.turn("crowd", TooMuchError):
        raise AssertionError
    newcomer = Worker(given, "newcomer", order)

    until(lambda: len(given._queue) == 9)
    finish([*crowd, newcomer])
    assert newcomer.outcome == "began"


def test_nobody_waits_for_ever_and_places_are_given_back() -> None:
    given, order = turns(at_once=1, seconds=0.05), []  # type: tuple[Turns, list[str]]
    keeper = Worker(given, "keeper", order)
    until(lambda: keeper.outcome == "began")

    with pytest.raises(TooMuchError), given.turn("other", TooMuchError):
        raise AssertionError

    finish([keeper])
    with pytest.raises(ValueError, match="failed"), given.turn("other", TooMuchError):
        raise ValueError("failed")
    with given.turn("other", TooMuchError):
        assert given._taken == 1
    assert given._taken == 0
    assert not given._queue
    assert not given._active
