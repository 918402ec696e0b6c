"""Refunds: never more than was sold, each an event of its own day.

A refund is noted before anybody gives money back, and what it is about counts
as taken from then on. It has its effect on the order, the stock and the books
once the money is given back: with an invoice in the same transaction, with a
provider in a second one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from shopkeeper.checkout.repository import refunds
from shopkeeper.checkout.service.outside_money import match_outside_refund
from shopkeeper.checkout.service.refund_settlement import (
    conclude_refund,
    give_back,
    refund_request,
    refusal,
    settle_refund,
    wait_for_less,
)
from shopkeeper.checkout.service.refundable import add_items, choose_returns
from shopkeeper.models import (
    OrderStatus,
    PaidBy,
    PaymentMethod,
    Refund,
    RefundStatus,
)
from shopkeeper.orders.lines import Lines
from shopkeeper.orders.repository import orders as order_repository
from shopkeeper.orders.repository.views import OrderView, version_tag
from shopkeeper.orders.service.orders import get_order, lock_order, touch
from shopkeeper.orders.statuses import check_transition
from shopkeeper.payments.errors import RefundPending
from shopkeeper.payments.gateways.port import GatewayRefund
from shopkeeper.payments.processor import PaymentProcessor
from shopkeeper.payments.repository.payments import find_payment_of_sale
from shopkeeper.payments.service.payments import LOOK_AGAIN_SECONDS, patience
from shopkeeper.utils import clock
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import ProblemError
from shopkeeper.utils.faults import fault_point
from shopkeeper.web.errors import IdempotencyInFlight
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.service.idempotency import Claim
from shopkeeper.web.service.sagas import Saga


@dataclass(frozen=True)
class RefundWish:
    """What is to be refunded, and how.

    Attributes:
        lines: What comes back; None for all that is left.
        amount: Money for no goods, instead of lines.
        restock: Whether the goods go back into stock, at the cost they left with.
            If not, their cost is a loss.
        reason: Why, for the books.
        paid_by: The way it was paid, or outside the shop.
        reference: What it is called there: of a bank transfer, or the provider's.
    """

    lines: Lines | None = None
    amount: Decimal | None = None
    restock: bool = True
    reason: str | None = None
    paid_by: PaidBy = PaidBy.ORIGINAL
    reference: str | None = None


def refund_order(  # What it takes is named, not counted.
    session: Session,
    processor: PaymentProcessor,
    caller: CurrentUser,
    order_id: int,
    wish: RefundWish,
    *,
    precondition: Precondition,
    claim: Claim | None = None,
) -> OrderView | Saga[OrderView]:
    """Give money back for an executed order, at the prices it was sold at.

    Args:
        session: The transaction.
        processor: The providers.
        caller: The manager who refunds.
        order_id: The order.
        wish: What is refunded, and how.
        precondition: The version of the order the client has seen.
        claim: The client's idempotency key: what was begun under it is gone on
            with.

    Raises:
        OrderNotFound: If there is no such order.
        PreconditionFailed: If it is not in the version the client has seen.
        OrderNotExecuted: If there is nothing to refund yet.
        ProductNotFound: If a product is not in the order.
        RefundTooLarge: If more would be refunded than was sold.
        OutsideRefundDiffers: If the provider knows the refund that is booked here
            by its reference, and says another amount, or it is booked already.
        RefundRefused: If the provider refused what was begun under this key.
        IdempotencyInFlight: If its outcome is not known yet.
        GatewayNotSetUp: If it was paid through a provider the settings do not name.
    """
    begun = None
    if claim is not None and claim.is_resumed:
        begun = refunds.find_refund_by_key(session, caller.id, claim.key)
    if begun is not None:
        return _outcome_of(session, caller, begun)
    order = lock_order(session, caller, order_id)
    shipments = refunds.list_shipments(session, order.id)
    sold = order_repository.list_lines(session, order.id)
    precondition.require(version_tag(order.version, sold))
    check_transition(order.id, order.status, OrderStatus.REFUNDED)
    returns = choose_returns(
        order.id,
        sold,
        refunds.sum_returned(session, order.id),
        shipments,
        lines=wish.lines,
        amount=wish.amount,
        restock=wish.restock,
    )
    payment = find_payment_of_sale(session, order.id)
    refund = Refund(
        order_id=order.id,
        payment_id=payment.id,
        user_id=caller.id,
        paid_by=wish.paid_by,
        amount=sum(item.amount for item in returns),
        restocked=any(item.restocked for item in returns),
        reason=wish.reason,
        status=RefundStatus.PENDING,
        created_at=clock.now(),
    )
    gateway = None
    if wish.paid_by is PaidBy.ORIGINAL:
        gateway = processor.gateways.gateway(PaymentMethod(payment.method))
    if gateway is not None:
        refund.idempotency_key = claim.key if claim else None
        refund.attempts = 1
    refunds.add_refund(session, refund, look_after=patience())
    add_items(session, refund, returns)
    wait_for_less(session, refund)
    if gateway is None:
        if wish.reference is not None:
            match_outside_refund(session, refund, wish.reference)
        conclude_refund(session, order, refund, wish.reference)
        session.flush()
        return get_order(session, caller, order.id)
    touch(order)
    session.flush()
    fault_point("refund.recording")
    request = refund_request(refund, payment, was_asked_before=False)
    return Saga(
        "refund",
        act=lambda: give_back(gateway, request),
        finish=_finisher(caller, refund.id),
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
