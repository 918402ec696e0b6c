"""Today, against the same day of the week before, and what wants doing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Response

from shopkeeper.console.routes.charts import Bar, bars
from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.languages import Formats
from shopkeeper.console.routes.pages import show
from shopkeeper.utils import clock
from shopkeeper.utils.settings import get_settings

LATEST = 10
WEEK = timedelta(days=7)


@show("")
def show_home(desk: Desk) -> Response:
    """How the day goes."""
    now = clock.now().astimezone(Formats(desk.language).zone)
    begun = now.replace(hour=0, minute=0, second=0, microsecond=0)
    get = desk.api.get
    before = get("/statistics/profit", **_period(begun - WEEK, now - WEEK))
    today = get(
        "/statistics/sales-over-time",
        granularity="hour",
        timezone=get_settings().time_zone,
        **_period(begun, now),
    )
    return desk.page(
        "home.html",
        today=today["total"],
        before=before,
        chart=_of_hours(desk, today["items"]),
        latest=get("/orders", limit=LATEST)["items"],
        # What is out and what is low stands first.
        short=[
            level
            for level in get("/stock", limit=2 * LATEST)["items"]
            if level["availability"] != "in_stock"
        ],
        due=get("/orders", payment="due", limit=1)["items"],
        disputed=get("/orders", payment="disputed", limit=1)["items"],
        is_new=not get("/products", status="all", limit=1)["items"],
        audit=next(iter(get("/audits", limit=1)["items"]), None),
        now=now,
    )


def _period(begun: datetime, ended: datetime) -> dict[str, str]:
    return {"from": begun.isoformat(), "to": ended.isoformat()}


def _of_hours(desk: Desk, buckets: Sequence[Any]) -> list[Bar]:
    formats = Formats(desk.language)
    told = [
        (
            datetime.fromisoformat(each["start"]).astimezone(formats.zone),
            Decimal(each["revenue"]),
        )
        for each in buckets
    ]
    return bars([(f"{start:%H}", revenue) for start, revenue in told], formats.money)
