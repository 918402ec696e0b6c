"""Executing an order: its payment and its stock, whole or not at all."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from shopkeeper.checkout.repository import holding
from shopkeeper.checkout.repository.holding import Held
from shopkeeper.checkout.repository.sales import (
    NewPayment,
    Sale,
    write_reserved,
    write_sale,
)
from shopkeeper.checkout.sale import conclude, reserve, touched
from shopkeeper.checkout.service.settlement import settle_payment
from shopkeeper.checkout.service.terms import (
    check_available,
    check_prices,
    check_shipping,
)
from shopkeeper.database.statements import Batch, Deferred
from shopkeeper.models import Payment, PaymentMethod, PaymentStatus
from shopkeeper.orders.repository.views import OrderView
from shopkeeper.orders.service.orders import (
    get_order,
    order_not_found,
)
from shopkeeper.payments.errors import CreditLimitExceeded, PaymentMethodUnavailable
from shopkeeper.payments.gateways.choice import Gateways
from shopkeeper.payments.gateways.port import Charge, ChargeRequest
from shopkeeper.payments.number_format import invoice_series, written
from shopkeeper.payments.processor import PaymentChoice, PaymentProcessor
from shopkeeper.payments.repository import payments
from shopkeeper.payments.service import limits as payment_limits
from shopkeeper.payments.service.payments import (
    Ask,
    look_after_action,
    patience,
    refusal,
    take_payment,
)
from shopkeeper.utils import clock
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import ProblemError
from shopkeeper.utils.faults import fault_point
from shopkeeper.utils.money import ZERO, shop_currency, shown
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.errors import IdempotencyInFlight
from shopkeeper.web.identity import ROLES_THAT_SEE_ALL, CurrentUser
from shopkeeper.web.repository.idempotency import UnverifiedCaller
from shopkeeper.web.service.idempotency import Claim
from shopkeeper.web.service.sagas import Saga, Waiting


def hold(
    batch: Batch,
    unverified: UnverifiedCaller,
    order_id: int,
    method: PaymentMethod | None = None,
) -> Deferred[Held | None]:
    """Hold an order and its stock for whoever may execute it, and look at them.

    For one that is sold on an invoice, the number of that is taken too: what refuses
    it gives it back.
    """
    method = method or PaymentMethod(get_settings().payment_gateway)
    is_invoice = method is PaymentMethod.INVOICE
    series = invoice_series(clock.now()) if is_invoice else None
    with_debt = is_invoice and get_settings().credit_limit is not None
    return holding.hold(
        batch, order_id, unverified, ROLES_THAT_SEE_ALL, series, with_debt=with_debt
    )


def execute_order(  # noqa: PLR0917  # The session, who, what, and how.
    session: Session,
    processor: PaymentProcessor,
    caller: CurrentUser,
    order_id: int,
    choice: PaymentChoice,
    precondition: Precondition,
    held: Held | None,
    claim: Claim | None = None,
) -> OrderView | Saga[OrderView]:
    """Take an order's lines out of stock, and the money for them.

    An invoice is written in this transaction, and is due. With a
    provider, this transaction reserves: the goods leave the stock, the order
    is `processing`, a payment is noted with its deadline. Then the provider is
    asked, and a second transaction notes what it has said.

    Args:
        session: The transaction.
        processor: The providers.
        caller: Who executes.
        order_id: The order.
        choice: How it is paid.
        precondition: The version of the order the client has seen.
        held: The order, held for the caller; None if it is not theirs.
        claim: The client's idempotency key. What was begun under it before is
            gone on with; what came to nothing is begun anew.

    Raises:
        OrderNotFound: If there is none, or it is another customer's.
        PreconditionFailed: If it is not in the version the client has seen.
        PaymentMethodUnavailable: If the shop does not offer this way to pay.
        AlreadyExecuted: If it was executed before.
        OrderNotPending: If it was cancelled, or is being paid.
        OrderLineUnavailable: If a product has left the catalogue.
        PriceChanged: If a price has changed, and the shop does not honour it.
        ShippingUnavailable: If the shop no longer ships there.
        CreditLimitExceeded: If the customer would owe more than they may.
        InsufficientStock: If any line is short; it tells of each such line.
        TooManyDeclines, TooManyPayments, RateLimited: If the customer has had too
            many payments declined, or has too many under way.
        PaymentDeclined: If the payment begun under this key was declined.
        IdempotencyInFlight: If its outcome is not known yet.
    """
    begun = None
    if claim is not None and claim.is_resumed:
        begun = payments.find_payment_by_key(session, caller.id, claim.key)
    if begun is not None and begun.status != PaymentStatus.CANCELLED:
        return _outcome_of(session, processor, caller, begun)
    method = _method(processor.gateways, choice)
    if held is None:
        raise order_not_found(order_id)
    precondition.require(str(held.order.version))
    sale = reserve(held.order, method, held.moment)
    check_shipping(held.order)
    check_available(held.lines)
    check_prices(held.lines)
    gateway = processor.gateways.gateway(method)
    if gateway is None:
        return _conclude_at_once(session, caller, held, sale)
    payment = _reserve(session, caller, sale, claim)
    request = ChargeRequest(
        payment.key, sale.order.id, sale.payment.amount, shop_currency().code
    )
    ask = Ask(payment.id, request, choice.token)
    return Saga(
        "execute",
        act=lambda: take_payment(processor.sessions, gateway, ask),
        finish=_finisher(caller, payment.id),
    )


def _conclude_at_once(
    session: Session, caller: CurrentUser, held: Held, sale: Sale
) -> OrderView:
    """On an invoice, there is nobody to ask: it is due."""
    if held.series is None or held.number is None:
        raise RuntimeError("a pending order was held without a number")
    _check_credit(held)
    due_at = held.moment + timedelta(days=get_settings().invoice_days)
    number = written(held.series, held.number)
    sold = touched(conclude(sale, held.moment, number, due_at), clock.now())
    write_sale(session, sold, caller.id)
    return OrderView(
        *sold.order, [found.sold for found in sorted(held.lines)], sold.payment
    )


def _reserve(
    session: Session, caller: CurrentUser, sale: Sale, claim: Claim | None
) -> NewPayment:
    """At a provider, the goods are kept until the payment's deadline."""
    payment_limits.take(session, sale.order.id, sale.order.user_id)
    payment = write_reserved(
        session,
        touched(sale, clock.now()),
        caller.id,
        claim.key if claim else None,
        hold=timedelta(seconds=get_settings().reservation_seconds),
        look_after=patience(),
    )
    fault_point("execute.reserving")
    return payment


