"""The inventory: what is on the shelves, what it is worth, how long it lasts."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from shopkeeper.statistics.repository import inventory, totals
from shopkeeper.statistics.repository.inventory import Shelves
from shopkeeper.statistics.repository.scope import RESOLUTION
from shopkeeper.statistics.service.asking import Question, open_books
from shopkeeper.stock.costing import shown_cost
from shopkeeper.utils.money import round_half_even

WINDOW = timedelta(days=30)
ONE_DAY = timedelta(days=1)
FIRST_MOMENT = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Inventory:
    shelves: Shelves
    units_sold: int
    sold_from: datetime
    sold_to: datetime
    as_of: datetime

    @property
    def value_at_cost(self) -> Decimal:
        return shown_cost(self.shelves.value_at_cost)

    @property
    def removed_value_at_cost(self) -> Decimal:
        return shown_cost(self.shelves.removed_value_at_cost)

    @property
    def days_of_cover(self) -> Decimal | None:
        """For how many days the stock lasts, sold as fast as in the window."""
        if self.units_sold <= 0:
            return None
        days = Decimal((self.sold_to - self.sold_from) // RESOLUTION) / (
            ONE_DAY // RESOLUTION
        )
        return round_half_even(self.shelves.units * days / self.units_sold, 1)


def get_inventory(session: Session, question: Question, *, low: int) -> Inventory:
    """Pieces and values of all products on sale at the moment asked for.

    That is `as_of`, or `to` if that is earlier. What lasts how long is told by
    what was sold of these products, net of what came back, in the thirty days
    before, or from `from` on.
    """
    books = open_books(session, question, with_imports=True)
    scope = books.scope
    moment = scope.as_of if scope.end is None else min(scope.end, scope.as_of)
    shelves = inventory.sum_shelves(
        session,
        moment,
        low=low,
        category=scope.category,
        category_id=scope.category_id,
        product_id=scope.product_id,
    )
    start = scope.start
    if start is None:  # But not before all time, which a calendar has.
        start = max(moment, FIRST_MOMENT + WINDOW) - WINDOW
    window = replace(scope, start=min(start, moment), end=None, as_of=moment)
    if shelves.product_ids is not None:
        # They may have been sold on another shelf, or under its name of before.
        window = replace(
            window, category=None, category_id=None, product_ids=shelves.product_ids
        )
    sold = totals.sum_all(session, window, books.closed_until)
    return Inventory(shelves, sold.net_units, min(start, moment), moment, scope.as_of)
