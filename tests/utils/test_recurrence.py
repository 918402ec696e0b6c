"""Work beside everything else: repeated, told to stop, and not waited for long."""

import threading
from collections.abc import Callable

import pytest

from shopkeeper.utils import recurrence
from shopkeeper.utils.recurrence import every


def test_what_fails_is_tried_again() -> None:
    times, done = [0], threading.Event()

    def work(_is_over: Callable[[], bool]) -> None:
        times[0] += 1
        if times[0] == 1:
            raise RuntimeError("once")
        done.set()

    with every(0.01, "trial", work):
        assert done.wait(5)


def test_work_is_told_when_to_stop_and_is_left_behind_if_it_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recurrence, "PATIENCE_SECONDS", 0.05)
    begun, let_go, told = threading.Event(), threading.Event(), []

    def work(is_over: Callable[[], bool]) -> None:
        told.append(is_over())
        begun.set()
        let_go.wait(5)
        told.append(is_over())

    with every(60, "trial", work):
        assert begun.wait(5)
    threads = [thread for thread in threading.enumerate() if thread.name == "trial"]
    assert len(threads) == 1
    let_go.set()
    threads[0].join(5)

    assert told == [False, True]
