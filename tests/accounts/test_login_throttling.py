from datetime import UTC, datetime, timedelta

import pytest

from shopkeeper.accounts.throttling import (
    ACCOUNT_AT_ADDRESS,
    ADDRESS,
    ATTACKED_AFTER,
    FORGET_AFTER,
    Count,
    Rule,
    Subjects,
    blocked_until,
    name_subjects,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SUBJECTS = Subjects("here", "account", "address")


@pytest.mark.parametrize("rule", [ACCOUNT_AT_ADDRESS, ADDRESS])
def test_delays_grow_up_to_a_bound(rule: Rule) -> None:
    delays = [rule.delay(failures) for failures in range(2000)]

    assert set(delays[: rule.free_failures]) == {timedelta(0)}
    assert delays[rule.free_failures] == timedelta(seconds=1)
    assert delays == sorted(delays)
    assert delays[-1] == rule.longest <= timedelta(minutes=5)


def test_old_failures_are_forgotten() -> None:
    long_ago = NOW - FORGET_AFTER - timedelta(seconds=1)

    assert blocked_until(SUBJECTS, {"address": Count(10**6, long_ago)}, NOW) is None


def test_an_attacked_account_slows_down_only_who_has_failed() -> None:
    attack = {"account": Count(ATTACKED_AFTER, NOW)}
    failed_here = attack | {"here": Count(1, NOW - timedelta(seconds=20))}

    assert blocked_until(SUBJECTS, attack, NOW) is None
    assert blocked_until(SUBJECTS, failed_here, NOW) == NOW + timedelta(seconds=40)


def test_subjects_tell_nothing_personal() -> None:
    found = list(name_subjects("s", "ada@example.com", "192.0.2.7"))
    other = list(name_subjects("t", "ada@example.com", "192.0.2.7"))

    assert set(found).isdisjoint(other)
    assert found == sorted(found)
    assert all(len(name) == 64 for name in found)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("unix", "unix", True),
    ],
)
def test_a_subscriber_is_one_network(one: str, other: str, same: bool) -> None:
    first, second = (name_subjects("s", "a@b.c", address) for address in (one, other))

    assert (first.address == second.address) is same
