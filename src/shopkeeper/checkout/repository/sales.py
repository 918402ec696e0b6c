"""Sales as they are written: reserved, concluded, or both at once.

What is written is known by then, so that it can go with the COMMIT, and with the
answer that tells of it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment, Statement, at_commit
from shopkeeper.orders.repository.views import OrderRow, PaymentRow
from shopkeeper.stock.repository.ledger import (
    IS_THEIR_STOCK,
    LEFT,
    TAKEN,
    TAKEN_OF_STOCK,
)


@dataclass(frozen=True)
class Sale:
    """An order that is sold, and its payment, as they are after a step."""

    order: OrderRow
    payment: PaymentRow


class NewPayment(NamedTuple):
    """A payment that is begun: its id, and our name for it at the provider."""

    id: int
    key: UUID


_CHANGE_ORDER = Fragment(
    """
    UPDATE orders
    SET status = :status, executed_at = :executed_at,
        invoice_number = :invoice_number, updated_at = :updated_at,
        version = :version
    WHERE id = :order_id
    """
)
# A sale's goods leave the shelf; each line keeps what its pieces had cost.
_RESERVE: Statement[NewPayment] = Statement(
    Fragment(
        """
        WITH {taken}, items AS (
            UPDATE order_items SET {left}
            FROM {taken_of_stock}
            WHERE order_items.order_id = :order_id AND {is_their_stock}
        ), sold AS ({change_order})
        INSERT INTO payments (order_id, user_id, method, status, amount, created_at,
            idempotency_key, expires_at, look_at)
        VALUES (:order_id, :user_id, :method, :payment_status, :amount, :moment,
            :idempotency_key,
            clock_timestamp() + CAST(:hold AS interval),
            clock_timestamp() + CAST(:look_after AS interval))
        RETURNING id, key
        """,
        taken=TAKEN,
        left=LEFT,
        taken_of_stock=TAKEN_OF_STOCK,
        is_their_stock=IS_THEIR_STOCK,
        change_order=_CHANGE_ORDER,
    ),
    NewPayment,
)
# It is executed; each line keeps the category that it is sold in, and what those of
# its pieces have cost that came in while it was paid for.
_CONCLUDE: Statement[None] = Statement(
    Fragment(
        """
        WITH items AS (
            UPDATE order_items
            SET category_id = categories.id, category_name = categories.path,
                line_cost = line_cost + coalesce(
                    CASE WHEN backordered > 0 THEN (
                        SELECT cost FROM backorders
                        WHERE backorders.order_id = order_items.order_id
                            AND backorders.order_item_id = order_items.id
                    ) END, 0
                )
            FROM products
            JOIN categories ON categories.id = products.category_id
            WHERE order_items.order_id = :order_id
                AND products.id = order_items.product_id
        ), booked AS (
            UPDATE backorders SET cost = 0 WHERE order_id = :order_id AND cost > 0
        ), sold AS ({change_order})
        UPDATE payments
        SET status = :payment_status, received = :received, settled_at = :settled_at,
            next_action = NULL
        WHERE id = :payment_id
        """,
        change_order=_CHANGE_ORDER,
    )
)
# Both at once, where there is nobody to ask in between.
_RESERVE_AND_CONCLUDE: Statement[None] = Statement(
    Fragment(
        """
        WITH {taken}, items AS (
            UPDATE order_items
            SET {left}, category_id = categories.id, category_name = categories.path
            FROM {taken_of_stock}, products
            JOIN categories ON categories.id = products.category_id
            WHERE order_items.order_id = :order_id AND {is_their_stock}
                AND products.id = order_items.product_id
        ), sold AS ({change_order})
        INSERT INTO payments (order_id, user_id, method, reference, status, amount,
            created_at, due_at)
        VALUES (:order_id, :user_id, :method, :reference, :payment_status, :amount,
            :moment, :due_at)
        """,
        taken=TAKEN,
        left=LEFT,
        taken_of_stock=TAKEN_OF_STOCK,
        is_their_stock=IS_THEIR_STOCK,
        change_order=_CHANGE_ORDER,
    )
)


def _change(order: OrderRow) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "status": order.status,
        "executed_at": order.executed_at,
        "invoice_number": order.invoice_number,
        "updated_at": order.updated_at,
        "version": order.version,
    }


def write_reserved(  # noqa: PLR0917  # The sale, by whom, and until when.
    session: Session,
    sale: Sale,
    user_id: int,
    idempotency_key: str | None,
    hold: timedelta,
    look_after: timedelta,
) -> NewPayment:
    """Write a sale that is reserved, at once: its payment is to be asked for.

    Args:
        session: The transaction that holds it.
        sale: As reserved.
        user_id: Who executes it.
        idempotency_key: The client's, under which it is gone on with.
        hold: How long the goods are kept for the payment.
        look_after: When the payment is first looked after, if that is sooner.
    """
    return _RESERVE.one(
        session,
        **_change(sale.order),
        user_id=user_id,
        moment=sale.payment.created_at,
        method=sale.payment.method,
        payment_status=sale.payment.status,
        amount=sale.payment.amount,
        idempotency_key=idempotency_key,
        hold=hold,
        look_after=min(look_after, hold),
    )


def write_concluded(session: Session, sale: Sale, payment_id: int) -> None:
    """Write a sale that was reserved before, and is concluded, at once."""
    _CONCLUDE.all(
        session,
        **_change(sale.order),
        payment_id=payment_id,
        payment_status=sale.payment.status,
        received=sale.payment.received,
        settled_at=sale.payment.settled_at,
    )


def write_sale(session: Session, sale: Sale, user_id: int) -> None:
    """Write a sale that is reserved and concluded, at the latest with the COMMIT.

    Args:
        session: The transaction that holds it.
        sale: As concluded.
        user_id: Who executes it.
    """
    at_commit(
        session,
        _RESERVE_AND_CONCLUDE,
        **_change(sale.order),
        user_id=user_id,
        moment=sale.order.executed_at,
        method=sale.payment.method,
        reference=sale.payment.reference,
        payment_status=sale.payment.status,
        amount=sale.payment.amount,
        due_at=sale.payment.due_at,
    )
