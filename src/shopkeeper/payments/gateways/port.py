"""What the shop asks of a payment provider, whichever it is.

A charge is opened first, which takes no money, and its reference is noted in
the shop's books before it is taken. So nothing can be taken that the books do
not know of, and what is cancelled can not be taken any more, however late a
request arrives.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Protocol
from uuid import UUID


class OutcomeUnknownError(Exception):
    """What the provider did is not to be learnt from it, this time."""


class GatewayAwayError(OutcomeUnknownError):
    """The provider has not answered, or not in time."""


class ChargeRefusedError(Exception):
    """The provider does not take such a charge at all."""

    def __init__(self, code: str, message: str | None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


class ChargeStatus(Enum):
    OPEN = "open"  # Nobody has asked yet for the money to be taken.
    PROCESSING = "processing"  # Asked for; the outcome is open.
    REQUIRES_ACTION = "requires_action"  # The customer has to do something first.
    CAPTURED = "captured"
    DECLINED = "declined"
    CANCELLED = "cancelled"  # It can not be taken any more.


@dataclass(frozen=True)
class ChargeRequest:
    """A charge as the shop names it. The same key is the same charge."""

    key: UUID
    order_id: int
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class NextAction:
    """What the customer has to do, on the page that they pay on.

    Attributes:
        type: The provider's word for it.
        client_secret: For the provider's own script, which shows what is to be done.
        redirect_url: Where to send the customer instead, if there is such a place.
    """

    type: str
    client_secret: str | None = None
    redirect_url: str | None = None


@dataclass(frozen=True)
class Charge:
    """What has become of a charge; code and message say why it was not taken."""

    status: ChargeStatus
    code: str | None = None
    message: str | None = None
    next_action: NextAction | None = None


class GatewayRefundStatus(Enum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class RefundRequest:
    """A refund as the shop names it. The same key is the same refund."""

    key: UUID
    charge_reference: str
    amount: Decimal
    currency: str
    # The provider's name for it, if it was asked before and has said.
    reference: str | None = None
    was_asked_before: bool = False


@dataclass(frozen=True)
class GatewayRefund:
    """What has become of a refund."""

    status: GatewayRefundStatus
    reference: str | None = None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class KnownCharge:
    """A charge as a provider lists it; of ours if it bears a key."""

    reference: str
    key: UUID | None
    amount: Decimal
    is_captured: bool


@dataclass(frozen=True)
class KnownRefund:
    """A refund as a provider lists it, whoever asked for it."""

    reference: str
    charge_reference: str
    key: UUID | None
    amount: Decimal
    status: GatewayRefundStatus
    created_at: datetime
    code: str | None = None


class DisputeOutcome(Enum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True)
class KnownDispute:
    """A chargeback as a provider lists it."""

    reference: str
    charge_reference: str
    amount: Decimal
    reason: str
    outcome: DisputeOutcome
    created_at: datetime


@dataclass(frozen=True)
class Listed:
    """What a provider is asked to list: of one charge, or all since a moment."""

    charge_reference: str | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class Event:
    """A provider's message, and the charge it is about, if it is about one.

    `decides` says whether something was decided with it, and is worth a look.
    """

    id: str
    type: str
    reference: str | None
    decides: bool


class Gateway(Protocol):
    """A provider. Every call may raise `OutcomeUnknownError`."""

    def open_charge(self, request: ChargeRequest) -> str:
        """The provider's reference of this charge, opened now or before.

        By our key: asking again finds the same.

        Raises:
            ChargeRefusedError: If the provider takes no such charge.
        """

    def capture(self, reference: str, token: str | None) -> Charge:
        """Take the money, with what the customer pays by; once, however often asked."""

    def look_up(self, reference: str) -> Charge:
        """What has become of a charge."""

    def cancel(self, reference: str) -> Charge:
        """Give up a charge, unless it has been taken; say which."""

    def refund(self, request: RefundRequest) -> GatewayRefund:
        """Give money back; once, however often asked."""

    def list_charges(self, which: Listed) -> Iterator[KnownCharge]:
        """The charges that were opened."""

    def list_refunds(self, which: Listed) -> Iterator[KnownRefund]:
        """The refunds, by whomever they were made, as they stand."""

    def list_disputes(self, which: Listed) -> Iterator[KnownDispute]:
        """The chargebacks, as they stand."""
