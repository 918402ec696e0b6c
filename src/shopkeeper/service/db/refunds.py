"""Refunds: never more than was sold, each an event of its own day."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from shopkeeper.models import Order, OrderItem, OrderStatus, Refund, RefundItem
from shopkeeper.repository import books, stock
from shopkeeper.repository import orders as repository
from shopkeeper.repository.orders import LineRow, OrderView
from shopkeeper.service.db.integrity import overflowing
from shopkeeper.service.db.orders import Lines, get_order, lock_order, touch
from shopkeeper.service.errors import ProductNotFound, RefundTooLarge, StockOverflow
from shopkeeper.service.identity import CurrentUser
from shopkeeper.service.order_status import check_transition
from shopkeeper.utils import clock
from shopkeeper.utils.conditional import Precondition


class _Return(NamedTuple):
    """What comes back of one line."""

    line: LineRow
    quantity: int

    @property
    def amount(self) -> Decimal:
        return self.line.unit_price * self.quantity

    @property
    def cost(self) -> Decimal:
        return (self.line.unit_cost or Decimal(0)) * self.quantity


def refund_order(
    session: Session,
    caller: CurrentUser,
    order_id: int,
    *,
    lines: Lines | None,
    restock: bool,
    reason: str | None,
    precondition: Precondition,
) -> OrderView:
    """Give money back for an executed order, at the prices it was sold at.

    Args:
        session: The transaction.
        caller: The manager who refunds.
        order_id: The order.
        lines: Product id and quantity of what is refunded; None for all that
            is left.
        restock: Whether the goods go back into stock, at the cost they left
            with. If not, their cost is a loss.
        reason: Why, for the books.
        precondition: The version of the order the client has seen.

    Raises:
        OrderNotFound: If there is no such order.
        PreconditionFailed: If it is not in the version the client has seen.
        OrderNotExecuted: If there is nothing to refund yet.
        ProductNotFound: If a product is not in the order.
        RefundTooLarge: If more would be refunded than was sold.
        StockOverflow: If the stock would outgrow its column.
    """
    order = lock_order(session, caller, order_id)
    precondition.require(str(order.version))
    check_transition(order.id, order.status, OrderStatus.REFUNDED)
    books.write_to_the_books(session)
    sold = repository.list_lines(session, [order.id])
    returns = _select(order.id, sold, lines)
    if restock:
        put_back = [(item.line.product_id, item.quantity) for item in returns]
        with overflowing(StockOverflow()):
            stock.put_back(session, put_back, clock.now())
    _record(session, caller, order, returns, restock=restock, reason=reason)
    left = sum(line.quantity - line.refunded_quantity for line in sold)
    whole = left == sum(item.quantity for item in returns)
    order.status = OrderStatus.REFUNDED if whole else OrderStatus.PARTIALLY_REFUNDED
    order.refunded_total += sum(item.amount for item in returns)
    touch(order)
    session.flush()
    return get_order(session, caller, order.id)


def _select(
    order_id: int, sold: Sequence[LineRow], lines: Lines | None
) -> list[_Return]:
    if lines is None:
        rest = [_Return(line, line.quantity - line.refunded_quantity) for line in sold]
        return [item for item in rest if item.quantity]
    by_product = {line.product_id: line for line in sold}
    return [
        _take_back(order_id, by_product.get(product), product, quantity)
        for product, quantity in lines
    ]


def _take_back(
    order_id: int, line: LineRow | None, product_id: int, quantity: int
) -> _Return:
    if line is None:
        raise ProductNotFound(
            f"Order {order_id} has no product {product_id}.", product_id=product_id
        )
    refundable = line.quantity - line.refunded_quantity
    if quantity > refundable:
        raise RefundTooLarge(
            f"Of {line.product_name!r}, {refundable} of {line.quantity} sold are left"
            f" to refund, not {quantity}.",
            product_id=product_id,
            refundable=refundable,
        )
    return _Return(line, quantity)


def _record(
    session: Session,
    caller: CurrentUser,
    order: Order,
    returns: Sequence[_Return],
    *,
    restock: bool,
    reason: str | None,
) -> None:
    refund = Refund(
        order_id=order.id,
        user_id=caller.id,
        amount=sum(item.amount for item in returns),
        restocked=restock,
        reason=reason,
        created_at=clock.now(),
    )
    session.add(refund)
    session.flush()
    session.execute(
        insert(RefundItem).values(
            [
                {
                    "refund_id": refund.id,
                    "order_id": order.id,
                    "product_id": item.line.product_id,
                    "quantity": item.quantity,
                    "amount": item.amount,
                    "restocked_cost": item.cost if restock else Decimal(0),
                }
                for item in returns
            ]
        )
    )
    session.connection().execute(
        update(OrderItem)
        .where(
            OrderItem.order_id == order.id, OrderItem.product_id == bindparam("product")
        )
        .values(refunded_quantity=OrderItem.refunded_quantity + bindparam("pieces")),
        [
            {"product": item.line.product_id, "pieces": item.quantity}
            for item in returns
        ],
    )
