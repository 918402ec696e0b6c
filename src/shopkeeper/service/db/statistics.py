"""Statistics: profit, and who sold how much of what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from sqlalchemy.orm import Session

from shopkeeper.repository import statistics as repository
from shopkeeper.repository.books import wait_for_open_writes
from shopkeeper.repository.statistics import (
    CategoryProductTotals,
    Period,
    ProductTotals,
)
from shopkeeper.service.money import round_half_even
from shopkeeper.service.shares import percentages
from shopkeeper.utils import clock, cursor
from shopkeeper.utils.errors import ValidationFailed


@dataclass(frozen=True)
class Profit:
    number_of_executed_orders: int
    total_revenue: Decimal
    total_cost: Decimal
    refunded_revenue: Decimal
    period: Period

    @property
    def total_profit(self) -> Decimal:
        return self.total_revenue - self.total_cost

    @property
    def margin_percentage(self) -> Decimal | None:
        """Profit in percent of revenue, rounded half-even to two decimals."""
        if not self.total_revenue:
            return None
        return round_half_even(self.total_profit * 100 / self.total_revenue, 2)


@dataclass(frozen=True)
class ProductShare:
    product_id: int
    product_name: str
    total_quantity_sold: int
    revenue: Decimal
    profit: Decimal
    sales_percentage: Decimal


@dataclass(frozen=True)
class ProductSales:
    total_quantity_sold: int
    items: Sequence[ProductShare]
    next_cursor: str | None
    as_of: datetime


@dataclass(frozen=True)
class CategoryProductShare:
    product_id: int
    product_name: str
    quantity_sold: int
    sales_percentage_within_category: Decimal


@dataclass(frozen=True)
class CategorySales:
    category_id: int
    category_name: str
    total_category_quantity: int
    products: Sequence[CategoryProductShare]


def make_period(
    start: datetime | None, end: datetime | None, as_of: datetime | None
) -> Period:
    """A period as of a moment, or of now.

    Raises:
        ValidationFailed: If `as_of` has not come yet: the answer would change.
    """
    now = clock.now()
    if as_of is not None and as_of > now:
        raise ValidationFailed(
            [{"parameter": "as_of", "message": "must not be in the future"}]
        )
    return Period(start, end, as_of or now)


def get_profit(session: Session, period: Period) -> Profit:
    """Revenue and cost of a period, net of the refunds made in it."""
    wait_for_open_writes(session)
    totals = repository.sum_all(session, period)
    return Profit(
        number_of_executed_orders=totals.orders,
        total_revenue=totals.sold_revenue - totals.refunded_revenue,
        total_cost=totals.sold_cost - totals.restocked_cost,
        refunded_revenue=totals.refunded_revenue,
        period=period,
    )


def get_product_sales(
    session: Session, period: Period, *, limit: int, after: str | None
) -> ProductSales:
    """Each product's share of all pieces sold, the best first.

    The shares are of the whole result. A cursor holds on to the moment of the
    first page, so that all pages are of the same books.
    """
    offset = 0
    if after is not None:
        as_of, offset = cursor.decode(after, [str, int])
        period = make_period(period.start, period.end, cursor.moment(as_of))
    wait_for_open_writes(session)
    totals = repository.sum_by_product(session, period)
    shares = percentages([total.quantity for total in totals])
    products = [_product_share(*pair) for pair in zip(totals, shares, strict=True)]
    page = products[offset : offset + limit]
    more = offset + limit < len(products)
    return ProductSales(
        total_quantity_sold=sum(total.quantity for total in totals),
        items=page,
        next_cursor=cursor.encode([period.as_of.isoformat(), offset + limit])
        if more
        else None,
        as_of=period.as_of,
    )


def get_category_sales(session: Session, period: Period) -> list[CategorySales]:
    """Each product's share within its category as sold; the best first."""
    wait_for_open_writes(session)
    rows = repository.sum_by_category(session, period)
    categories = [
        _category_sales(list(products))
        for _, products in groupby(rows, key=lambda row: row.category_id)
    ]
    return sorted(
        categories,
        key=lambda category: (-category.total_category_quantity, category.category_id),
    )


def _product_share(total: ProductTotals, share: Decimal) -> ProductShare:
    return ProductShare(
        product_id=total.product_id,
        product_name=total.product_name,
        total_quantity_sold=total.quantity,
        revenue=total.revenue,
        profit=total.revenue - total.cost,
        sales_percentage=share,
    )


def _category_sales(rows: Sequence[CategoryProductTotals]) -> CategorySales:
    shares = percentages([row.quantity for row in rows])
    return CategorySales(
        category_id=rows[0].category_id,
        category_name=rows[0].category_name,
        total_category_quantity=sum(row.quantity for row in rows),
        products=[
            CategoryProductShare(row.product_id, row.product_name, row.quantity, share)
            for row, share in zip(rows, shares, strict=True)
        ],
    )
