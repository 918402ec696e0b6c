"""An order that is to be sold: held with its stock, and looked at, in one batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from shopkeeper.database.statements import (
    Batch,
    Deferred,
    Fragment,
    Statement,
    scalar,
)
from shopkeeper.models.location import MAIN
from shopkeeper.orders.repository.views import (
    LINE_COLUMNS,
    OWN,
    LineRow,
    OrderRow,
)
from shopkeeper.payments.repository.document_numbers import take_for_pending
from shopkeeper.stock.books import announce
from shopkeeper.stock.repository.ledger import AVAILABLE
from shopkeeper.web.repository.idempotency import GOES_ON, UnverifiedCaller


class HeldLine(NamedTuple):
    """A line of it beside the variant as it is now, whose stock is held."""

    position: int
    line: LineRow
    # How many pieces can be sold; None if any number can.
    available: int | None
    # How many of the line's are not there.
    backordered: int
    removed: bool
    price_now: Decimal

    @property
    def sold(self) -> LineRow:
        """The line once it is sold: what is not there is waited for."""
        if not self.backordered:
            return self.line
        return self.line._replace(waiting=self.backordered)


@dataclass(frozen=True)
class Held:
    """All that has to be known, and to stay so, while an order is sold."""

    order: OrderRow
    # By the ids of their variants, as their stock is held.
    lines: Sequence[HeldLine]
    # Of the books: what is written now is written under it.
    moment: datetime
    # Taken for its invoice, if it is sold on one, and of which series.
    number: int | None = None
    series: str | None = None
    # What its customer owes already, if there is a limit to that.
    owed: Decimal | None = None


_HOLD_ORDER = Statement(
    Fragment(
        """
        SELECT {order_columns}
        FROM orders WHERE {own} AND {goes_on}
        FOR NO KEY UPDATE
        """,
        order_columns=Fragment.joined(", ", map(Fragment, OrderRow._fields)),
        own=OWN,
        goes_on=GOES_ON,
    ),
    OrderRow,
)
_HOLD_STOCK: Statement[int] = Statement(
    Fragment(
        """
        SELECT variant_id FROM stock
        WHERE variant_id IN (
            SELECT items.variant_id
            FROM orders JOIN order_items AS items ON items.order_id = orders.id
            WHERE {own} AND {goes_on} AND orders.status = 'pending'
        )
        ORDER BY variant_id, location_id
        FOR NO KEY UPDATE
        """,
        own=OWN,
        goes_on=GOES_ON,
    ),
    scalar,
)


_LOOK = Statement(
    Fragment(
        """
        SELECT items.position, {line_columns}, {available},
            CASE WHEN stock.tracked
                THEN greatest(items.quantity - stock.quantity, 0) ELSE 0
            END AS backordered,
            variants.removed_at IS NOT NULL AS removed, variants.price AS price_now
        FROM order_items AS items
        JOIN variants ON variants.id = items.variant_id
        JOIN stock ON stock.variant_id = items.variant_id
            AND stock.location_id = {main}
        WHERE items.order_id = :order_id
        ORDER BY variants.id
        """,
        line_columns=LINE_COLUMNS,
        available=AVAILABLE,
        main=MAIN,
    ),
    HeldLine,
)


_OWED: Statement[Decimal] = Statement(
    """
    SELECT coalesce(sum(
        payments.amount - payments.received - theirs.refunded_total
    ), 0)
    FROM orders
    JOIN orders AS theirs ON theirs.user_id = orders.user_id
    JOIN payments ON payments.order_id = theirs.id AND payments.status = 'due'
    WHERE orders.id = :order_id
    """,
    scalar,
)


def hold(
    batch: Batch,
    order_id: int,
    unverified: UnverifiedCaller,
    sees_all: Sequence[str],
    series: str | None,
    *,
    with_debt: bool = False,
) -> Deferred[Held | None]:
    """Hold an order and then the stock of its variants, lowest id first, and look.

    Whoever has waited for the stock has to see what became of the product
    meanwhile, and a statement sees what was committed before it began: so these
    are several, sent together.

    Args:
        batch: On which it is held.
        order_id: The order.
        unverified: Who wants it held: its owner, or
        sees_all: somebody of one of these roles.
        series: Of which a number is to be taken for it; that is the last to be held.
        with_debt: Whether to add up what its customer owes: after the series is held,
            so that what others of theirs have just been sold for is in it.
    """
    whose = {"order_id": order_id, "sees_all": list(sees_all), **unverified._asdict()}
    order = batch.add(_HOLD_ORDER, **whose)
    batch.add(_HOLD_STOCK, **whose)
    lines = batch.add(_LOOK, order_id=order_id)
    moment = announce(batch)
    number = None
    if series is not None:
        number = take_for_pending(batch, series, order_id, unverified, list(sees_all))
    debt = batch.add(_OWED, order_id=order_id) if with_debt else None

    def held(_: Session) -> Held | None:
        found = order.one_or_none()
        if found is None:
            return None
        taken = number.one_or_none() if number else None
        owed = debt.one() if debt else None
        return Held(found, lines.all(), moment.one(), taken, series, owed)

    return held
