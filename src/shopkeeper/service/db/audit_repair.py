"""Mending what an audit finds, as far as there is one right answer."""

from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.database import in_transaction
from shopkeeper.gateways.choice import Gateways
from shopkeeper.repository.audit import repairs
from shopkeeper.service.db.reconciliation import reconcile
from shopkeeper.utils import clock


def repair(sessions: sessionmaker[Session], gateways: Gateways) -> list[str]:
    """Mend what can be mended; give a sentence for each mend.

    First the providers are asked about whatever is pending past its time, as
    the reconciler of a running server does. Then what can be read from the
    ledger and the refunds is made to agree with them; a change of stock is a
    movement of its own, which says why.
    """
    settled = reconcile(sessions, gateways)
    sentences = [f"Settled with the provider: {settled}."] if settled else []
    mended = in_transaction(sessions, lambda own: repairs.repair(own, clock.now()))
    return sentences + mended
