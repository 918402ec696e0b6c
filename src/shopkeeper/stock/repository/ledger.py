"""Every lock on stock and every movement of it, always in key order.

Two orders over the same variants lock them in the same order, so that one
waits for the other and neither for both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, select, text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.models import (
    Backorder,
    MovementReason,
    OrderItem,
    Stock,
    StockMovement,
    Variant,
)
from shopkeeper.models.location import MAIN


@dataclass(frozen=True)
class Movement:
    """Why stock moves, and when; what it is for is named by its id."""

    reason: MovementReason
    moment: datetime
    user_id: int | None = None
    order_id: int | None = None
    refund_id: int | None = None
    note: str | None = None
    unit_cost: Decimal | None = None
    reference: str | None = None

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "reason": self.reason,
            "created_at": self.moment,
            "user_id": self.user_id,
            "order_id": self.order_id,
            "refund_id": self.refund_id,
            "note": self.note,
            "unit_cost": self.unit_cost,
            "reference": self.reference,
        }


def move(
    session: Session,
    deltas: Sequence[tuple[int, int]],
    movement: Movement,
    values: Sequence[Decimal] | None = None,
    waiting: Sequence[int] | None = None,
) -> None:
    """Move stock: (variant id, delta) for each variant, applied in key order.

    Values are what the pieces cost that come back; without them, pieces move at
    the average, or at the movement's own unit cost. `waiting` is by how many more
    pieces each is waited for.

    The ledger applies what it is told; PostgreSQL refuses a quantity below
    zero (`ck_stock_quantity_not_negative`), and then nothing of it has
    happened. No quantity is too large: what comes back finds room.
    """
    session.execute(
        _MOVE,
        {
            "variants": [variant_id for variant_id, _ in deltas],
            "deltas": [delta for _, delta in deltas],
            "values": [None] * len(deltas) if values is None else list(values),
            "waiting": [0] * len(deltas) if waiting is None else list(waiting),
            **movement.columns,
        },
    )


_MOVE = text(
    """
    INSERT INTO stock_movements
        (variant_id, delta, value_delta, waiting_delta, reason, order_id, refund_id,
         user_id, note, unit_cost, reference, created_at)
    SELECT variant_id, delta, value_delta, waiting_delta, :reason, :order_id,
        :refund_id, :user_id, :note, :unit_cost, :reference, :created_at
    FROM unnest(
        CAST(:variants AS bigint[]),
        CAST(:deltas AS bigint[]),
        CAST(:values AS numeric[]),
        CAST(:waiting AS bigint[])
    ) AS moved (variant_id, delta, value_delta, waiting_delta)
    ORDER BY variant_id
    """
)


class MovementRow(NamedTuple):
    """What the ledger says of a movement, and of which product the variant is."""

    product_id: int
    variant_id: int
    sequence: int
    delta: int
    balance_after: int
    waiting_delta: int
    waiting_after: int
    unit_cost: Decimal | None
    value_delta: Decimal
    value_after: Decimal
    reason: str
    order_id: int | None
    refund_id: int | None
    import_id: int | None
    user_id: int | None
    note: str | None
    reference: str | None
    created_at: datetime


def list_movements(
    session: Session, variant_id: int, limit: int, before: int | None
) -> list[MovementRow]:
    """A variant's movements, the last first; at most `limit`."""
    query = (
        select(*[getattr(StockMovement, name) for name in MovementRow._fields[1:]])
        .add_columns(Variant.product_id)
        .join(Variant, Variant.id == StockMovement.variant_id)
        .where(
            StockMovement.variant_id == variant_id, StockMovement.location_id == MAIN
        )
    )
    if before is not None:
        query = query.where(StockMovement.sequence < before)
    last_first = query.order_by(StockMovement.sequence.desc()).limit(limit)
    return [
        MovementRow(product_id, *columns)
        for *columns, product_id in session.execute(last_first)
    ]


def last_receipt(session: Session, variant_id: int) -> MovementRow:
    """What came in last of a variant, whatever has gone to those who waited for it."""
    receipt = session.scalars(
        select(StockMovement.sequence)
        .where(
            StockMovement.variant_id == variant_id,
            StockMovement.location_id == MAIN,
            StockMovement.reason == MovementReason.RECEIPT,
        )
        .order_by(StockMovement.sequence.desc())
        .limit(1)
    ).one()
    (noted,) = list_movements(session, variant_id, 1, receipt + 1)
    return noted


