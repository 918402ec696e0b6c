from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator

from shopkeeper.schemas.base import Output, PageQuery, Query
from shopkeeper.schemas.fields.money import (
    CostMoney,
    Money,
    Percentage,
    ShopCurrency,
)
from shopkeeper.schemas.fields.time import (
    MomentInput,
    MomentOutput,
)
from shopkeeper.service.db import statistics as service
from shopkeeper.service.money import shop_currency

From = Annotated[
    MomentInput | None,
    Field(alias="from", description="What happened from this moment on."),
]
To = Annotated[
    MomentInput | None, Field(description="What happened before this moment.")
]
AsOf = Annotated[
    MomentInput | None,
    Field(
        description="Answer as the books stood then; now, without it. The same"
        " question as of the same moment has the same answer whenever it is asked."
    ),
]


class PeriodQuery(Query):
    """The half-open period [from, to), as the books stood at `as_of`."""

    from_: From = None
    to: To = None
    as_of: AsOf = None

    @field_validator("to")
    @classmethod
    def from_before_to(
        cls, to: datetime | None, info: ValidationInfo
    ) -> datetime | None:
        start = info.data.get("from_")
        if start and to and start > to:
            raise ValueError("must not be before from")
        return to


class ProductSalesQuery(PeriodQuery, PageQuery):
    """A period, one page at a time."""


class Profit(Output):
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
        Field(description="Profit in percent of revenue; null without revenue."),
    ]
    refunded_revenue: Money
    currency: ShopCurrency
    from_: Annotated[MomentOutput | None, Field(serialization_alias="from")]
    to: MomentOutput | None
    as_of: MomentOutput

    @classmethod
    def of(cls, profit: service.Profit) -> Self:
        return cls(
            number_of_executed_orders=profit.number_of_executed_orders,
            total_revenue=profit.total_revenue,
            total_cost=profit.total_cost,
            total_profit=profit.total_profit,
            margin_percentage=profit.margin_percentage,
            refunded_revenue=profit.refunded_revenue,
            currency=shop_currency().code,
            from_=profit.period.start,
            to=profit.period.end,
            as_of=profit.period.as_of,
        )


class ProductSales(Output):
    product_id: int
    product_name: str
    total_quantity_sold: int
    revenue: Money
    profit: CostMoney
    sales_percentage: Percentage


class ProductSalesPage(Output):
    total_quantity_sold: int
    items: list[ProductSales]
    next_cursor: str | None
    as_of: MomentOutput


class CategoryProduct(Output):
    product_id: int
    product_name: str
    quantity_sold: int
    sales_percentage_within_category: Percentage


class CategorySales(Output):
    category_id: int
    category_name: str
    total_category_quantity: int
    products: list[CategoryProduct]


class CategorySalesList(Output):
    items: list[CategorySales]
    as_of: MomentOutput

    @classmethod
    def of(cls, items: Sequence[service.CategorySales], as_of: datetime) -> Self:
        sales = [CategorySales.model_validate(item) for item in items]
        return cls(items=sales, as_of=as_of)
