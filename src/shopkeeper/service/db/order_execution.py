"""Executing an order: its payment and its stock, whole or not at all."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from shopkeeper.models import Order, OrderStatus, Payment
from shopkeeper.repository import books, stock
from shopkeeper.repository.orders import OrderView
from shopkeeper.repository.stock import LockedLine
from shopkeeper.service.db.orders import (
    get_order,
    insufficient_stock,
    lock_order,
    shortage,
    touch,
)
from shopkeeper.service.errors import OrderLineUnavailable
from shopkeeper.service.identity import CurrentUser
from shopkeeper.service.order_status import check_transition
from shopkeeper.utils import clock
from shopkeeper.utils.conditional import Precondition


def execute_order(
    session: Session,
    caller: CurrentUser,
    order_id: int,
    precondition: Precondition,
) -> OrderView:
    """Take an order's lines out of stock and settle it by invoice.

    Everything happens in this one transaction: an invoice is settled in the
    shop's own books, so that there is nobody outside to ask.

    Raises:
        OrderNotFound: If there is none, or it is another customer's.
        PreconditionFailed: If it is not in the version the client has seen.
        AlreadyExecuted: If it was executed before.
        OrderNotPending: If it was cancelled, or is being paid.
        OrderLineUnavailable: If a product has left the catalogue.
        InsufficientStock: If any line is short; it tells of each such line.
    """
    order = lock_order(session, caller, order_id)
    precondition.require(str(order.version))
    check_transition(order.id, order.status, OrderStatus.EXECUTED)
    lines = stock.lock_lines(session, order.id)
    _check_available(lines)
    books.write_to_the_books(session)
    now = clock.now()
    stock.take_lines(session, order.id, now)
    _settle_by_invoice(session, order, now)
    order.status = OrderStatus.EXECUTED
    order.executed_at = now
    touch(order)
    session.flush()
    return get_order(session, caller, order.id)


def _check_available(lines: Sequence[LockedLine]) -> None:
    gone = [
        {"product_id": line.product_id, "name": line.product_name}
        for line in lines
        if line.removed
    ]
    if gone:
        raise OrderLineUnavailable(
            f"{gone[0]['name']!r} is no longer sold; update the order without it.",
            lines=gone,
        )
    short = [
        shortage(line.product_id, line.product_name, line.requested, line.available)
        for line in lines
        if line.requested > line.available
    ]
    if short:
        raise insufficient_stock(short)


def _settle_by_invoice(session: Session, order: Order, now: datetime) -> None:
    session.execute(
        insert(Payment).values(
            order_id=order.id,
            method="invoice",
            reference=f"INV-{order.id:08d}",
            status="captured",
            amount=order.total,
            created_at=now,
        )
    )
