"""What was sold, where, of what, and what it brought, as it stands or as it stood."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Response

from shopkeeper.console.routes.charts import bars
from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.languages import N_, Formats
from shopkeeper.console.routes.pages import show
from shopkeeper.console.routes.shop_api import Wanted
from shopkeeper.utils import clock
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.problems import to_response

# Each with where the API tells it.
REPORTS: Mapping[str, tuple[str, str]] = {
    "sales": (N_("Sales over time"), "/statistics/sales-over-time"),
    "products": (N_("Products"), "/statistics/product-sales"),
    "categories": (N_("Categories"), "/statistics/category-product-sales"),
    "countries": (N_("Countries"), "/statistics/countries"),
}
PERIODS: Mapping[str, tuple[str, int]] = {
    "7": (N_("7 days"), 7),
    "30": (N_("30 days"), 30),
    "90": (N_("90 days"), 90),
    "365": (N_("A year"), 365),
    "month": (N_("This month"), 31),
    "last_month": (N_("Last month"), 31),
    "all": (N_("Always"), 0),
}
MONTHS = {"month", "last_month"}
# As far as the slider goes back.
DAYS_BACK = 90
# Of products on a page; a file has all.
MOST_ROWS = 100
HOURLY, DAILY, WEEKLY = 2, 62, 200


@show("/reports")
def show_first_report(desk: Desk) -> Response:
    """The report that most look for."""
    return show_report(desk, "sales")


@show("/reports/<any(sales,products,categories,countries):report>")
def show_report(desk: Desk, report: str) -> Response:
    """A statistic of a period, as the books stood at a moment."""
    period = _period(desk)
    query, days = _query(desk, period)
    profit = desk.api.get("/statistics/profit", **query)
    asked = _of(report, query, days)
    if report == "products":
        asked["limit"] = MOST_ROWS
    told = desk.api.get(REPORTS[report][1], **asked)
    return desk.page(
        "report.html",
        report=report,
        reports=REPORTS,
        periods=PERIODS,
        period=period,
        days_back=DAYS_BACK,
        back=_days_back(desk),
        query=query,
        profit=profit,
        before=_before(desk, period, days, query),
        told=told,
        chart=_chart(desk, told) if report == "sales" else [],
    )


@show("/reports/<any(sales,products,categories,countries):report>.<any(csv,xlsx):kind>")
def download_report(desk: Desk, report: str, kind: str) -> Response:
    """The same as a file."""
    asked, days = _query(desk, _period(desk))
    query = _of(report, asked, days) | {"format": kind}
    return to_response(desk.api.answer(Wanted("GET", REPORTS[report][1], query)))


def _days_back(desk: Desk) -> int:
    said = desk.asked("back", "0")
    is_number = said.isascii() and said.isdigit() and len(said) <= len(str(DAYS_BACK))
    return min(int(said), DAYS_BACK) if is_number else 0


def _period(desk: Desk) -> str:
    said = desk.asked("period")
    return said if said in PERIODS else "30"


def _query(desk: Desk, period: str) -> tuple[dict[str, Any], int]:
    """From when to when, and as of when; and how many days that are."""
    now = clock.now().astimezone(Formats(desk.language).zone)
    back, days = _days_back(desk), PERIODS[period][1]
    ends = now - timedelta(days=back) if back else now
    query: dict[str, Any] = {"as_of": ends.isoformat()} if back else {}
    if not days:
        return query, days
    midnight = ends.replace(hour=0, minute=0, second=0, microsecond=0)
    begins = midnight - timedelta(days=days - 1)
    if period == "month":
        begins = midnight.replace(day=1)
    elif period == "last_month":
        ends = midnight.replace(day=1)
        begins = (ends - timedelta(days=1)).replace(day=1)
    query |= {"from": begins.isoformat(), "to": ends.isoformat()}
    return query, days


def _of(report: str, query: Mapping[str, Any], days: int) -> dict[str, Any]:
    """What a report is asked beside its period."""
    if report != "sales":
        return dict(query)
    sizes = [(HOURLY, "hour"), (DAILY, "day"), (WEEKLY, "week")]
    size = next((name for most, name in sizes if 0 < days <= most), "month")
    return {**query, "granularity": size, "timezone": get_settings().time_zone}


def _before(desk: Desk, period: str, days: int, query: Mapping[str, Any]) -> Any:
    """The profit of the period before, which is as long; of a month, the one before."""
    if not days:
        return None
    zone = Formats(desk.language).zone

    def moved(moment: str) -> str:
        """As many days before, at that hour of the clock there."""
        local = datetime.fromisoformat(moment).astimezone(zone)
        if period in MONTHS:
            return _a_month_before(local).isoformat()
        return (local - timedelta(days=days)).isoformat()

    before = {"from": moved(query["from"]), "to": moved(query["to"])}
    return desk.api.get("/statistics/profit", **{**query, **before})


def _a_month_before(local: datetime) -> datetime:
    """The same moment of the month before, or its end, if it has no such day."""
    begun = local.replace(day=1)
    last = begun - timedelta(days=1)
    if local.day > last.day:
        return begun.replace(hour=0, minute=0, second=0, microsecond=0)
    return last.replace(day=local.day)


def _chart(desk: Desk, told: Mapping[str, Any]) -> list[Any]:
    formats = Formats(desk.language)
    return bars(
        [
            (formats.day(each["start"]), Decimal(each["revenue"]))
            for each in told["items"]
        ],
        formats.money,
    )
