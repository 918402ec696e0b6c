"""Products and their variants as they are read from the catalogue."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import sha256
from typing import Literal, NamedTuple, Self

from shopkeeper.utils.settings import get_settings

# Of a cost as it is shown; the average is kept with more.
COST_UNIT = Decimal("0.0001")


Availability = Literal["in_stock", "low_stock", "backorder", "out_of_stock"]


def availability_of(of: "VariantRow | ProductRow") -> Availability:
    """What anybody may know of a stock (`PUBLIC_STOCK`, `LOW_STOCK`)."""
    if not of.tracked:
        return "in_stock"
    if of.quantity <= 0:
        limit = of.backorder_limit
        return "backorder" if limit is None or limit > of.waiting else "out_of_stock"
    low = of.low_stock_threshold
    if low is None:
        low = get_settings().low_stock
    return "low_stock" if of.quantity < low else "in_stock"


def shown_average(cost: Decimal | None) -> Decimal | None:
    """The average cost as it is shown; PostgreSQL would round ties up."""
    if cost is None:
        return None
    return cost.quantize(COST_UNIT, rounding=ROUND_HALF_EVEN)


class OptionRow(NamedTuple):
    """A value of an option of a product."""

    product_id: int
    position: int
    name: str
    value_id: int
    value: str


class VariantRow(NamedTuple):
    """A variant with its stock."""

    product_id: int
    id: int
    position: int
    value_ids: Sequence[int]
    sku: str | None
    price: Decimal
    compare_at_price: Decimal | None
    barcode: str | None
    weight_grams: Decimal | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    version: int
    quantity: int
    average_cost: Decimal | None
    stock_version: int
    stock_updated_at: datetime
    low_stock_threshold: int | None
    tracked: bool
    backorder_limit: int | None
    waiting: int


class Option(NamedTuple):
    """In what a product's variants differ, and what they can be."""

    name: str
    values: Sequence[str]


class ShownVariant(VariantRow):
    """A variant that knows what it is of each option of its product.

    All that pages are full of is there, and not worked out when it is asked for.
    """

    options: Mapping[str, str]
    title: str
    availability: Availability

    @property
    def cost(self) -> Decimal | None:
        return shown_average(self.average_cost)

    @classmethod
    def alone(cls, row: VariantRow) -> Self:
        """The only variant of a product without options."""
        shown = cls._make(row)
        shown.options, shown.title = {}, ""
        shown.availability = availability_of(row)
        return shown


class ProductColumns(NamedTuple):
    """What a statement reads of a product."""

    id: int
    sku: str | None
    name: str
    description: str | None
    category: str
    category_id: int
    quantity: int
    price: Decimal
    average_cost: Decimal | None
    created_at: datetime
    updated_at: datetime
    version: int
    category_version: int
    stock_version: int
    # Of the product itself, whatever becomes of its stock.
    changed_at: datetime
    variant_id: int
    option_count: int
    brand: str | None
    status: str
    tags: Sequence[str]
    low_stock_threshold: int | None
    tracked: bool
    # None is any number.
    backorder_limit: int | None
    waiting: int
    slug: str
    tax_class: str | None
    # The paths of those that it is found in beside its own.
    further_categories: Sequence[str]


class ProductRow(ProductColumns):
    """A product; one without options is its only variant itself."""

    options: Sequence[Option] = ()
    variants: Sequence[ShownVariant] = ()

    @property
    def availability(self) -> Availability:
        return availability_of(self)

    @property
    def coarse_tag(self) -> str:
        """Of what is shown without the quantity: no sale can be read from it."""
        return f"{self.version}.{self.category_version}-{self.availability}"

    @property
    def cost(self) -> Decimal | None:
        return shown_average(self.average_cost)

    @property
    def version_tag(self) -> str:
        """All versions: renaming the category changes what the product shows."""
        return f"{self.version}.{self.category_version}.{self.stock_version}"


class VariedProduct(ProductRow):
    """A product with options: what is of its stock is that of all its variants."""

    @property
    def availability(self) -> Availability:
        """Of all variants together; where none is there, of one that may be sold."""
        told = availability_of(self)
        if told == "out_of_stock" and any(
            variant.availability == "backorder" for variant in self.variants
        ):
            return "backorder"
        return told

    @property
    def coarse_tag(self) -> str:
        """Also of what is shown of each variant."""
        told = " ".join(variant.availability for variant in self.variants)
        return f"{super().coarse_tag}-{sha256(told.encode()).hexdigest()[:16]}"

    @classmethod
    def of(
        cls,
        row: ProductRow,
        options: Sequence[OptionRow],
        variants: Sequence[VariantRow],
    ) -> Self:
        """Put a product together with its options and its variants on sale."""
        used = {value_id for variant in variants for value_id in variant.value_ids}
        by_name: dict[str, list[str]] = {}
        meanings: dict[int, tuple[str, str]] = {}
        for option in options:
            if option.value_id in used:  # Nobody is offered what there is not.
                by_name.setdefault(option.name, []).append(option.value)
                meanings[option.value_id] = option.name, option.value
        one = variants[0] if len(variants) == 1 else None
        whole = cls._make(
            row._replace(
                sku=one.sku if one else None,
                quantity=sum([variant.quantity for variant in variants]),
                average_cost=one.average_cost if one else None,
                updated_at=max(
                    row.changed_at, *[each.stock_updated_at for each in variants]
                ),
                stock_version=sum([variant.stock_version for variant in variants]),
                low_stock_threshold=one.low_stock_threshold if one else None,
                tracked=all(variant.tracked for variant in variants),
                backorder_limit=one.backorder_limit if one else 0,
                waiting=sum([variant.waiting for variant in variants]),
            )
        )
        shown = [ShownVariant._make(variant) for variant in variants]
        for variant in shown:
            variant.options = dict([meanings[each] for each in variant.value_ids])
            variant.title = " / ".join(variant.options.values())
            variant.availability = availability_of(variant)
        whole.options = [Option(name, values) for name, values in by_name.items()]
        whole.variants = shown
        return whole
