"""Profit: revenue less the cost of what was sold, both net of refunds."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from shopkeeper.statistics.repository.scope import Scope, Sums
from shopkeeper.statistics.repository.totals import sum_all, sum_by_country
from shopkeeper.statistics.service.asking import Question, open_books
from shopkeeper.statistics.shares import percentages
from shopkeeper.stock.costing import shown_cost
from shopkeeper.utils.countries import get_country
from shopkeeper.utils.money import round_half_even


@dataclass(frozen=True)
class Figures:
    """What is told of any sums; a cost is rounded here, and nowhere before."""

    sums: Sums

    @property
    def orders(self) -> int:
        return self.sums.orders

    @property
    def units(self) -> int:
        return self.sums.net_units

    @property
    def revenue(self) -> Decimal:
        return self.sums.net_revenue

    @property
    def cost(self) -> Decimal:
        return shown_cost(self.sums.net_cost)

    @property
    def profit(self) -> Decimal:
        return self.revenue - self.cost

    @property
    def refunds(self) -> Decimal:
        return self.sums.refunded_revenue

    @property
    def margin_percentage(self) -> Decimal | None:
        """Profit in percent of revenue, rounded half-even to two decimals.

        Of no revenue, or less than none, there is no part.
        """
        if self.revenue <= 0:
            return None
        return round_half_even(self.profit * 100 / self.revenue, 2)


@dataclass(frozen=True)
class Profit:
    figures: Figures
    scope: Scope


@dataclass(frozen=True)
class CountrySales:
    country_code: str
    figures: Figures
    sales_percentage: Decimal

    @property
    def country(self) -> str:
        return get_country(self.country_code).name


@dataclass(frozen=True)
class CountryShares:
    items: Sequence[CountrySales]
    scope: Scope


def get_profit(session: Session, question: Question) -> Profit:
    """Revenue and cost of a period, net of the refunds made in it."""
    books = open_books(session, question)
    sums = sum_all(session, books.scope, books.closed_until)
    return Profit(Figures(sums), books.scope)


def get_country_sales(session: Session, question: Question) -> CountryShares:
    """What was sold to each country, and its share of all pieces; the best first."""
    books = open_books(session, question)
    totals = sum_by_country(session, books.scope, books.closed_until)
    ranking = sorted(totals.items(), key=lambda item: (-item[1].net_units, item[0]))
    shares = percentages([sums.net_units for _, sums in ranking])
    items = [
        CountrySales(code, Figures(sums), share)
        for (code, sums), share in zip(ranking, shares, strict=True)
    ]
    return CountryShares(items, books.scope)
