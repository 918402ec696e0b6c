"""Every lock on stock and every movement of it, always in key order.

Two orders over the same variants lock them in the same order, so that one
waits for the other and neither for both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.models import (
    MovementReason,
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
) -> None:
    """Move stock: (variant id, delta) for each variant, applied in key order.

    Values are what the pieces cost that come back; without them, pieces move at
    the average, or at the movement's own unit cost.

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
            **movement.columns,
        },
    )


_MOVE = text(
    """
    INSERT INTO stock_movements
        (variant_id, delta, value_delta, reason, order_id, refund_id, user_id, note,
         unit_cost, reference, created_at)
    SELECT variant_id, delta, value_delta, :reason, :order_id, :refund_id, :user_id,
        :note, :unit_cost, :reference, :created_at
    FROM unnest(
        CAST(:variants AS bigint[]),
        CAST(:deltas AS bigint[]),
        CAST(:values AS numeric[])
    ) AS moved (variant_id, delta, value_delta)
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


def lock_stock(session: Session, variant_ids: Sequence[int] | Select[Any]) -> None:
    """Hold the stock of variants, lowest id first."""
    session.execute(
        select(Stock.variant_id)
        .where(Stock.variant_id.in_(variant_ids))
        .order_by(Stock.variant_id, Stock.location_id)
        .with_for_update(key_share=True)
    )


# An order's lines leave the stock; `taken` tells what each had cost. The guard is
# the CHECK on the quantity, whoever has looked at it before: a mistake there
# stops the sale and not the stock's truth.
TAKEN = Fragment(
    """
    taken AS (
        INSERT INTO stock_movements
            (variant_id, delta, reason, order_id, user_id, created_at)
        SELECT variant_id, -quantity, 'sale', order_id, :user_id, :moment
        FROM order_items
        WHERE order_id = :order_id
        ORDER BY variant_id
        RETURNING variant_id, value_delta
    )
    """
)
_RELEASE = text(
    """
    INSERT INTO stock_movements
        (variant_id, delta, value_delta, reason, order_id, user_id, created_at)
    SELECT variant_id, quantity, line_cost, 'release', order_id, :user_id, :moment
    FROM order_items
    WHERE order_id = :order_id
    ORDER BY variant_id
    """
)


def release_lines(
    session: Session, order_id: int, user_id: int | None, moment: datetime
) -> None:
    """Put back what was taken for an order that is not paid after all, as it was."""
    session.execute(
        _RELEASE, {"order_id": order_id, "user_id": user_id, "moment": moment}
    )


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
