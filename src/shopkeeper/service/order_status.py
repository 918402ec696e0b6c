"""The one table of what may become of an order."""

from shopkeeper.models import OrderStatus
from shopkeeper.service.errors import (
    AlreadyExecuted,
    ConflictError,
    OrderNotExecuted,
    OrderNotPending,
    RefundTooLarge,
)

PENDING, PROCESSING, EXECUTED, PARTIALLY_REFUNDED, REFUNDED, CANCELLED = OrderStatus

TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    PENDING: frozenset({PROCESSING, EXECUTED, CANCELLED}),
    PROCESSING: frozenset({PENDING, EXECUTED}),
    EXECUTED: frozenset({PARTIALLY_REFUNDED, REFUNDED}),
    PARTIALLY_REFUNDED: frozenset({PARTIALLY_REFUNDED, REFUNDED}),
    REFUNDED: frozenset(),
    CANCELLED: frozenset(),
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
