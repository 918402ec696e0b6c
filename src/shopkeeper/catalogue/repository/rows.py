"""A product as it is read from the catalogue."""

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal, NamedTuple

from shopkeeper.utils.settings import get_settings

# Of a cost as it is shown; the average is kept with more.
COST_UNIT = Decimal("0.0001")


Availability = Literal["in_stock", "low_stock", "out_of_stock"]


class ProductRow(NamedTuple):
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

    @property
    def availability(self) -> Availability:
        """What anybody may know of the stock (`PUBLIC_STOCK`, `LOW_STOCK`)."""
        quantity = self.quantity
        if quantity == 0:
            return "out_of_stock"
        return "low_stock" if quantity < get_settings().low_stock else "in_stock"

    @property
    def coarse_tag(self) -> str:
        """Of what is shown without the quantity: no sale can be read from it."""
        return f"{self.version}.{self.category_version}-{self.availability}"

    @property
    def cost(self) -> Decimal | None:
        """The average as it is shown; PostgreSQL would round ties up."""
        if self.average_cost is None:
            return None
        return self.average_cost.quantize(COST_UNIT, rounding=ROUND_HALF_EVEN)

    @property
    def version_tag(self) -> str:
        """All versions: renaming the category changes what the product shows."""
        return f"{self.version}.{self.category_version}.{self.stock_version}"
