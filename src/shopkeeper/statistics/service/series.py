"""Sales over time: one figure for each hour, day, week or month, without a gap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import reduce
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import ProductNotFound
from shopkeeper.catalogue.repository.products import find_name
from shopkeeper.statistics.repository import totals
from shopkeeper.statistics.repository.products import last_sold_as
from shopkeeper.statistics.repository.scope import Scope, Sums
from shopkeeper.statistics.service.asking import Question, open_books
from shopkeeper.statistics.service.profit import Figures
from shopkeeper.utils.errors import ValidationFailed

MOST_BUCKETS = 10_000


class Granularity(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Bucket:
    start: datetime
    end: datetime
    figures: Figures


@dataclass(frozen=True)
class Series:
    items: Sequence[Bucket]
    total: Figures
    granularity: Granularity
    timezone: str
    scope: Scope


def get_series(
    session: Session, question: Question, granularity: Granularity, zone: ZoneInfo
) -> Series:
    """What was sold in each hour, day, week (from Monday) or month of a time zone.

    From `from` or the shop's first sale, to `to` or the moment of the answer.
    The first and the last bucket are cut where the period begins and ends.

    Raises:
        ValidationFailed: If there would be too many buckets.
    """
    books = open_books(session, question)
    scope = books.scope
    start = scope.start or totals.first_sale(session)
    edges: list[datetime] = []
    if start is not None and start < scope.until:
        edges = _edges_until(scope.until, start, granularity, zone)
    sums = (
        totals.sum_by_bucket(session, scope, books.closed_until, edges) if edges else []
    )
    items = [
        Bucket(
            max(edges[place], scope.start or edges[place]),
            min(edges[place + 1], scope.end or edges[place + 1]),
            Figures(figures),
        )
        for place, figures in enumerate(sums)
    ]
    total = Figures(reduce(Sums.plus, sums, Sums()))
    return Series(items, total, granularity, zone.key, scope)


def get_product_series(
    session: Session, question: Question, granularity: Granularity, zone: ZoneInfo
) -> tuple[str, Series]:
    """The same of one product, with the name it was last sold under.

    Not sold in the period, it is called what it was called as of the answer.

    Raises:
        ProductNotFound: If there never was such a product.
        ValidationFailed: If there would be too many buckets.
    """
    product_id = question.product_id or 0
    series = get_series(session, question, granularity, zone)
    name = find_name(session, product_id, series.scope.as_of)
    if name is None:
        raise ProductNotFound(f"There is no product {product_id}.")
    last = last_sold_as(session, series.scope, ("product_id",), [product_id])
    known = last.get((product_id,))
    return (name if known is None else known.product_name), series


def _edges_until(
    until: datetime, start: datetime, granularity: Granularity, zone: ZoneInfo
) -> list[datetime]:
    edges: list[datetime] = []
    try:
        for edge in _edges(start, granularity, zone):
            edges.append(edge)
            if edge >= until:
                break
            if len(edges) > MOST_BUCKETS:
                message = (
                    f"would give more than {MOST_BUCKETS} rows;"
                    " ask for a shorter period or a coarser granularity"
                )
                raise _refused("granularity", message)
    except (OverflowError, ValueError) as error:
        message = "is too near to an end of the calendar for these steps"
        raise _refused("from", message) from error
    return edges


def _refused(parameter: str, message: str) -> ValidationFailed:
    return ValidationFailed([{"parameter": parameter, "message": message}])


def _edges(
    start: datetime, granularity: Granularity, zone: ZoneInfo
) -> Iterator[datetime]:
    """The beginnings of the bucket a moment is in, and of all that follow."""
    local = start.astimezone(zone)
    if granularity is Granularity.HOUR:
        # By the clock on the wall, which in some zones is half an hour ahead.
        edge = start - timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        while True:
            yield edge.astimezone(UTC)
            edge += timedelta(hours=1)
    day = local.date()
    if granularity is Granularity.WEEK:
        day -= timedelta(days=day.weekday())
    elif granularity is Granularity.MONTH:
        day = day.replace(day=1)
    while True:
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        yield midnight.astimezone(UTC)
        if granularity is Granularity.DAY:
            day += timedelta(days=1)
        elif granularity is Granularity.WEEK:
            day += timedelta(days=7)
        else:
            day = (day + timedelta(days=31)).replace(day=1)
