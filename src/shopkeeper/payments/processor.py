"""What taking a payment needs."""

from dataclasses import dataclass

from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.models import PaymentMethod
from shopkeeper.payments.gateways.choice import Gateways


@dataclass(frozen=True)
class PaymentChoice:
    """How a customer wants to pay; None is the shop's default."""

    method: PaymentMethod | None = None
    token: str | None = None


@dataclass(frozen=True)
class PaymentProcessor:
    """What taking a payment needs: the providers, and transactions of its own."""

    gateways: Gateways
    sessions: sessionmaker[Session]
