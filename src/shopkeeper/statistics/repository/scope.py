"""What a question is about, and where its answer is read from.

Every event counts at its own time: a sale when its order was executed, a
refund when the money was given back. What is read of a line is what it was
sold as, so nothing that later happens to the catalogue changes an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Self

from shopkeeper.database.statements import Fragment
from shopkeeper.statistics.repository.facts import FACTS

RESOLUTION = timedelta(microseconds=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Scope:
    """The half-open period [start, end) as the books stood at `as_of`; of what.

    A category is told by the path it had when something of it was sold; what was sold
    below it was sold in it too.
    """

    start: datetime | None
    end: datetime | None
    as_of: datetime
    category: str | None = None
    product_id: int | None = None
    country_code: str | None = None
    # By its id, whatever it was called; only lines tell, so no roll-up is read.
    category_id: int | None = None
    # Of these products alone, whatever category they were sold in.
    product_ids: tuple[int, ...] | None = None

    @property
    def until(self) -> datetime:
        """The end of all that counts, itself excluded."""
        past = self.as_of + RESOLUTION
        return past if self.end is None else min(self.end, past)

    @property
    def has_filters(self) -> bool:
        return any(
            given is not None
            for given in (
                *(self.category, self.product_id, self.country_code),
                *(self.category_id, self.product_ids),
            )
        )

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "category": self.category,
            "product": self.product_id,
            "country": self.country_code,
            "category_id": self.category_id,
            "of_products": list(self.product_ids or ()),
        }

    @property
    def conditions(self) -> list[Fragment]:
        """On the lines of orders."""
        given = []
        if self.category is not None:
            given.append(in_category(Fragment("line.category_name")))
        if self.product_id is not None:
            given.append(Fragment("line.product_id = :product"))
        if self.country_code is not None:
            given.append(Fragment("orders.country_code = :country"))
        if self.category_id is not None:
            given.append(Fragment("line.category_id = :category_id"))
        if self.product_ids is not None:
            given.append(Fragment("line.product_id = ANY (:of_products)"))
        return given


def in_category(path: Fragment) -> Fragment:
    """Whether a path is that of the category asked for, or of one below it.

    Keys are compared code point by code point: `!` is next after the space.
    """
    return Fragment(
        "(lower({path}) = lower(:category) OR (lower({path}) >= lower(:category)"
        " || ' > ' AND lower({path}) < lower(:category) || ' >!'))",
        path=path,
    )


# Which of the sums are whole numbers.
COUNTS = ("orders", "lines", "units", "refunded_units", "costless_units")


class Sums(NamedTuple):
    """What was sold in a period, and what came back in it."""

    orders: int = 0
    lines: int = 0
    units: int = 0
    revenue: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    refunded_units: int = 0
    refunded_revenue: Decimal = Decimal(0)
    restocked_cost: Decimal = Decimal(0)
    costless_units: int = 0
    costless_revenue: Decimal = Decimal(0)

    @property
    def net_units(self) -> int:
        return self.units - self.refunded_units

    @property
    def net_revenue(self) -> Decimal:
        return self.revenue - self.refunded_revenue

    @property
    def net_cost(self) -> Decimal:
        return self.cost - self.restocked_cost

    @classmethod
    def of(cls, row: Sequence[Any]) -> Self:
        """From the columns of a sum, where PostgreSQL makes counts decimals."""
        named = dict(zip(cls._fields, row, strict=True))
        for name in COUNTS:
            named[name] = int(named[name])
        return cls(**named)

    def plus(self, other: "Sums") -> "Sums":
        both: list[Any] = [self, other]
        return Sums.of([a + b for a, b in zip(*both, strict=True)])


Span = tuple[datetime | None, datetime]  # Half-open; None is from ever.


@dataclass(frozen=True)
class Reading:
    """Where the answer is read: closed days from roll-ups, the rest from the lines."""

    closed: Span | None
    spans: tuple[Span, ...]
    # Whether the closed part reaches to the last day that is closed.
    is_up_to_date: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        """Of the closed part, and of the spans."""
        given: dict[str, Any] = {}
        if self.closed is not None:
            start, stop = self.closed
            given = {"first": start, "last": stop}
        for number, (start, stop) in enumerate(self.spans):
            given |= {f"start{number}": start, f"stop{number}": stop}
        return given

    @property
    def is_all_closed(self) -> bool:
        """Whether the closed part is all that is closed."""
        return self.closed is not None and (
            self.closed[0] is None and self.is_up_to_date
        )

    @property
    def days(self) -> list["Piece"]:
        """The closed part, read by days."""
        if self.closed is None:
            return []
        start, stop = self.closed
        return [Piece("day", None if start is None else start.date(), stop.date())]

    @property
    def months_and_days(self) -> list["Piece"]:
        """The closed part, read by whole months and the days that are left."""
        if self.closed is None:
            return []
        ((_, first, last),) = self.days
        assert last is not None  # noqa: S101  # A closed part has an end.
        opening = None if first is None else _month_from(first)
        # A month that is not over has what is closed of it.
        closing = _month_from(last) if self.is_up_to_date else last.replace(day=1)
        if opening is not None and opening >= closing:
            return self.days
        pieces = [Piece("month", opening, closing)]
        if first is not None and opening is not None and first < opening:
            pieces.append(Piece("day", first, opening))
        if closing < last:
            pieces.append(Piece("day", closing, last))
        return pieces


class Piece(NamedTuple):
    """Rows of a roll-up: of the days or months [first, last)."""

    unit: str
    first: date | None
    last: date | None

    def conditions(self, number: int) -> list[Fragment]:
        """Which rows; `rolled` is the roll-up."""
        given = []
        if self.first is not None:
            given.append(Fragment(f"rolled.{self.unit} >= :first_{number}"))
        if self.last is not None:
            given.append(Fragment(f"rolled.{self.unit} < :last_{number}"))
        return given


def piece_parameters(pieces: Sequence[Piece]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for number, piece in enumerate(pieces):
        given |= {f"first_{number}": piece.first, f"last_{number}": piece.last}
    return given


def _month_from(day: date) -> date:
    """The first month that begins on a day or after it."""
    if day.day == 1:
        return day
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def read_from(
    scope: Scope, closed_until: date | None, step: timedelta = DAY
) -> Reading:
    """Divide a period into what is closed, in whole steps, and the rest.

    Args:
        scope: The question.
        closed_until: The first day that is not closed.
        step: What the roll-up is made of.
    """
    whole = Reading(None, ((scope.start, scope.until),))
    if closed_until is None:
        return whole
    first = None if scope.start is None else -((EPOCH - scope.start) // step) * step
    last = min(_midnight(closed_until), EPOCH + (scope.until - EPOCH) // step * step)
    opening = None if first is None else EPOCH + first
    if opening is not None and opening >= last:
        return whole
    spans: list[Span] = []
    if opening is not None and scope.start is not None and scope.start < opening:
        spans.append((scope.start, opening))
    if last < scope.until:
        spans.append((last, scope.until))
    return Reading((opening, last), tuple(spans), last == _midnight(closed_until))


EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def live_facts(scope: Scope, spans: Sequence[Span]) -> Fragment:
    """The query of all events of some spans that the question is about."""
    return Fragment(
        FACTS,
        sold=all_of([_within("orders.executed_at", spans), *scope.conditions]),
        refunded=all_of([_within("refunds.settled_at", spans), *scope.conditions]),
        reversed=all_of([_within("refunds.reversed_at", spans), *scope.conditions]),
        filled=all_of([_within("filled.created_at", spans), *scope.conditions]),
    )


def all_of(conditions: Sequence[Fragment]) -> Fragment:
    """That all of these are true; there may be none."""
    return Fragment.joined(" AND ", conditions or [Fragment("true")])


def union(queries: Sequence[Fragment]) -> Fragment:
    """The rows of all of these."""
    return Fragment.joined(" UNION ALL ", queries)


def _within(column: str, spans: Sequence[Span]) -> Fragment:
    # Written out for each span, so that the column's index is used.
    ranges = [
        Fragment(
            f"({column} < :stop{number}"
            + ("" if start is None else f" AND {column} >= :start{number}")
            + ")"
        )
        for number, (start, _) in enumerate(spans)
    ]
    if not ranges:
        return Fragment("false")
    return Fragment("({ranges})", ranges=Fragment.joined(" OR ", ranges))
