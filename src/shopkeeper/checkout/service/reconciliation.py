"""Finishing what was begun with a provider and left: by a crash, or a silence.

Each payment and refund that is pending past its time is taken up by one
server, the provider is asked by our key what became of it, with no
transaction open, and the answer is noted as the request would have noted it.
Payments of which something was given back are asked about again for weeks.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.checkout.service.outside_money import GivenBack, note_given_back
from shopkeeper.checkout.service.refund_settlement import refund_request, settle_refund
from shopkeeper.checkout.service.settlement import release_unopened, settle_payment
from shopkeeper.database.sessions import in_transaction
from shopkeeper.models import Payment, PaymentMethod, Refund
from shopkeeper.payments.gateways.choice import Gateways
from shopkeeper.payments.gateways.port import (
    Charge,
    ChargeStatus,
    Gateway,
    GatewayAwayError,
    Listed,
)
from shopkeeper.payments.repository import outside_money as outside_repository
from shopkeeper.payments.repository.payments import (
    Owed,
    is_abandoned,
    is_overdue,
    take_due,
)
from shopkeeper.payments.service.payments import (
    GIVEN_UP,
    LOOK_AGAIN_SECONDS,
    patience,
)

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

# What one server takes up at a time, and for how long it is then its own: the
# longer, the more often it was looked at to no avail. Goods are not held a
# minute longer than their payment may take; a refund may take a bank days.
AT_ONCE = 50
LEASE = timedelta(seconds=LOOK_AGAIN_SECONDS)
LONGEST_PAYMENT_LEASE = timedelta(seconds=30)
LONGEST_REFUND_LEASE = timedelta(minutes=10)
# What was given back long ago is asked about again without haste.
CHECK_LEASE = timedelta(hours=1)


def reconcile(
    sessions: sessionmaker[Session],
    gateways: Gateways,
    is_over: Callable[[], bool] = lambda: False,
) -> int:
    """Look once after everything that is due; give how much was settled.

    Args:
        sessions: Transactions of its own.
        gateways: The providers.
        is_over: Whether to stop; what is left is looked at another time.
    """
    look = _Look(sessions, gateways, is_over)
    payments = look.take_up(Payment, LONGEST_PAYMENT_LEASE)
    settled = sum(look.carefully(look.settle_payment, payment) for payment in payments)
    refunds = look.take_up(Refund, LONGEST_REFUND_LEASE)
    settled += sum(look.carefully(look.settle_refund, due) for due in refunds)
    checks = look.take_checks()
    return settled + sum(look.carefully(look.check, payment) for payment in checks)


# Of charges that were asked for, and of which nobody knows the end.
UNDECIDED = {ChargeStatus.PROCESSING, ChargeStatus.REQUIRES_ACTION}


class _AlreadyAwayError(Exception):
    """The provider did not answer a moment ago; the others come first."""


class _Look:
    """One look at all that is due. A provider that is away is asked once in it."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        gateways: Gateways,
        is_over: Callable[[], bool],
    ) -> None:
        self._sessions = sessions
        self._gateways = gateways
        self._is_over = is_over
        self._away: set[PaymentMethod] = set()

    def take_up(self, kind: type[Owed], longest: timedelta) -> list[Owed]:
        return in_transaction(
            self._sessions,
            lambda own: take_due(own, kind, LEASE, longest, AT_ONCE),
        )

    def take_checks(self) -> list[Payment]:
        return in_transaction(
            self._sessions,
            lambda own: outside_repository.take_checks(own, CHECK_LEASE, AT_ONCE),
        )

    def carefully(self, settle: Callable[[Owed], bool], owed: Owed) -> bool:
        """One that cannot be settled does not keep the others from it."""
        if self._is_over():
            return False
        try:
            return settle(owed)
        except _AlreadyAwayError:
            return False
        except Exception as error:  # noqa: BLE001  # Whatever it is, it is of this one.
            log.warning(
                "not_reconciled",
                kind=type(owed).__tablename__,
                id=owed.id,
                attempts=owed.attempts,
                error=type(error).__name__,
                reason=str(error)[:200],
            )
            return False

    def settle_payment(self, payment: Payment) -> bool:
        after = self._release_or_ask(payment)
        if after is None or after.is_pending:
            return False
        log.info(
            "payment_reconciled",
            payment_id=payment.id,
            order_id=payment.order_id,
            status=after.status,
        )
        return True

    def settle_refund(self, refund: Refund) -> bool:
        with self._sessions() as session:
            payment = session.get_one(Payment, refund.payment_id)
            request = refund_request(refund, payment, was_asked_before=True)
        given = self._ask(
            PaymentMethod(payment.method), lambda gateway: gateway.refund(request)
        )
        after = in_transaction(
            self._sessions, lambda own: settle_refund(own, refund.id, given)
        )
        if after.is_pending:
            return False
        log.info(
            "refund_reconciled",
            refund_id=refund.id,
            order_id=refund.order_id,
            status=after.status,
        )
        return True

    def check(self, payment: Payment) -> bool:
        """Hold what was given back of a payment elsewhere against the books."""
        which = Listed(str(payment.reference))
        found = self._ask(
            PaymentMethod(payment.method),
            lambda gateway: GivenBack(
                list(gateway.list_refunds(which)), list(gateway.list_disputes(which))
            ),
        )
        news = in_transaction(
            self._sessions,
            lambda own: note_given_back(own, payment.id, found, payment.check_at),
        )
        if news:
            log.info("payment_checked", payment_id=payment.id, news=news)
        return bool(news)

    def _release_or_ask(self, payment: Payment) -> Payment | None:
        """A payment as it stands after a look; None if nothing is decided yet."""
        reference = payment.reference
        if reference is None:
            # Nobody is asked to take it before that is noted, which is refused
            # once it is released: it can be given up without asking anybody.
            if not self._is_abandoned(payment):
                return None
            return in_transaction(
                self._sessions, lambda own: release_unopened(own, payment.id)
            )
        charge = self._find_out(payment, reference)
        if charge is None:
            return None
        return in_transaction(
            self._sessions, lambda own: settle_payment(own, payment.id, charge)
        )

    def _find_out(self, payment: Payment, reference: str) -> Charge | None:
        """What became of a payment; None if the provider does not know yet.

        What nobody has asked for, and nobody will, is given up. So is, past
        its deadline, what is still undecided; if it was taken in that very
        moment, the provider says so, and the order is executed.
        """
        method = PaymentMethod(payment.method)
        charge = self._ask(method, lambda gateway: gateway.look_up(reference))
        if (charge.status is ChargeStatus.OPEN and self._is_abandoned(payment)) or (
            charge.status in UNDECIDED and self._is_overdue(payment)
        ):
            charge = self._ask(method, lambda gateway: gateway.cancel(reference))
        if charge.status in {ChargeStatus.OPEN, ChargeStatus.PROCESSING}:
            return None
        if charge.status is ChargeStatus.CANCELLED:
            return GIVEN_UP
        return charge

    def _ask(
        self, method: PaymentMethod, question: Callable[[Gateway], Answer]
    ) -> Answer:
        if method in self._away:
            raise _AlreadyAwayError
        gateway = self._gateways.gateway(method)
        assert gateway is not None  # noqa: S101  # An invoice is never pending.
        try:
            return question(gateway)
        except GatewayAwayError:
            self._away.add(method)
            raise

    def _is_abandoned(self, payment: Payment) -> bool:
        with self._sessions() as session:
            return is_abandoned(session, payment.id, patience())

    def _is_overdue(self, payment: Payment) -> bool:
        with self._sessions() as session:
            return is_overdue(session, payment.id)
