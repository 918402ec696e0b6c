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
    "all": (N_("Always"), 0),
}
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
    period = desk.asked("period", "30")
    days = PERIODS.get(period, PERIODS["30"])[1]
    query = _query(desk, days)
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
        before=_before(desk, days, query),
        told=told,
        chart=_chart(desk, told) if report == "sales" else [],
    )


@show("/reports/<any(sales,products,categories,countries):report>.<any(csv,xlsx):kind>")
def download_report(desk: Desk, report: str, kind: str) -> Response:
    """The same as a file."""
    days = PERIODS.get(desk.asked("period", "30"), PERIODS["30"])[1]
    query = _of(report, _query(desk, days), days) | {"format": kind}
    return to_response(desk.api.answer(Wanted("GET", REPORTS[report][1], query)))


def _days_back(desk: Desk) -> int:
    said = desk.asked("back", "0")
    return min(int(said), DAYS_BACK) if said.isascii() and said.isdigit() else 0


def _query(desk: Desk, days: int) -> dict[str, Any]:
    """From when to when, and as of when."""
    now = clock.now().astimezone(Formats(desk.language).zone)
    back = _days_back(desk)
    seen = now - timedelta(days=back) if back else now
    query: dict[str, Any] = {}
    if back:
        query["as_of"] = seen.isoformat()
    if days:
        midnight = seen.replace(hour=0, minute=0, second=0, microsecond=0)
        query["from"] = (midnight - timedelta(days=days - 1)).isoformat()
        query["to"] = seen.isoformat()
    return query


def _of(report: str, query: Mapping[str, Any], days: int) -> dict[str, Any]:
    """What a report is asked beside its period."""
    if report != "sales":
        return dict(query)
    sizes = [(HOURLY, "hour"), (DAILY, "day"), (WEEKLY, "week")]
    size = next((name for most, name in sizes if 0 < days <= most), "month")
    return {**query, "granularity": size, "timezone": get_settings().time_zone}


def _before(desk: Desk, days: int, query: Mapping[str, Any]) -> Any:
    """The profit of the period before, which is as long."""
    if not days:
        return None
    zone, length = Formats(desk.language).zone, timedelta(days=days)

    def moved(moment: str) -> str:
        """As many days before, at that hour of the clock there."""
        return (datetime.fromisoformat(moment).astimezone(zone) - length).isoformat()

    period = {"from": moved(query["from"]), "to": moved(query["to"])}
    return desk.api.get("/statistics/profit", **{**query, **period})


def _chart(desk: Desk, told: Mapping[str, Any]) -> list[Any]:
    formats = Formats(desk.language)
    return bars(
        [
            (formats.day(each["start"]), Decimal(each["revenue"]))
            for each in told["items"]
        ],
        formats.money,
    )
