from datetime import UTC, datetime, timedelta

import pytest

from shopkeeper.service.login_throttling import (
    ACCOUNT,
    ACCOUNT_AT_ADDRESS,
    ADDRESS,
    FORGET_AFTER,
    Rule,
    failures_after,
    subjects,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("rule", [ACCOUNT_AT_ADDRESS, ACCOUNT, ADDRESS])
def test_delays_grow_up_to_a_bound(rule: Rule) -> None:
    delays = [rule.delay(failures) for failures in range(2000)]

    assert set(delays[: rule.free_failures]) == {timedelta(0)}
    assert delays[rule.free_failures] == timedelta(seconds=1)
    assert delays == sorted(delays)
    assert delays[-1] == rule.longest <= timedelta(minutes=5)


def test_old_failures_are_forgotten() -> None:
    assert failures_after(7, NOW - FORGET_AFTER, NOW) == 8
    assert failures_after(7, NOW - FORGET_AFTER - timedelta(seconds=1), NOW) == 1
    assert failures_after(0, None, NOW) == 1


def test_a_known_address_is_spared_the_rule_for_the_whole_account() -> None:
    def rules(*, known: bool) -> set[Rule]:
        found = subjects("s", "a@b.c", "127.0.0.1", address_is_known=known)
        return {subject.rule for subject in found}

    assert rules(known=False) - rules(known=True) == {ACCOUNT}


def test_subjects_tell_nothing_personal() -> None:
    found = subjects("s", "Ada@example.com", "192.0.2.7", address_is_known=False)
    same = subjects("s", "ada@EXAMPLE.com", "192.0.2.7", address_is_known=False)
    other = subjects("t", "ada@example.com", "192.0.2.7", address_is_known=False)

    assert found == same
    assert {s.digest for s in found}.isdisjoint({s.digest for s in other})
    assert all(len(s.digest) == 64 for s in found)
