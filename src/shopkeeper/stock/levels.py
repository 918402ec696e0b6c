"""Stock to be looked at: what is out and what is low first, and how long it lasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from shopkeeper.database.pages import Slice
from shopkeeper.stock.adjustments import Line, named_variants
from shopkeeper.stock.books import write_to_the_books
from shopkeeper.stock.costing import shown_cost
from shopkeeper.stock.repository import levels
from shopkeeper.stock.repository.levels import StockLevel
from shopkeeper.utils import clock, cursor
from shopkeeper.utils.money import round_half_even
from shopkeeper.utils.settings import get_settings

LIST = "stock"
# How fast something sells is told by so many days.
WINDOW = timedelta(days=30)
RANKS = ("out_of_stock", "low_stock", "in_stock")


@dataclass(frozen=True)
class Level:
    """The stock of a variant, as it is shown."""

    row: StockLevel

    @property
    def availability(self) -> str:
        return RANKS[self.row.rank]

    @property
    def cost(self) -> Decimal | None:
        average = self.row.average_cost
        return None if average is None else shown_cost(average)

    @property
    def value(self) -> Decimal:
        return shown_cost(self.row.value)

    @property
    def days_of_cover(self) -> Decimal | None:
        """For how many days it lasts, sold on as fast; None if nothing was sold."""
        if self.row.units_sold <= 0 or not self.row.tracked:
            return None
        return round_half_even(
            Decimal(self.row.quantity * WINDOW.days) / self.row.units_sold, 1
        )


def list_stock(
    session: Session,
    *,
    limit: int,
    after: str | None,
    availability: str | None = None,
    product_id: int | None = None,
    is_waited_for: bool | None = None,
) -> Slice[Level]:
    """The stock of all variants on sale: what is out first, then what is low.

    Args:
        session: The transaction.
        limit: How many at most.
        after: The cursor of the page before.
        availability: `out_of_stock`, `low_stock` or `in_stock` alone.
        product_id: Of this product alone.
        is_waited_for: Of what somebody waits for alone, or of the rest.
    """
    place = None
    if after is not None:
        rank, quantity, variant_id = cursor.decode(LIST, after, [int, int, int])
        place = rank, quantity, variant_id
    rows = levels.list_levels(
        session,
        low=get_settings().low_stock,
        since=clock.now() - WINDOW,
        limit=limit + 1,
        after=place,
        rank=None if availability is None else RANKS.index(availability),
        product_id=product_id,
        is_waited_for=is_waited_for,
    )
    page = Slice.cut(
        rows,
        limit,
        lambda row: cursor.encode(LIST, [row.rank, row.quantity, row.variant_id]),
    )
    return page.turned(Level)


def set_thresholds(
    session: Session, lines: Sequence[Line], thresholds: Sequence[int | None]
) -> int:
    """Say below how many pieces variants are low; None is as the shop has it.

    Returns:
        Of how many variants it was said.

    Raises:
        VariantNotFound: If a line names no variant on sale.
        ValidationFailed: If two lines name one variant.
    """
    ids = named_variants(session, lines)
    said = dict(zip(ids, thresholds, strict=True))
    levels.hold_variants(session, ids)
    levels.set_thresholds(session, said, write_to_the_books(session))
    return len(said)
