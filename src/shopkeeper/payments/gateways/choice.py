"""Which ways to pay a shop offers, and who carries them out."""

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.models import PaymentMethod
from shopkeeper.payments.errors import GatewayNotSetUp, InvalidSignature
from shopkeeper.payments.gateways.port import Event, Gateway
from shopkeeper.payments.gateways.test import TestGateway
from shopkeeper.utils.settings import Settings

if TYPE_CHECKING:
    from shopkeeper.payments.gateways.stripe import StripeGateway

# A shop on trial may try everything that takes no real money. One that takes
# cards does not let its customers have an invoice instead.
OFFERED = {
    PaymentMethod.INVOICE: (PaymentMethod.INVOICE,),
    PaymentMethod.TEST: (PaymentMethod.TEST, PaymentMethod.INVOICE),
    PaymentMethod.STRIPE: (PaymentMethod.STRIPE,),
}


def offered_methods(gateway: str) -> tuple[PaymentMethod, ...]:
    """The ways to pay of a shop whose payments go through this gateway."""
    return OFFERED[PaymentMethod(gateway)]


class Gateways:
    """The ways to pay, by the settings. An invoice needs no provider."""

    def __init__(self, settings: Settings, sessions: sessionmaker[Session]) -> None:
        self.default = PaymentMethod(settings.payment_gateway)
        self.offered = offered_methods(settings.payment_gateway)
        self.stripe = _stripe(settings) if settings.stripe_api_key else None
        self._test = TestGateway(sessions)

    def gateway(self, method: PaymentMethod) -> Gateway | None:
        """Who carries out a method; None if it is settled in the shop's own books.

        Also of a method that is no longer offered: what was paid by it can
        still be refunded.

        Raises:
            GatewayNotSetUp: If the shop has no account there any more.
        """
        if method is PaymentMethod.INVOICE:
            return None
        if method is PaymentMethod.TEST:
            return self._test
        if self.stripe is None:
            raise GatewayNotSetUp("STRIPE_API_KEY is not set.", seconds=60)
        return self.stripe

    def read_stripe_event(self, message: bytes, signature: str) -> Event:
        """A message of Stripe's.

        Raises:
            InvalidSignature: If it is not signed by Stripe for this shop.
        """
        if self.stripe is None:
            raise InvalidSignature("This shop has no account at Stripe.")
        return self.stripe.read_event(message, signature)


def _stripe(settings: Settings) -> "StripeGateway":
    # The library is large; only those who have an account there pay for it.
    from shopkeeper.payments.gateways.stripe import StripeGateway  # noqa: PLC0415

    return StripeGateway(settings)