def lock_stock(session: Session, variant_ids: Sequence[int] | Select[Any]) -> None:
    """Hold the stock of variants, lowest id first."""
    session.execute(
        select(Stock.variant_id)
        .where(Stock.variant_id.in_(variant_ids))
        .order_by(Stock.variant_id, Stock.location_id)
        .with_for_update(key_share=True)
    )


def lock_stock_of_order(session: Session, order_id: int) -> None:
    """Hold the stock of an order's lines, lowest id first."""
    lock_stock(
        session, select(OrderItem.variant_id).where(OrderItem.order_id == order_id)
    )


def lock_backordered(session: Session, order_id: int) -> None:
    """Hold the stock of an order's lines, if some were sold before they were there.

    Of all of them, so that whoever holds more of it later does so in order.
    """
    is_late = exists().where(Backorder.order_id == order_id)
    lock_stock(
        session,
        select(OrderItem.variant_id).where(OrderItem.order_id == order_id, is_late),
    )


# How many pieces of a variant can be sold, those that are not there yet among them;
# null is any number.
AVAILABLE = Fragment(
    """
    CASE WHEN stock.tracked AND stock.backorder_limit IS NOT NULL
        THEN stock.quantity + greatest(stock.backorder_limit - stock.waiting, 0)
    END AS available
    """
)
# An order's lines leave the stock, as far as they are there; the others wait. `taken`
# tells what each had cost. The guards are the ledger's, whoever has looked at the
# stock before: a mistake there stops the sale and not the stock's truth.
TAKEN = Fragment(
    """
    taken AS (
        INSERT INTO stock_movements
            (variant_id, delta, waiting_delta, reason, order_id, user_id, created_at)
        SELECT line.variant_id, -least(line.quantity, stock.quantity),
            greatest(line.quantity - stock.quantity, 0), 'sale', line.order_id,
            :user_id, :moment
        FROM order_items AS line
        JOIN stock ON stock.variant_id = line.variant_id
            AND stock.location_id = {main}
        WHERE line.order_id = :order_id AND stock.tracked
        ORDER BY line.variant_id
        RETURNING variant_id, waiting_delta, value_delta
    )
    """,
    main=MAIN,
)
# What its lines keep of that. What is not counted costs what its stock says.
LEFT = Fragment(
    """
    line_cost = coalesce(
        -taken.value_delta, round(order_items.quantity * stock.cost, 10), 0
    ), tracked = stock.tracked, backordered = coalesce(taken.waiting_delta, 0)
    """
)
TAKEN_OF_STOCK = Fragment(
    """
    stock LEFT JOIN taken ON taken.variant_id = stock.variant_id
    """
)
IS_THEIR_STOCK = Fragment(
    """
    stock.variant_id = order_items.variant_id AND stock.location_id = {main}
    """,
    main=MAIN,
)
# What still waits is not waited for any more; what came in meanwhile goes back too.
_RELEASE = text(
    """
    INSERT INTO stock_movements (variant_id, delta, waiting_delta, value_delta, reason,
        order_id, user_id, created_at)
    SELECT line.variant_id, line.quantity - coalesce(late.waiting, 0),
        -coalesce(late.waiting, 0), line.line_cost + coalesce(late.cost, 0), 'release',
        line.order_id, :user_id, :moment
    FROM order_items AS line
    LEFT JOIN backorders AS late
        ON late.order_id = line.order_id AND late.order_item_id = line.id
    WHERE line.order_id = :order_id AND line.tracked
    ORDER BY line.variant_id
    """
)
_NOT_BACKORDERED = text(
    """
    UPDATE order_items SET tracked = true, backordered = 0
    WHERE order_id = :order_id AND (backordered > 0 OR NOT tracked)
    """
)


def release_lines(
    session: Session, order_id: int, user_id: int | None, moment: datetime
) -> None:
    """Put back what was taken for an order that is not paid after all, as it was.

    Nothing of it waits any more.
    """
    session.execute(
        _RELEASE, {"order_id": order_id, "user_id": user_id, "moment": moment}
    )
    session.execute(_NOT_BACKORDERED, {"order_id": order_id})


def lock_stock_of(session: Session, variant_ids: Fragment) -> None:
    """Hold the stock of the variants that a query of ours names, lowest id first."""
    session.execute(
        text(
            Fragment(
                """
                SELECT count(*) FROM (
                    SELECT variant_id FROM stock
                    WHERE variant_id IN ({variant_ids})
                    ORDER BY variant_id, location_id
                    FOR NO KEY UPDATE
                ) AS held
                """,
                variant_ids=variant_ids,
            )
        )
    )
