"""The periods of the reports: whole months of the shop's calendar, as on any day."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from testing.visitor import Visitor

from shopkeeper.console.routes import reports


@pytest.mark.parametrize(
    ("back", "period"),
    [
        (0, "Feb 1, 2026 – Mar 1, 2026"),
        (14, "Feb 1, 2026 – Mar 1, 2026"),  # As it stood on the 1st.
        (15, "Jan 1, 2026 – Feb 1, 2026"),
    ],
)
def test_last_month_is_that_before_the_day_it_is_seen_from(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, back: int, period: str
) -> None:
    now = datetime(2026, 3, 15, 12, tzinfo=UTC)
    monkeypatch.setattr(reports, "clock", SimpleNamespace(now=lambda: now))

    page = visitor.visit(f"/reports?period=last_month&back={back}")

    assert period in page.text


def test_a_month_before_a_day_that_it_has_not_is_all_of_it() -> None:
    march = datetime(2026, 3, 31, 9, tzinfo=UTC)
    before = reports._a_month_before

    assert before(march) == datetime(2026, 3, 1, tzinfo=UTC)
    assert before(march.replace(day=1)) == datetime(2026, 2, 1, 9, tzinfo=UTC)
