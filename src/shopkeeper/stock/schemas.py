from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from shopkeeper.models import MovementReason
from shopkeeper.stock import levels
from shopkeeper.web.schemas.base import Input, Output, Page, PageQuery
from shopkeeper.web.schemas.fields.money import CostMoney
from shopkeeper.web.schemas.fields.numbers import (
    LARGEST_QUANTITY,
    Id,
    Quantity,
    whole,
)
from shopkeeper.web.schemas.fields.presence import absent
from shopkeeper.web.schemas.fields.query import QueryBool, QueryId
from shopkeeper.web.schemas.fields.text import Reason, Sku
from shopkeeper.web.schemas.fields.time import MomentInput, MomentOutput

# Of one adjustment or stock-take.
MOST_LINES = 1000


class StockMovement(Output):
    """One change of a product's quantity or cost, and what it was for."""

    product_id: int
    variant_id: int
    sequence: int
    delta: int
    balance_after: int
    waiting_delta: Annotated[
        int,
        Field(description="By how many it changed the pieces that are sold, and wait."),
    ]
    waiting_after: int
    unit_cost: Annotated[
        CostMoney | None,
        Field(description="What each piece cost, where somebody said so."),
    ]
    value_delta: Annotated[
        CostMoney, Field(description="What it changed the value of the stock by.")
    ]
    value_after: CostMoney
    reason: MovementReason
    order_id: int | None
    refund_id: int | None
    import_id: int | None
    user_id: int | None
    note: str | None
    reference: str | None
    created_at: MomentOutput


class _Named(Input):
    """Of a variant, by its id or its sku."""

    variant_id: Id = absent()
    sku: Sku = absent()

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if len(self.model_fields_set & {"variant_id", "sku"}) != 1:
            raise ValueError("names a variant by one of variant_id and sku")
        return self


class AdjustedLine(_Named):
    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 2,
            "maxProperties": 2,
            "examples": [{"sku": "TS-M", "delta": -2}],
        }
    )

    delta: Annotated[
        int,
        Field(
            ge=-LARGEST_QUANTITY,
            le=LARGEST_QUANTITY,
            description="How many pieces more, or with a minus fewer; not 0.",
            json_schema_extra={"not": {"const": 0}},
        ),
        BeforeValidator(whole),
    ]


class CountedLine(_Named):
    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 2,
            "maxProperties": 2,
            "examples": [{"sku": "TS-M", "counted": 17}],
        }
    )

    counted: Quantity


class AdjustmentReason(StrEnum):
    """Why there are other pieces than before, without a trade."""

    ADJUSTMENT = "adjustment"
    DAMAGE = "damage"
    THEFT = "theft"
    LOSS = "loss"
    FOUND = "found"


GOES = frozenset(
    {AdjustmentReason.DAMAGE, AdjustmentReason.THEFT, AdjustmentReason.LOSS}
)


class StockAdjust(Input):
    """Pieces that are there, or are not, without a trade: all lines or none."""

    lines: Annotated[list[AdjustedLine], Field(min_length=1, max_length=MOST_LINES)]
    reason: Annotated[
        AdjustmentReason,
        Field(
            strict=False,
            description="`damage`, `theft` and `loss` take pieces away, `found` brings"
            " some, `adjustment` does either.",
        ),
    ]
    note: Reason | None = None

    @model_validator(mode="after")
    def _signed(self) -> Self:
        for line in self.lines:
            is_gone = line.delta < 0
            if line.delta == 0:
                raise ValueError("a delta is not 0")
            if self.reason in GOES and not is_gone:
                raise ValueError(f"{self.reason} takes pieces away: a delta is below 0")
            if self.reason is AdjustmentReason.FOUND and is_gone:
                raise ValueError("found brings pieces: a delta is above 0")
        return self


class StockCount(Input):
    """A stock-take: what was counted of each variant, and when."""

    lines: Annotated[list[CountedLine], Field(min_length=1, max_length=MOST_LINES)]
    counted_at: Annotated[
        MomentInput | None,
        Field(description="What was sold since stays sold. Now, if it is not given."),
    ] = None
    note: Reason | None = None


class AdjustedVariant(Output):
    """What became of a variant's stock."""

    variant_id: int
    product_id: int
    sku: str | None
    name: str
    expected: Annotated[
        int, Field(description="What the ledger said there was, when it was counted.")
    ]
    delta: int
    quantity: Annotated[int, Field(description="What there is now.")]


class AdjustedStock(Output):
    """Every line, in its order."""

    lines: list[AdjustedVariant]


class ThresholdLine(_Named):
    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 2,
            "maxProperties": 2,
            "examples": [{"sku": "TS-M", "low_stock_threshold": 10}],
        }
    )

    low_stock_threshold: Annotated[
        Quantity | None,
        Field(
            description="Below so many pieces it is low; null is as the whole shop has"
            " it (`LOW_STOCK`)."
        ),
    ]


class StockThresholds(Input):
    """Below how many pieces the stock of variants is low."""

    lines: Annotated[list[ThresholdLine], Field(min_length=1, max_length=MOST_LINES)]


class SetThresholds(Output):
    changed: Annotated[int, Field(description="Of how many variants it was said.")]


class Level(StrEnum):
    OUT_OF_STOCK = "out_of_stock"
    LOW_STOCK = "low_stock"
    IN_STOCK = "in_stock"


class StockQuery(PageQuery):
    availability: Annotated[Level | None, Field(description="Of these alone.")] = None
    product_id: Annotated[
        QueryId | None, Field(description="Of this product alone.")
    ] = None
    waiting: Annotated[
        QueryBool | None,
        Field(description="Only what somebody waits for, or only the rest."),
    ] = None


class StockLevel(Output):
    """How much there is of a variant on sale, and for how long it lasts."""

    variant_id: int
    product_id: int
    name: str
    title: str
    sku: str | None
    location: str
    quantity: int
    low_stock_threshold: int | None
    tracked: Annotated[bool, Field(description="What is not is never out of stock.")]
    backorder_limit: Annotated[
        int | None,
        Field(description="How many pieces may be sold that are not there; null: any."),
    ]
    waiting: Annotated[
        int, Field(description="Pieces that are sold, and are not there yet.")
    ]
    availability: Level
    cost: CostMoney | None
    value: CostMoney
    units_sold: Annotated[
        int, Field(description="In the last 30 days, net of what came back.")
    ]
    days_of_cover: Annotated[
        float | None,
        Field(
            description="For how many days it lasts if it sells on as fast; null if"
            " nothing was sold, or it is not counted."
        ),
    ]

    @classmethod
    def of(cls, level: levels.Level) -> Self:
        days = level.days_of_cover
        return cls(
            **{
                name: value
                for name, value in level.row._asdict().items()
                if name in cls.model_fields
            }
            | {
                "availability": level.availability,
                "cost": level.cost,
                "value": level.value,
                "days_of_cover": None if days is None else float(days),
            }
        )


class StockLevelPage(Page[StockLevel]):
    """The stock of variants."""


class StockMovementPage(Page[StockMovement]):
    """Movements of a product's stock."""
