from datetime import UTC, datetime, timedelta, timezone

import pytest

from shopkeeper.utils import clock


def test_now_is_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC


def test_a_standing_clock_shows_its_moment_in_utc() -> None:
    noon_in_delhi = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=5.5)))

    with clock.standing_still_at(noon_in_delhi):
        shown = clock.now()

    assert shown.isoformat() == "2026-01-01T06:30:00+00:00"
    assert clock.now() > shown


def test_a_moment_without_offset_is_none() -> None:
    with pytest.raises(ValueError, match="offset"):
        clock.standing_still_at(datetime(2026, 1, 1)).__enter__()  # noqa: DTZ001
