"""Mending what an audit finds, as far as there is one right answer."""

from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.audit.repository import repairs
from shopkeeper.audit.repository.rollups import ROLLUPS
from shopkeeper.audit.repository.snapshot import find_breaches, take_picture
from shopkeeper.checkout.service.reconciliation import reconcile
from shopkeeper.database.sessions import in_transaction
from shopkeeper.payments.gateways.choice import Gateways
from shopkeeper.statistics.service.closing import rebuild
from shopkeeper.stock.books import write_to_the_books


def repair(sessions: sessionmaker[Session], gateways: Gateways) -> list[str]:
    """Mend what can be mended; give a sentence for each mend.

    First the providers are asked about whatever is pending past its time, as
    the reconciler of a running server does. Then what can be read from the
    ledger and the refunds is made to agree with them; a change of stock is a
    movement of its own, which says why.
    """
    settled = reconcile(sessions, gateways)
    sentences = [f"Settled with the provider: {settled}."] if settled else []
    mended = in_transaction(
        sessions, lambda own: repairs.repair(own, write_to_the_books(own))
    )
    return sentences + mended + _roll_up_again(sessions)


def _roll_up_again(sessions: sessionmaker[Session]) -> list[str]:
    with sessions() as session:
        take_picture(session)
        is_sound = not any(find_breaches(session, check)[0] for check in ROLLUPS)
    if is_sound:
        return []
    return [f"Closed days are rolled up again: {rebuild(sessions)}."]
