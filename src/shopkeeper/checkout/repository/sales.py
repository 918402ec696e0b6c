"""Orders as they are placed and sold: held on one batch, and written on another.

What is written is known by then, so that it goes with the COMMIT, and with the answer
that tells of it.
"""

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
    at_commit,
    columns,
    scalar,
)
from shopkeeper.orders.repository.views import OWN, LineRow, OrderView, PaymentRow
from shopkeeper.payments.repository.document_numbers import take_for_pending
from shopkeeper.stock.books import announce
from shopkeeper.stock.repository import TAKEN
from shopkeeper.web.repository.idempotency import GOES_ON, UnverifiedCaller


class HeldOrder(NamedTuple):
    """An order that is to be sold, held against changes until commit."""

    id: int
    user_id: int
    status: str
    location: str
    country_code: str
    total: Decimal
    refunded_total: Decimal
    version: int
    created_at: datetime


class HeldLine(NamedTuple):
    """A line of it beside the product as it is now, whose stock is held."""

    position: int
    line: LineRow
    available: int
    removed: bool
    price_now: Decimal


@dataclass(frozen=True)
class Held:
    """All that has to be known, and to stay so, while an order is sold."""

    order: HeldOrder
    # By the ids of their products, as their stock is held.
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
        SELECT id, user_id, status, location, country_code, total, refunded_total,
            version, created_at
        FROM orders WHERE {own} AND {goes_on}
        FOR NO KEY UPDATE
        """,
        own=OWN,
        goes_on=GOES_ON,
    ),
    HeldOrder,
)
_HOLD_STOCK: Statement[int] = Statement(
    Fragment(
        """
        SELECT product_id FROM stock
        WHERE product_id IN (
            SELECT items.product_id
            FROM orders JOIN order_items AS items ON items.order_id = orders.id
            WHERE {own} AND {goes_on} AND orders.status = 'pending'
        )
        ORDER BY product_id
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
        SELECT items.position, {line_columns}, stock.quantity AS available,
            products.removed_at IS NOT NULL AS removed, products.price AS price_now
        FROM order_items AS items
        JOIN products ON products.id = items.product_id
        JOIN stock ON stock.product_id = items.product_id
        WHERE items.order_id = :order_id
        ORDER BY products.id
        """,
        line_columns=columns(Fragment("items"), LineRow._fields, "line"),
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
    """Hold an order and then the stock of its products, lowest id first, and look.

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


_SELL: Statement[None] = Statement(
    Fragment(
        """
        WITH {taken}, items AS (
            UPDATE order_items
            SET line_cost = -taken.value_delta, category_id = categories.id,
                category_name = categories.name
            FROM taken
            JOIN products ON products.id = taken.product_id
            JOIN categories ON categories.id = products.category_id
            WHERE order_items.order_id = :order_id
                AND order_items.product_id = taken.product_id
        ), sold AS (
            UPDATE orders
            SET status = :status, executed_at = :moment, updated_at = :updated_at,
                version = :version, invoice_number = :invoice_number
            WHERE id = :order_id
        )
        INSERT INTO payments (order_id, user_id, method, reference, status, amount,
            created_at, due_at)
        VALUES (:order_id, :user_id, :method, :reference, :payment_status, :amount,
            :moment, :due_at)
        """,
        taken=TAKEN,
    )
)


def sell(session: Session, order: OrderView, payment: PaymentRow, user_id: int) -> None:
    """Execute an order that is held, at the latest with the COMMIT.

    Its pieces leave the stock, all or none; its lines keep what they had cost
    and the category they are sold in; its invoice is due.
    The order is as it will be.

    Args:
        session: The transaction that holds it.
        order: The order, as executed.
        payment: Its payment.
        user_id: Who executes it.
    """
    at_commit(
        session,
        _SELL,
        order_id=order.id,
        user_id=user_id,
        status=order.status,
        moment=order.executed_at,
        invoice_number=order.invoice_number,
        updated_at=order.updated_at,
        version=order.version,
        method=payment.method,
        reference=payment.reference,
        payment_status=payment.status,
        amount=payment.amount,
        due_at=payment.due_at,
    )
