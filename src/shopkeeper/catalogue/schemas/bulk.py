"""Many products changed at once."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from shopkeeper.catalogue.pricing import PriceChange
from shopkeeper.catalogue.repository.lists import ProductFilters
from shopkeeper.catalogue.schemas.product_queries import StatusFilter
from shopkeeper.catalogue.schemas.products import Status
from shopkeeper.models.product import MOST_TAGS
from shopkeeper.web.schemas.base import Input, Output
from shopkeeper.web.schemas.fields.money import AmountChange, Money, PriceInput
from shopkeeper.web.schemas.fields.numbers import Id, exact
from shopkeeper.web.schemas.fields.presence import absent
from shopkeeper.web.schemas.fields.text import (
    Brand,
    CategoryPath,
    SearchWords,
    Tag,
    Tags,
)
from shopkeeper.web.schemas.fields.time import MomentInput

# Of one change.
MOST_PRODUCTS = 10_000
ProductKey = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}$")]
Percent = Annotated[
    Decimal,
    Field(
        gt=-100,
        le=10_000,
        decimal_places=4,
        examples=[-10],
        description="How many hundredths of the price are added, or taken off.",
    ),
    BeforeValidator(exact),
]


class BulkPrice(Input):
    """First by an amount or a percentage, and then to an ending."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    by_amount: AmountChange = absent()
    by_percent: Percent = absent()
    ending: Annotated[
        PriceInput,
        Field(
            description="The nearest price with these last digits: `0.99`, or `9.90`"
            " of every ten."
        ),
    ] = absent()

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("says no change")
        if {"by_amount", "by_percent"} <= self.model_fields_set:
            raise ValueError("changes by an amount or by a percentage, and not by both")
        return self

    def change(self) -> PriceChange:
        return PriceChange(self.by_amount, self.by_percent, self.ending)


class BulkTags(Input):
    """Tags that come, and tags that go."""

    add: Tags = Field(default_factory=list)
    remove: Annotated[list[Tag], Field(max_length=MOST_TAGS)] = Field(
        default_factory=list
    )


class BulkChanges(Input):
    """What changes of each. An absent field stays."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    price: Annotated[
        BulkPrice, Field(description="Of each variant, from what it is.")
    ] = absent()
    status: Status = absent()
    category: CategoryPath = absent()
    brand: Annotated[Brand | None, Field(description="Null clears it.")] = absent()
    tags: BulkTags = absent()

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("says no change")
        return self


class BulkFilter(Input):
    """Which products, as in the list of products."""

    category: CategoryPath | None = None
    search: SearchWords | None = None
    min_price: PriceInput | None = None
    max_price: PriceInput | None = None
    brand: Brand | None = None
    tag: Tag | None = None
    status: Annotated[StatusFilter, Field(strict=False)] = StatusFilter.ALL

    def filters(self) -> ProductFilters:
        return ProductFilters(**self.model_dump())


class ProductsUpdate(Input):
    """One of `ids` and `filter`, and what changes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "filter": {"category": "Stationery"},
                    "changes": {"price": {"by_percent": -10, "ending": "0.99"}},
                    "dry_run": True,
                }
            ]
        }
    )

    ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_PRODUCTS)] = absent()
    filter: Annotated[
        BulkFilter,
        Field(description=f"Of which at most {MOST_PRODUCTS} products are."),
    ] = absent()
    updated_at: Annotated[
        dict[ProductKey, MomentInput],
        Field(
            max_length=MOST_PRODUCTS,
            description="By id, the `updated_at` of those that are to be as they were"
            " seen then.",
            examples=[{"1": "2026-01-31T12:00:00Z"}],
        ),
    ] = Field(default_factory=dict)
    changes: BulkChanges
    dry_run: Annotated[
        bool, Field(description="Tell what would be, and let it stand.")
    ] = False


class BulkOutcome(StrEnum):
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class ChangedPrice(Output):
    """The price of a variant, before and after."""

    variant_id: int
    sku: str | None
    title: str
    before: Money
    after: Money


class ChangeOf(Output):
    """A field of a product, before and after."""

    before: str | None
    after: str | None


class ChangedTags(Output):
    before: list[str]
    after: list[str]


class BulkRow(Output):
    """What became, or would become, of a product; null is what does not change."""

    product_id: int
    name: str | None
    outcome: BulkOutcome
    code: Annotated[
        str | None, Field(description="Of a row that failed: that of the problem.")
    ]
    message: str | None
    prices: list[ChangedPrice]
    status: ChangeOf | None
    category: ChangeOf | None
    brand: ChangeOf | None
    tags: ChangedTags | None


class BulkResult(Output):
    """What became of each product, in the order asked for."""

    is_dry_run: bool
    changed: int
    unchanged: int
    failed: Annotated[int, Field(description="Only of a dry run.")]
    items: list[BulkRow]