def _check_credit(held: Held) -> None:
    limit, order, owed = get_settings().credit_limit, held.order, held.owed or ZERO
    if limit is not None and owed + order.total > limit:
        raise CreditLimitExceeded(
            f"Order {order.id} of {shown(order.total)} would go over the limit of"
            f" {shown(limit)}; {shown(owed)} is owed already.",
            order_id=order.id,
            owed=shown(owed),
            limit=shown(limit),
        )


def _outcome_of(
    session: Session, processor: PaymentProcessor, caller: CurrentUser, payment: Payment
) -> OrderView | Saga[OrderView]:
    """What was begun under this key has, by now, ended like this; or is looked at."""
    if payment.is_pending and payment.next_action is not None:
        gateway = processor.gateways.gateway(PaymentMethod(payment.method))
        reference = payment.reference
        if gateway is not None and reference is not None:
            return Saga(
                "execute",
                act=lambda: look_after_action(gateway, reference),
                finish=_finisher(caller, payment.id),
            )
    if payment.is_pending:
        raise IdempotencyInFlight(seconds=1)
    problem = refusal(payment)
    if problem is not None:
        raise problem
    return get_order(session, caller, payment.order_id)


def _method(gateways: Gateways, choice: PaymentChoice) -> PaymentMethod:
    method = choice.method or gateways.default
    if method not in gateways.offered:
        offered = " or ".join(gateways.offered)
        raise PaymentMethodUnavailable(
            [{"pointer": "/payment/method", "message": f"this shop takes {offered}"}]
        )
    if method is PaymentMethod.STRIPE and not choice.token:
        raise PaymentMethodUnavailable(
            [{"pointer": "/payment/token", "message": "is missing"}]
        )
    return method


def _finisher(
    caller: CurrentUser, payment_id: int
) -> Callable[[Session, Any], OrderView | Waiting[OrderView] | ProblemError]:
    def finish(
        session: Session, charge: Charge
    ) -> OrderView | Waiting[OrderView] | ProblemError:
        payment = settle_payment(session, payment_id, charge)
        if payment.is_pending:
            return Waiting(get_order(session, caller, payment.order_id))
        problem = refusal(payment)
        return problem or get_order(session, caller, payment.order_id)

    return finish
