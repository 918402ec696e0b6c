"""What the books answer: as JSON, or row by row as CSV."""

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import Field

from shopkeeper.statistics.service import inventory, profit, series
from shopkeeper.statistics.service.profit import Figures
from shopkeeper.statistics.service.series import Granularity
from shopkeeper.utils.money import shop_currency
from shopkeeper.web.schemas.base import Output, TabularOutput
from shopkeeper.web.schemas.fields.money import (
    CostMoney,
    Money,
    Percentage,
    ShopCurrency,
)
from shopkeeper.web.schemas.fields.time import MomentOutput


class _Period(TabularOutput):
    """Of when an answer is."""

    currency: ShopCurrency
    from_: Annotated[MomentOutput | None, Field(serialization_alias="from")]
    to: MomentOutput | None
    as_of: MomentOutput


def _period(scope: Any) -> dict[str, Any]:
    return {
        "currency": shop_currency().code,
        "from_": scope.start,
        "to": scope.end,
        "as_of": scope.as_of,
    }


class WithoutCost(Output):
    """Pieces and revenue, net of refunds, whose whole price counts as profit."""

    units: int
    revenue: Money


class Profit(_Period):
    """Revenue, cost and profit, net of refunds.

    A refund counts on the day it happens. One without restock keeps the cost
    of the goods: they are lost.
    """

    number_of_executed_orders: int
    total_revenue: Money
    total_cost: CostMoney
    total_profit: CostMoney
    margin_percentage: Annotated[
        Percentage | None,
        Field(description="Profit in percent of revenue; null unless it is above 0."),
    ]
    refunded_revenue: Money
    without_cost: Annotated[
        WithoutCost,
        Field(description="What was sold at no known cost: all of it is profit here."),
    ]

    @classmethod
    def of(cls, answer: profit.Profit) -> Self:
        figures = answer.figures
        return cls(
            number_of_executed_orders=figures.orders,
            total_revenue=figures.revenue,
            total_cost=figures.cost,
            total_profit=figures.profit,
            margin_percentage=figures.margin_percentage,
            refunded_revenue=figures.refunds,
            without_cost=WithoutCost(
                units=figures.sums.costless_units,
                revenue=figures.sums.costless_revenue,
            ),
            **_period(answer.scope),
        )


class SalesFigures(Output):
    """What was sold, net of what came back."""

    orders: Annotated[int, Field(description="Orders executed.")]
    units: int
    revenue: Money
    cost: CostMoney
    profit: CostMoney
    refunds: Annotated[Money, Field(description="Money given back.")]


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "orders": figures.orders,
        "units": figures.units,
        "revenue": figures.revenue,
        "cost": figures.cost,
        "profit": figures.profit,
        "refunds": figures.refunds,
    }


class _Country(Output):
    country_code: str
    country: str


class CountrySales(SalesFigures, _Country):
    sales_percentage: Annotated[Percentage, Field(description="Of all pieces.")]


class CountrySalesList(_Period):
    items: list[CountrySales]

    @classmethod
    def of(cls, answer: profit.CountryShares) -> Self:
        items = [
            CountrySales(
                country_code=item.country_code,
                country=item.country,
                sales_percentage=item.sales_percentage,
                **_figures(item.figures),
            )
            for item in answer.items
        ]
        return cls(items=items, **_period(answer.scope))

    @classmethod
    def row_schema(cls) -> type[Output]:
        return CountrySales

    def rows(self) -> Iterator[Output]:
        yield from self.items


class _Bucket(Output):
    start: MomentOutput
    end: MomentOutput


class SalesBucket(SalesFigures, _Bucket):
    """The sales of a bucket; columns begin with what they are of."""


class SalesSeries(_Period):
    granularity: Granularity
    timezone: str
    total: SalesFigures
    items: list[SalesBucket]

    @classmethod
    def of(cls, answer: series.Series, **more: Any) -> Self:
        items = [
            SalesBucket(start=item.start, end=item.end, **_figures(item.figures))
            for item in answer.items
        ]
        return cls(
            granularity=answer.granularity,
            timezone=answer.timezone,
            total=SalesFigures(**_figures(answer.total)),
            items=items,
            **_period(answer.scope),
            **more,
        )

    @classmethod
    def row_schema(cls) -> type[Output]:
        return SalesBucket

    def rows(self) -> Iterator[Output]:
        yield from self.items


class ProductSalesSeries(SalesSeries):
    """Sales of one product over time."""

    product_id: int
    product_name: Annotated[
        str, Field(description="Under which it was last sold in the period.")
    ]


class Inventory(TabularOutput):
    """What is on the shelves at a moment, of the products then on sale."""

    products: int
    units: int
    value_at_cost: CostMoney
    value_at_price: Money
    out_of_stock: Annotated[int, Field(description="Products with no piece left.")]
    low_stock: Annotated[
        int, Field(description="Products with some, and no more than asked for.")
    ]
    removed_units: Annotated[
        int, Field(description="What is left of what has left the catalogue.")
    ]
    removed_value_at_cost: CostMoney
    units_sold: Annotated[
        int, Field(description="Between `sold_from` and `sold_to`, net of refunds.")
    ]
    days_of_cover: Annotated[
        float | None,
        Field(
            description="For how many days the stock lasts if it sells on as fast;"
            " null if nothing was sold."
        ),
    ]
    currency: ShopCurrency
    sold_from: MomentOutput
    sold_to: MomentOutput
    as_of: MomentOutput

    @classmethod
    def of(cls, answer: inventory.Inventory) -> Self:
        shelves = answer.shelves
        return cls(
            products=shelves.products,
            units=shelves.units,
            value_at_cost=answer.value_at_cost,
            value_at_price=shelves.value_at_price,
            out_of_stock=shelves.out_of_stock,
            low_stock=shelves.low_stock,
            removed_units=shelves.removed_units,
            removed_value_at_cost=answer.removed_value_at_cost,
            units_sold=answer.units_sold,
            days_of_cover=None
            if answer.days_of_cover is None
            else float(answer.days_of_cover),
            currency=shop_currency().code,
            sold_from=answer.sold_from,
            sold_to=answer.sold_to,
            as_of=answer.as_of,
        )
