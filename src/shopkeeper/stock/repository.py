"""Every lock on stock and every movement of it, always in key order.

Two orders over the same products lock them in the same order, so that one
waits for the other and neither for both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, insert, select, text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.models import (
    MovementReason,
    Stock,
    StockMovement,
)


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


def open_stock(
    session: Session,
    product_id: int,
    quantity: int,
    cost: Decimal | None,
    movement: Movement,
) -> None:
    """Give a new product its place in stock, and its first quantity at its cost."""
    session.execute(
        insert(Stock).values(
            product_id=product_id, quantity=0, cost=cost, updated_at=movement.moment
        )
    )
    if quantity:
        move(session, [(product_id, quantity)], movement)


def move(
    session: Session,
    deltas: Sequence[tuple[int, int]],
    movement: Movement,
    values: Sequence[Decimal] | None = None,
) -> None:
    """Move stock: (product id, delta) for each product, applied in key order.

    Values are what the pieces cost that come back; without them, pieces move at
    the average, or at the movement's own unit cost.

    The ledger applies what it is told; PostgreSQL refuses a quantity below
    zero (`ck_stock_quantity_not_negative`), and then nothing of it has
    happened. No quantity is too large: what comes back finds room.
    """
    session.execute(
        _MOVE,
        {
            "products": [product_id for product_id, _ in deltas],
            "deltas": [delta for _, delta in deltas],
            "values": [None] * len(deltas) if values is None else list(values),
            **movement.columns,
        },
    )


_MOVE = text(
    """
    INSERT INTO stock_movements
        (product_id, delta, value_delta, reason, order_id, refund_id, user_id, note,
         unit_cost, reference, created_at)
    SELECT product_id, delta, value_delta, :reason, :order_id, :refund_id, :user_id,
        :note, :unit_cost, :reference, :created_at
    FROM unnest(
        CAST(:products AS bigint[]),
        CAST(:deltas AS bigint[]),
        CAST(:values AS numeric[])
    ) AS moved (product_id, delta, value_delta)
    ORDER BY product_id
    """
)


def list_movements(
    session: Session, product_id: int, limit: int, before: int | None
) -> list[StockMovement]:
    """A product's movements, the last first; at most `limit`."""
    query = select(StockMovement).where(StockMovement.product_id == product_id)
    if before is not None:
        query = query.where(StockMovement.sequence < before)
    last_first = query.order_by(StockMovement.sequence.desc()).limit(limit)
    return list(session.scalars(last_first))


def has_stock(session: Session, product_id: int) -> bool:
    """Whether there ever was such a product, removed or not."""
    found = session.scalar(
        select(Stock.product_id).where(Stock.product_id == product_id)
    )
    return found is not None


def lock_stock(session: Session, product_ids: Sequence[int] | Select[Any]) -> None:
    """Hold the stock of products, lowest id first."""
    session.execute(
        select(Stock.product_id)
        .where(Stock.product_id.in_(product_ids))
        .order_by(Stock.product_id)
        .with_for_update(key_share=True)
    )


# An order's lines leave the stock; `taken` tells what each had cost. The guard is
# the CHECK on the quantity, whoever has looked at it before: a mistake there
# stops the sale and not the stock's truth.
TAKEN = Fragment(
    """
    taken AS (
        INSERT INTO stock_movements
            (product_id, delta, reason, order_id, user_id, created_at)
        SELECT product_id, -quantity, 'sale', order_id, :user_id, :moment
        FROM order_items
        WHERE order_id = :order_id
        ORDER BY product_id
        RETURNING product_id, value_delta
    )
    """
)
_RELEASE = text(
    """
    INSERT INTO stock_movements
        (product_id, delta, value_delta, reason, order_id, user_id, created_at)
    SELECT product_id, quantity, line_cost, 'release', order_id, :user_id, :moment
    FROM order_items
    WHERE order_id = :order_id
    ORDER BY product_id
    """
)


def release_lines(
    session: Session, order_id: int, user_id: int | None, moment: datetime
) -> None:
    """Put back what was taken for an order that is not paid after all, as it was."""
    session.execute(
        _RELEASE, {"order_id": order_id, "user_id": user_id, "moment": moment}
    )


def lock_stock_of(session: Session, product_ids: Fragment) -> None:
    """Hold the stock of the products that a query of ours names, lowest id first."""
    session.execute(
        text(
            Fragment(
                """
                SELECT count(*) FROM (
                    SELECT product_id FROM stock
                    WHERE product_id IN ({product_ids})
                    ORDER BY product_id
                    FOR NO KEY UPDATE
                ) AS held
                """,
                product_ids=product_ids,
            )
        )
    )
