"""Questions to the books: of what period, as of when, and of what."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from shopkeeper.statistics.service.asking import Question
from shopkeeper.statistics.service.series import Granularity
from shopkeeper.web.schemas.base import PageQuery, Query
from shopkeeper.web.schemas.fields.query import (
    ByteOrderMark,
    QueryCategory,
    QueryId,
    digits,
)
from shopkeeper.web.schemas.fields.text import Location
from shopkeeper.web.schemas.fields.time import MomentInput, TimeZone


class StatisticFormat(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


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
Category = Annotated[
    QueryCategory | None,
    Field(
        description="What was sold in this category and below it, by its path then:"
        " `Men > Shoes`, or a name that only one had."
    ),
]
CategoryId = Annotated[
    QueryId | None,
    Field(description="What was sold in this category itself, whatever it was called."),
]
Country = Annotated[
    Location | None, Field(description="What was sold to this country, by any name.")
]
ProductId = Annotated[QueryId | None, Field(description="What was sold of this.")]


class StatisticsQuery(Query):
    """The half-open period [from, to), as the books stood at `as_of`."""

    from_: From = None
    to: To = None
    as_of: AsOf = None
    category: Category = None
    category_id: CategoryId = None
    country: Country = None
    format: Annotated[
        StatisticFormat | None,
        Field(description="Of the answer, whatever `Accept` says."),
    ] = None
    bom: ByteOrderMark = False

    @field_validator("to")
    @classmethod
    def from_before_to(
        cls, to: datetime | None, info: ValidationInfo
    ) -> datetime | None:
        start = info.data.get("from_")
        if start and to and start > to:
            raise ValueError("must not be before from")
        return to

    def question(self, product_id: int | None = None) -> Question:
        return Question(
            self.from_,
            self.to,
            self.as_of,
            self.category,
            product_id,
            self.country,
            self.category_id,
        )


class SalesQuery(StatisticsQuery):
    """A period, and of what."""

    product_id: ProductId = None

    def question(self, product_id: int | None = None) -> Question:
        return super().question(product_id or self.product_id)


class SoldBy(StrEnum):
    PRODUCT = "product"
    VARIANT = "variant"


class ProductSalesQuery(SalesQuery, PageQuery):
    """A period, one page at a time."""

    by: Annotated[
        SoldBy,
        Field(description="A row for each product, or for each of its variants."),
    ] = SoldBy.PRODUCT


class CategorySalesQuery(SalesQuery):
    """A period, and how much to tell of it."""

    limit: Annotated[
        int | None,
        Field(
            ge=1,
            le=1000,
            description="How many products of each category to give at most;"
            " all, without it. Percentages are of all in either case.",
        ),
        BeforeValidator(digits),
    ] = None


class _Steps(Query):
    granularity: Annotated[
        Granularity, Field(description="A week begins on Monday.")
    ] = Granularity.DAY
    timezone: Annotated[
        TimeZone,
        Field(description="Whose hours and days: a name of the IANA database."),
    ] = ZoneInfo("UTC")


class SeriesQuery(SalesQuery, _Steps):
    """A period, and the steps to divide it into."""


class ProductSeriesQuery(StatisticsQuery, _Steps):
    """A period, and the steps to divide it into."""


class InventoryQuery(SalesQuery):
    """A moment, and the period to tell by how fast things sell."""

    low_stock: Annotated[
        int,
        Field(ge=0, le=1_000_000, description="Up to how many pieces it is low."),
        BeforeValidator(digits),
    ] = 10
