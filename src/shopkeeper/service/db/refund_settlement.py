"""What becomes of a refund: asked for outside, noted once, and its effects."""

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from shopkeeper.gateways.port import (
    Gateway,
    GatewayRefund,
    GatewayRefundStatus,
    OutcomeUnknownError,
    RefundRequest,
)
from shopkeeper.models import (
    MovementReason,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    Refund,
    RefundItem,
    RefundStatus,
)
from shopkeeper.repository import books, number_series, stock
from shopkeeper.repository import orders as order_repository
from shopkeeper.repository import payments as repository
from shopkeeper.repository.stock import Movement
from shopkeeper.service.db.orders import touch
from shopkeeper.service.db.payments import LOOK_AGAIN_SECONDS
from shopkeeper.service.db.receivables import settle_if_nothing_is_owed
from shopkeeper.service.errors import RefundPending, RefundRefused
from shopkeeper.service.money import shop_currency
from shopkeeper.service.numbering import credit_note_series, written
from shopkeeper.service.order_status import check_transition
from shopkeeper.utils import clock
from shopkeeper.utils.errors import ProblemError
from shopkeeper.utils.faults import fault_point


def refund_request(
    refund: Refund, payment: Payment, *, was_asked_before: bool
) -> RefundRequest:
    """How a provider is asked for a refund."""
    return RefundRequest(
        key=refund.key,
        charge_reference=str(payment.reference),
        amount=refund.amount,
        currency=shop_currency().code,
        reference=refund.reference,
        was_asked_before=was_asked_before,
    )


def give_back(gateway: Gateway, request: RefundRequest) -> GatewayRefund:
    """Ask a provider to give money back, with no transaction open.

    Raises:
        RefundPending: If nobody knows yet whether it did.
    """
    fault_point("refund.recorded")
    try:
        given = gateway.refund(request)
    except OutcomeUnknownError as unknown:
        raise RefundPending(seconds=LOOK_AGAIN_SECONDS) from unknown
    fault_point("refund.given")
    return given


def settle_refund(session: Session, refund_id: int, given: GatewayRefund) -> Refund:
    """Note what has become of a refund, once; give it as it stands."""
    order, refund = repository.hold_with_order(session, Refund, refund_id)
    if refund.is_pending:
        refund.reference = given.reference or refund.reference
        if given.status is GatewayRefundStatus.SUCCEEDED:
            conclude_refund(session, order, refund, str(refund.reference))
        elif given.status is GatewayRefundStatus.FAILED:
            refund.status = RefundStatus.FAILED
            refund.failure_code = given.code or "refused"
            refund.failure_message = given.message
            refund.settled_at = clock.now()
            touch(order)
        session.flush()
        fault_point("refund.settling")
    return refund


def refusal(refund: Refund) -> ProblemError | None:
    """Why a settled refund gave nothing back; None if it did."""
    if refund.status == RefundStatus.SUCCEEDED:
        return None
    return RefundRefused(
        refund.failure_message,
        order_id=refund.order_id,
        refund_id=refund.id,
        failure_code=refund.failure_code,
    )


def conclude_refund(
    session: Session, order: Order, refund: Refund, reference: str | None
) -> None:
    """The money is given back: it counts in the order, the stock and the books.

    Without a reference of a provider's, the number of the credit note is one.
    """
    now = books.write_to_the_books(session)
    items = session.execute(
        select(
            RefundItem.product_id, RefundItem.quantity, RefundItem.restocked_cost
        ).where(RefundItem.refund_id == refund.id)
    ).all()
    if refund.restocked:  # Before the series: nobody who holds that waits.
        stock.lock_stock(session, [row.product_id for row in items])
    series = credit_note_series(now)
    number = written(series, number_series.take(session, series))
    refund.credit_note_number = number
    refund.reference = reference or number
    refund.status = RefundStatus.SUCCEEDED
    refund.settled_at = now
    session.flush()
    if refund.restocked:
        movement = Movement(
            MovementReason.REFUND, now, refund.user_id, order.id, refund.id
        )
        stock.move(
            session,
            [(row.product_id, row.quantity) for row in items],
            movement,
            [row.restocked_cost for row in items],
        )
    session.connection().execute(
        update(OrderItem)
        .where(
            OrderItem.order_id == order.id, OrderItem.product_id == bindparam("product")
        )
        .values(refunded_quantity=OrderItem.refunded_quantity + bindparam("pieces")),
        [{"product": row.product_id, "pieces": row.quantity} for row in items],
    )
    order.refunded_total += refund.amount
    due = repository.find_due(session, order.id)
    if due is not None:
        settle_if_nothing_is_owed(order, due)
    sold = order_repository.list_lines(session, [order.id])
    whole = all(line.refunded_quantity == line.quantity for line in sold)
    target = OrderStatus.REFUNDED if whole else OrderStatus.PARTIALLY_REFUNDED
    check_transition(order.id, order.status, target)
    order.status = target
    touch(order)
