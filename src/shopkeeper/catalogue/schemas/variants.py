from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from shopkeeper.catalogue.repository.rows import Availability
from shopkeeper.catalogue.repository.variants import NewVariant
from shopkeeper.models.option import MOST_OPTIONS
from shopkeeper.models.variant import MOST_VARIANTS
from shopkeeper.utils.errors import ValidationFailed
from shopkeeper.web.schemas.base import Input, Output, Query
from shopkeeper.web.schemas.fields.barcodes import Barcode
from shopkeeper.web.schemas.fields.money import CostInput, CostMoney, Money, PriceInput
from shopkeeper.web.schemas.fields.numbers import (
    MOST_GRAMS,
    MOST_MILLIMETRES,
    Id,
    Quantity,
    exact,
    whole,
)
from shopkeeper.web.schemas.fields.options import OptionName, OptionWord
from shopkeeper.web.schemas.fields.presence import absent
from shopkeeper.web.schemas.fields.query import QueryId
from shopkeeper.web.schemas.fields.text import Sku

Grams = Annotated[
    Decimal,
    Field(ge=0, le=MOST_GRAMS, decimal_places=3, examples=[180]),
    BeforeValidator(exact),
]
Choice = Annotated[
    dict[OptionName, OptionWord],
    Field(
        max_length=MOST_OPTIONS,
        description="What it is of each option.",
        examples=[{"Size": "M"}],
    ),
]


Millimetres = Annotated[
    int, Field(ge=1, le=MOST_MILLIMETRES, examples=[300]), BeforeValidator(whole)
]
Tracked = Annotated[bool, Field(description="What is not counted is always in stock.")]
BackorderLimit = Annotated[
    Quantity,
    Field(
        description="How many pieces may be sold that are not there yet; null is any"
        " number.",
        examples=[0],
    ),
]


class OptionCreate(Input):
    """In what variants differ, and what they can be, in this order."""

    name: OptionName
    values: Annotated[list[OptionWord], Field(min_length=1, max_length=MOST_VARIANTS)]


class NewDetails(Input):
    """What is told of a new variant, or of a product that is its only one."""

    compare_at_price: PriceInput | None = None
    barcode: Barcode | None = None
    weight_grams: Grams | None = None
    length_mm: Millimetres | None = None
    width_mm: Millimetres | None = None
    height_mm: Millimetres | None = None
    tracked: Tracked = True
    backorder_limit: BackorderLimit | None = 0


class ChangedDetails(Input):
    """What of these changes. An absent field stays; null clears what may be empty."""

    compare_at_price: PriceInput | None = absent()
    barcode: Barcode | None = absent()
    weight_grams: Grams | None = absent()
    length_mm: Millimetres | None = absent()
    width_mm: Millimetres | None = absent()
    height_mm: Millimetres | None = absent()
    tracked: Tracked = absent()
    backorder_limit: BackorderLimit | None = absent()


class VariantCreate(NewDetails):
    options: Choice
    quantity: Quantity
    price: PriceInput = absent()
    sku: Sku | None = None
    cost: CostInput | None = None

    def new(self, price: Decimal | None) -> NewVariant:
        """As it is written down, at its own price or else at this one."""
        told = self.model_dump()
        return NewVariant(**{**told, "price": told["price"] or price})


Options = Annotated[list[OptionCreate], Field(min_length=1, max_length=MOST_OPTIONS)]
NewVariants = Annotated[
    list[VariantCreate], Field(min_length=1, max_length=MOST_VARIANTS)
]


def new_variants(
    variants: Sequence[VariantCreate], price: Decimal | None = None
) -> list[NewVariant]:
    """Variants as they are written down, with the price of those that name none.

    Raises:
        ValidationFailed: If one has no price.
    """
    for place, variant in enumerate(variants):
        if "price" not in variant.model_fields_set and price is None:
            pointer = f"/variants/{place}/price"
            raise ValidationFailed([{"pointer": pointer, "message": "is missing"}])
    return [variant.new(price) for variant in variants]


class VariantsAdd(Input):
    product_id: Id
    variants: NewVariants


class VariantUpdate(ChangedDetails):
    """What changes. An absent field stays; null clears what may be empty."""

    id: Id
    quantity: Quantity = absent()
    price: PriceInput = absent()
    cost: CostInput | None = absent()
    sku: Sku | None = absent()


class VariantsUpdate(Input):
    """What changes of several variants of a product: of all of them, or of none."""

    product_id: Id
    variants: Annotated[
        list[VariantUpdate], Field(min_length=1, max_length=MOST_VARIANTS)
    ]

    def changes(self) -> dict[int, dict[str, Any]]:
        """What changes of each, by its id.

        Raises:
            ValidationFailed: If one is named twice.
        """
        told: dict[int, dict[str, Any]] = {}
        for place, each in enumerate(self.variants):
            if each.id in told:
                pointer, message = f"/variants/{place}/id", "is named twice"
                raise ValidationFailed([{"pointer": pointer, "message": message}])
            told[each.id] = each.model_dump(exclude_unset=True, exclude={"id"})
        return told


class VariantRemove(Query):
    id: QueryId


class Option(Output):
    name: str
    values: list[str]


class Variant(Output):
    """A variant as everybody sees it."""

    id: int
    title: Annotated[str, Field(examples=["M / Red"])]
    options: Annotated[dict[str, str], Field(examples=[{"Size": "M"}])]
    sku: str | None
    price: Money
    compare_at_price: Money | None
    barcode: str | None
    weight_grams: float | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    quantity: int | None
    availability: Availability


class CoarseVariant(Variant):
    """A variant as everybody sees it where the stock is nobody's business."""

    quantity: Annotated[None, BeforeValidator(lambda _: None)]


class ManagedVariant(Variant):
    """A variant as a manager sees it: with what a piece of it costs the shop."""

    quantity: int
    cost: CostMoney | None
    tracked: bool
    backorder_limit: int | None
    waiting: Annotated[
        int, Field(description="Pieces that are sold, and are not there yet.")
    ]


class OneVariant(Variant):
    """A variant alone, and the product that it is of."""

    product_id: int


class OneCoarseVariant(CoarseVariant, OneVariant):
    """The same where the stock is nobody's business."""


class OneManagedVariant(ManagedVariant, OneVariant):
    """The same as a manager sees it."""
