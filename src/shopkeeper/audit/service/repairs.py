"""Mending what an audit finds, as far as there is one right answer."""

from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.audit.repository import jobs, repairs
from shopkeeper.audit.repository.rollups import ROLLUPS
from shopkeeper.audit.repository.snapshot import find_breaches, take_picture
from shopkeeper.checkout.service.reconciliation import reconcile
from shopkeeper.database.sessions import in_transaction
from shopkeeper.models import Audit
from shopkeeper.payments.gateways.choice import Gateways
from shopkeeper.statistics.service.closing import rebuild
from shopkeeper.stock.books import write_to_the_books
from shopkeeper.web.service import activities
from shopkeeper.web.service.activities import Deed

# What mending the books is called in the log of what staff does.
REPAIRED = "repair_books"


def repair(
    sessions: sessionmaker[Session],
    gateways: Gateways,
    *,
    audit_id: int | None = None,
    user_id: int | None = None,
) -> list[str]:
    """Mend what can be mended; give a sentence for each mend.

    First the providers are asked about whatever is pending past its time, as
    the reconciler of a running server does. Then what can be read from the
    ledger and the refunds is made to agree with them; a change of stock is a
    movement of its own, which says why. What changes is in the log of what staff does.

    Args:
        sessions: On the shop's database.
        gateways: The providers.
        audit_id: The audit that it is done for, which keeps the sentences.
        user_id: Who has asked for it; nobody on the command line.
    """

    def kept(session: Session, sentences: list[str]) -> list[str]:
        if audit_id is not None and sentences:
            jobs.add_repairs(session, audit_id, sentences)
        return sentences

    def mend(session: Session) -> list[str]:
        now = write_to_the_books(session)
        noted = activities.begin(session)
        sentences = repairs.repair(session, now)
        if sentences:
            deed = Deed(user_id, None, REPAIRED, Audit.__tablename__, audit_id)
            activities.note(session, noted, deed)
        return kept(session, sentences)

    settled = reconcile(sessions, gateways)
    sentences = [f"Settled with the provider: {settled}."] if settled else []
    told = in_transaction(sessions, lambda own: kept(own, sentences))
    told += in_transaction(sessions, mend)
    again = _roll_up_again(sessions)
    return told + in_transaction(sessions, lambda own: kept(own, again))


def _roll_up_again(sessions: sessionmaker[Session]) -> list[str]:
    with sessions() as session:
        take_picture(session)
        is_sound = not any(find_breaches(session, check)[0] for check in ROLLUPS)
    if is_sound:
        return []
    return [f"Closed days are rolled up again: {rebuild(sessions)}."]
