"""Refunds: never more than was sold, each an event of its own day.

A refund is noted before anybody gives money back, and what it is about counts
as taken from then on. It has its effect on the order, the stock and the books
once the money is given back: with an invoice in the same transaction, with a
provider in a second one.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import insert
from sqlalchemy.orm import Session

from shopkeeper.gateways.port import (
    GatewayRefund,
)
from shopkeeper.models import (
    OrderStatus,
    PaymentMethod,
    Refund,
    RefundItem,
    RefundStatus,
)
from shopkeeper.repository import orders as order_repository
from shopkeeper.repository import payments as repository
from shopkeeper.repository.order_views import LineRow, OrderView
from shopkeeper.repository.payments import Returned
from shopkeeper.service.costing import cost_of_return
from shopkeeper.service.db.idempotency import Claim
from shopkeeper.service.db.order_execution import Till
from shopkeeper.service.db.orders import Lines, get_order, lock_order, touch
from shopkeeper.service.db.payments import LOOK_AGAIN_SECONDS, patience
from shopkeeper.service.db.refund_settlement import (
    conclude_refund,
    give_back,
    refund_request,
    refusal,
    settle_refund,
)
from shopkeeper.service.db.stages import Staged
from shopkeeper.service.errors import (
    IdempotencyInFlight,
    ProductNotFound,
    RefundPending,
    RefundTooLarge,
)
from shopkeeper.service.identity import CurrentUser
from shopkeeper.service.order_status import check_transition
from shopkeeper.utils import clock
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import ProblemError
from shopkeeper.utils.faults import fault_point

NOTHING_RETURNED = Returned(0, Decimal(0))


class _Return(NamedTuple):
    """What comes back of one line, of which something may have before."""

    line: LineRow
    quantity: int
    before: Returned

    @property
    def amount(self) -> Decimal:
        return self.line.unit_price * self.quantity

    @property
    def cost(self) -> Decimal:
        return cost_of_return(
            self.line.line_cost or Decimal(0),
            self.line.quantity,
            self.before.quantity,
            self.before.cost,
            self.quantity,
        )


def refund_order(
    session: Session,
    till: Till,
    caller: CurrentUser,
    order_id: int,
    *,
    lines: Lines | None,
    restock: bool,
    reason: str | None,
    precondition: Precondition,
    claim: Claim | None = None,
) -> OrderView | Staged[OrderView]:
    """Give money back for an executed order, at the prices it was sold at.

    Args:
        session: The transaction.
        till: The providers.
        caller: The manager who refunds.
        order_id: The order.
        lines: Product id and quantity of what is refunded; None for all that
            is left.
        restock: Whether the goods go back into stock, at the cost they left
            with. If not, their cost is a loss.
        reason: Why, for the books.
        precondition: The version of the order the client has seen.
        claim: The client's idempotency key: what was begun under it is gone on
            with.

    Raises:
        OrderNotFound: If there is no such order.
        PreconditionFailed: If it is not in the version the client has seen.
        OrderNotExecuted: If there is nothing to refund yet.
        ProductNotFound: If a product is not in the order.
        RefundTooLarge: If more would be refunded than was sold.
        RefundRefused: If the provider refused what was begun under this key.
        IdempotencyInFlight: If its outcome is not known yet.
        GatewayNotSetUp: If it was paid through a provider the settings do not name.
    """
    begun = None
    if claim is not None and claim.is_resumed:
        begun = repository.find_refund_by_key(session, caller.id, claim.key)
    if begun is not None:
        return _outcome_of(session, caller, begun)
    order = lock_order(session, caller, order_id)
    precondition.require(str(order.version))
    check_transition(order.id, order.status, OrderStatus.REFUNDED)
    sold = order_repository.list_lines(session, [order.id])
    returned = repository.sum_returned(session, order.id)
    returns = _select(order.id, sold, returned, lines)
    payment = repository.find_payment_of_sale(session, order.id)
    refund = Refund(
        order_id=order.id,
        payment_id=payment.id,
        user_id=caller.id,
        amount=sum(item.amount for item in returns),
        restocked=restock,
        reason=reason,
        status=RefundStatus.PENDING,
        created_at=clock.now(),
    )
    gateway = till.gateways.gateway(PaymentMethod(payment.method))
    if gateway is not None:
        refund.idempotency_key = claim.key if claim else None
        refund.attempts = 1
    repository.add_refund(session, refund, look_after=patience())
    _add_items(session, refund, returns)
    if gateway is None:
        conclude_refund(session, order, refund, None)
        session.flush()
        return get_order(session, caller, order.id)
    touch(order)
    session.flush()
    fault_point("refund.recording")
    request = refund_request(refund, payment, was_asked_before=False)
    return Staged(
        act=lambda: give_back(gateway, request), finish=_finisher(caller, refund.id)
    )


def _outcome_of(session: Session, caller: CurrentUser, refund: Refund) -> OrderView:
    if refund.is_pending:
        raise IdempotencyInFlight(seconds=1)
    problem = refusal(refund)
    if problem is not None:
        raise problem
    return get_order(session, caller, refund.order_id)


def _finisher(
    caller: CurrentUser, refund_id: int
) -> Callable[[Session, Any], OrderView | ProblemError]:
    def finish(session: Session, given: GatewayRefund) -> OrderView | ProblemError:
        refund = settle_refund(session, refund_id, given)
        if refund.is_pending:
            return RefundPending(seconds=LOOK_AGAIN_SECONDS)
        return refusal(refund) or get_order(session, caller, refund.order_id)

    return finish


def _select(
    order_id: int,
    sold: Sequence[LineRow],
    returned: Mapping[int, Returned],
    lines: Lines | None,
) -> list[_Return]:
    whole = [
        _Return(line, line.quantity - before.quantity, before)
        for line in sold
        for before in [returned.get(line.product_id, NOTHING_RETURNED)]
    ]
    if lines is None:
        rest = [left for left in whole if left.quantity]
        if not rest:
            raise RefundTooLarge(f"Order {order_id} is being refunded whole already.")
        return rest
    by_product = {left.line.product_id: left for left in whole}
    return [
        _take_back(order_id, by_product.get(product), product, quantity)
        for product, quantity in lines
    ]


def _take_back(
    order_id: int, left: _Return | None, product_id: int, quantity: int
) -> _Return:
    if left is None:
        raise ProductNotFound(
            f"Order {order_id} has no product {product_id}.", product_id=product_id
        )
    if quantity > left.quantity:
        raise RefundTooLarge(
            f"Of {left.line.product_name!r}, {left.quantity} of {left.line.quantity}"
            f" sold are left to refund, not {quantity}.",
            product_id=product_id,
            refundable=left.quantity,
        )
    return left._replace(quantity=quantity)


def _add_items(session: Session, refund: Refund, returns: Sequence[_Return]) -> None:
    session.execute(
        insert(RefundItem).values(
            [
                {
                    "refund_id": refund.id,
                    "order_id": refund.order_id,
                    "product_id": item.line.product_id,
                    "quantity": item.quantity,
                    "amount": item.amount,
                    "cost": item.cost,
                    "restocked_cost": item.cost if refund.restocked else Decimal(0),
                }
                for item in returns
            ]
        )
    )
