"""The one table of what may become of an order."""

from decimal import Decimal

from shopkeeper.models import OrderStatus
from shopkeeper.orders.errors import (
    AlreadyExecuted,
    OrderNotExecuted,
    OrderNotPending,
    RefundTooLarge,
)
from shopkeeper.utils.errors import ConflictError

PENDING, PROCESSING, EXECUTED, PARTIALLY_REFUNDED, REFUNDED, CANCELLED = OrderStatus

TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    PENDING: frozenset({PROCESSING, EXECUTED, CANCELLED}),
    PROCESSING: frozenset({PENDING, EXECUTED}),
    EXECUTED: frozenset({PARTIALLY_REFUNDED, REFUNDED}),
    PARTIALLY_REFUNDED: frozenset({PARTIALLY_REFUNDED, REFUNDED}),
    REFUNDED: frozenset(),
    CANCELLED: frozenset(),
}

# When money that was given back comes back, and only then.
REVERSALS: dict[OrderStatus, frozenset[OrderStatus]] = {
    PARTIALLY_REFUNDED: frozenset({PARTIALLY_REFUNDED, EXECUTED}),
    REFUNDED: frozenset({PARTIALLY_REFUNDED, EXECUTED}),
}

WAS_EXECUTED = frozenset({EXECUTED, PARTIALLY_REFUNDED, REFUNDED})


def check_transition(order_id: int, status: str, target: OrderStatus) -> None:
    """Insist that an order may go from its status to the target.

    Raises:
        AlreadyExecuted: If it was executed and should be, or be cancelled.
        OrderNotPending: If it had to be pending and is not.
        OrderNotExecuted: If it had to be executed to be refunded.
        RefundTooLarge: If all of it is refunded already.
    """
    current = OrderStatus(status)
    if target in TRANSITIONS[current]:
        return
    raise _refusal(current, target)(
        f"Order {order_id} is {current.replace('_', ' ')}.",
        order_id=order_id,
        order_status=current.value,
    )


def check_reversal(order_id: int, status: str, target: OrderStatus) -> None:
    """Insist that an order may go back to the target when a refund is reversed.

    Raises:
        OrderNotExecuted: If nothing of it is refunded.
    """
    current = OrderStatus(status)
    if target not in REVERSALS.get(current, ()):
        raise OrderNotExecuted(
            f"Order {order_id} is {current.replace('_', ' ')}.",
            order_id=order_id,
            order_status=current.value,
        )


def status_of_sold(total: Decimal, refunded: Decimal) -> OrderStatus:
    """What an order that was executed is, by how much of it is given back."""
    if refunded == 0:
        return EXECUTED
    return REFUNDED if refunded == total else PARTIALLY_REFUNDED


def check_pending(order_id: int, status: str) -> None:
    """Insist that an order can still be changed.

    Raises:
        OrderNotPending: If it cannot.
    """
    if status != PENDING:
        raise OrderNotPending(
            f"Order {order_id} is {status.replace('_', ' ')}.",
            order_id=order_id,
            order_status=status,
        )


def _refusal(current: OrderStatus, target: OrderStatus) -> type[ConflictError]:
    if current is REFUNDED and target is REFUNDED:
        return RefundTooLarge
    if target in {PARTIALLY_REFUNDED, REFUNDED}:
        return OrderNotExecuted
    return AlreadyExecuted if current in WAS_EXECUTED else OrderNotPending
