"""Turns of two lanes: alternately, and none for a lane that is full."""

import threading

from shopkeeper.utils.lanes import Lane, TwoLanes


def test_lanes_are_served_alternately() -> None:
    lanes = TwoLanes(1, {Lane.LOGIN: 10, Lane.REGISTER: 10})
    served: list[Lane] = []
    assert lanes.enter(Lane.LOGIN, 1)

    def come(lane: Lane) -> None:
        if lanes.enter(lane, 20):
            served.append(lane)
            lanes.leave()

    crowd = [Lane.REGISTER] * 6 + [Lane.LOGIN] * 3
    threads = [threading.Thread(target=come, args=(lane,)) for lane in crowd]
    for thread in threads:
        thread.start()
    while sum(len(waiting) for waiting in lanes._waiting.values()) < len(crowd):
        pass
    lanes.leave()
    for thread in threads:
        thread.join()

    assert served[:6] == [Lane.REGISTER, Lane.LOGIN] * 3
    assert served[6:] == [Lane.REGISTER] * 3


def test_a_full_lane_turns_away_and_a_late_turn_is_none() -> None:
    lanes = TwoLanes(1, {Lane.LOGIN: 1, Lane.REGISTER: 1})
    assert lanes.enter(Lane.LOGIN, 1)

    assert not lanes.enter(Lane.LOGIN, 0.01)
    lanes.leave()
    assert lanes.enter(Lane.REGISTER, 0.01)
