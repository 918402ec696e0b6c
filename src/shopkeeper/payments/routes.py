from flask import Request
from sqlalchemy.orm import Session

from shopkeeper import models
from shopkeeper.orders.errors import OrderNotFound
from shopkeeper.orders.schemas.orders import Order
from shopkeeper.payments.errors import InvalidSignature, PaymentNotDue, ReceivedTooMuch
from shopkeeper.payments.processor import PaymentProcessor
from shopkeeper.payments.schemas import PaymentReceived
from shopkeeper.payments.service import gateway_events, receivables
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.operation import Access, Api

api = Api("payments", "/payments", tag="Payments")


@api.operation(
    "POST",
    "/received",
    access=Access.MANAGER,
    errors=[OrderNotFound, PaymentNotDue, ReceivedTooMuch],
    makes=models.Order,
)
def book_receipt(session: Session, caller: CurrentUser, body: PaymentReceived) -> Order:
    """Book money that has come for an invoice, whole or in part."""
    order = receivables.book_receipt(
        session, caller, body.order_id, body.amount, body.reference
    )
    return Order.model_validate(order)


@api.operation(
    "POST",
    "/stripe/webhook",
    access=Access.OPEN,
    status=204,
    errors=[InvalidSignature],
)
def receive_stripe_event(
    session: Session, processor: PaymentProcessor, request: Request, message: bytes
) -> None:
    """Take a message of Stripe's, which bears its signature (`Stripe-Signature`).

    A message is only a reason to ask Stripe how the payment stands, so it may come
    twice, late, or in the wrong order.
    """
    event = processor.gateways.read_stripe_event(
        message, request.headers.get("Stripe-Signature", "")
    )
    gateway_events.receive_event(session, event)
