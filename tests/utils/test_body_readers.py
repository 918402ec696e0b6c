"""Places for bodies: whose, how many, and what is told when they are taken."""

import contextlib
import threading
import time
from contextlib import ExitStack

import pytest

from shopkeeper.utils.body_readers import BodyReaders, Reading, TooManyBodies


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def make_readers(clock: Clock, places: int = 4, each: int = 3) -> BodyReaders:
    # Nobody may wait: a test is not to.
    return BodyReaders("test", places, each=each, waiting=0, clock=clock)


def take(readers: BodyReaders, stack: ExitStack, client: str, times: int) -> None:
    for _ in range(times):
        stack.enter_context(readers.place(client, "192.0.2.1", 30))


def test_one_client_never_takes_all_places() -> None:
    readers = make_readers(Clock())

    with ExitStack() as stack:
        take(readers, stack, "greedy", 3)
        with pytest.raises(TooManyBodies):
            take(readers, stack, "greedy", 1)
        take(readers, stack, "another", 1)
        with pytest.raises(TooManyBodies):
            take(readers, stack, "a third", 1)


def test_a_place_is_given_back_when_its_body_fails() -> None:
    readers = make_readers(Clock(), places=1, each=1)

    with pytest.raises(ConnectionError), readers.place("one", "192.0.2.1", 30):
        raise ConnectionError

    with readers.place("another", "192.0.2.1", 30):
        assert len(readers.readings()) == 1
    assert readers.readings() == []


def test_places_are_used_up_once_none_was_free_for_a_while() -> None:
    clock = Clock()
    readers = make_readers(clock, places=2, each=2)

    with ExitStack() as stack:
        take(readers, stack, "one", 2)
        told = [readers.is_used_up]
        clock.now += 2
        told.append(readers.is_used_up)
    told.append(readers.is_used_up)

    assert told == [False, True, False]


def test_who_waits_gets_the_place_that_is_given_back() -> None:
    readers = BodyReaders("test", 1, each=1, waiting=1)
    first = readers.place("one", "192.0.2.1", 30)
    first.__enter__()

    # Whoever is given a place from outside of this thread needs no sleep to see it.
    first.__exit__(None, None, None)
    with readers.place("two", "192.0.2.1", 30) as reading:
        assert reading.client == "two"


def test_what_is_unfinished_is_given_up_for_those_who_have_no_place() -> None:
    now = [0.0]
    readers = BodyReaders("test", 4, each=3, waiting=8, clock=lambda: now[0])
    held = [readers._begin("crowd", "192.0.2.1", 30) for _ in range(3)]
    file = readers._begin("other", "192.0.2.2", 600)
    now[0] = 0.2
    readers._make_room("late")
    assert not any(reading.is_unwanted for reading in held if reading)  # Just begun.

    now[0] = 1.5
    readers._make_room("late")

    assert all(reading and reading.is_unwanted for reading in held)
    assert file is not None
    assert not file.is_unwanted


def test_nobody_gives_up_anything_while_there_is_room() -> None:
    now = [0.0]
    readers = BodyReaders("test", 4, each=4, waiting=8, clock=lambda: now[0])
    held = [readers._begin("crowd", "192.0.2.1", 30) for _ in range(3)]
    now[0] = 10.0

    readers._make_room("late")

    assert not any(reading and reading.is_unwanted for reading in held)


def test_a_place_that_is_free_again_is_for_who_has_fewest() -> None:
    readers = BodyReaders("test", 2, each=2, waiting=8)
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(readers.place("crowd", "192.0.2.1", 30))
        got: list[str] = []

        def take_one(client: str) -> None:
            with contextlib.suppress(TooManyBodies), readers.place(client, "", 30):
                got.append(client)

        threads = []
        for client in ("crowd", "crowd", "late"):
            threads.append(threading.Thread(target=take_one, args=(client,)))
            threads[-1].start()
            time.sleep(0.02)
        readers.give_back(next(iter(readers._readings)))
        for thread in threads:
            thread.join(5)
        readers._readings.add(Reading("crowd", "", 0, 0))  # What is ended below.
        readers._of_client["crowd"] += 1
    assert got[0] == "late"


def test_who_has_no_place_waits_until_others_have_made_room() -> None:
    readers = BodyReaders("test", 1, each=1, waiting=4)
    unwanted = threading.Event()

    def hold() -> None:
        with readers.place("attacker", "192.0.2.1", 30) as reading:
            held.set()
            while not reading.is_unwanted:  # As the watch would end it.
                time.sleep(0.01)
            unwanted.set()
            time.sleep(0.9)  # Longer than those wait who have a place.

    held = threading.Event()
    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    with readers.place("customer", "192.0.2.2", 30):
        assert unwanted.is_set()
    holder.join()
