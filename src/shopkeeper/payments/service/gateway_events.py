"""What a provider tells of its own accord.

A message is a reason to look, not a fact: it may come twice, late, or in the
wrong order. So all it does is to make the payment due, and the reconciler
asks how it stands, and what was given back of it.
"""

import structlog
from sqlalchemy.orm import Session

from shopkeeper.models import Payment, Refund
from shopkeeper.payments.gateways.port import Event
from shopkeeper.payments.repository import outside_money, payments
from shopkeeper.utils import clock

log = structlog.get_logger(__name__)

# Types of events about money that was taken before: refunds and disputes.
GIVING_BACK = ("charge.", "refund.")


def receive_event(session: Session, event: Event) -> None:
    """Note a message, the first time it comes, and have looked after its payment."""
    is_new = payments.note_event(
        session, event.id, event.type, event.reference, clock.now()
    )
    if is_new and (not event.decides or event.reference is None):
        # It may be about money that moves without us.
        log.warning("gateway_event_ignored", type=event.type, event_id=event.id)
    if is_new and event.decides and event.reference is not None:
        payments.make_due(session, Payment, event.reference)
        payments.make_due(session, Refund, event.reference)
        if event.type.startswith(GIVING_BACK):
            outside_money.ask_for_check(session, event.reference)
        if not outside_money.is_known(session, event.reference):
            log.warning("gateway_event_unknown", type=event.type, event_id=event.id)
