"""What Stripe says, in the words of the port.

Stripe leaves out what it has nothing to say about, so all is read as dicts.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import stripe

from shopkeeper.payments.gateways.port import (
    Charge,
    ChargeStatus,
    DisputeOutcome,
    GatewayRefund,
    GatewayRefundStatus,
    KnownCharge,
    KnownDispute,
    KnownRefund,
    NextAction,
)

# Of what is ours, the metadata name our key.
KEY = "shopkeeper_key"
# In these, Stripe counts whole units ("Supported currencies": zero-decimal).
ZERO_DECIMAL = frozenset(
    {
        *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
        *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),
    }
)

CHARGE_STATUSES = {
    "succeeded": ChargeStatus.CAPTURED,
    "canceled": ChargeStatus.CANCELLED,
    "processing": ChargeStatus.PROCESSING,
    "requires_capture": ChargeStatus.PROCESSING,
    "requires_action": ChargeStatus.REQUIRES_ACTION,
}
REFUND_STATUSES = {
    "succeeded": GatewayRefundStatus.SUCCEEDED,
    "failed": GatewayRefundStatus.FAILED,
    "canceled": GatewayRefundStatus.FAILED,
}
# A dispute's other statuses are of one that is not over, and an inquiry
# (`warning_...`) has taken no money (API reference, "The Dispute object").
DISPUTE_OUTCOMES = {
    "won": DisputeOutcome.WON,
    "warning_closed": DisputeOutcome.WON,
    "lost": DisputeOutcome.LOST,
}
STRIPE_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,255}")


def metadata_of(refund: stripe.Refund) -> dict[str, str]:
    told: dict[str, str] | None = refund.to_dict().get("metadata")
    return told or {}


def charge_of(intent: stripe.PaymentIntent) -> Charge:
    told: dict[str, Any] = intent.to_dict()
    failure: dict[str, Any] | None = told.get("last_payment_error")
    status = CHARGE_STATUSES.get(told["status"])
    if status is None:
        status = ChargeStatus.OPEN if failure is None else ChargeStatus.DECLINED
    if status is ChargeStatus.DECLINED and failure is not None:
        code = failure.get("decline_code") or failure.get("code") or "declined"
        return Charge(status, code, failure.get("message"))
    if status is ChargeStatus.REQUIRES_ACTION:
        return Charge(status, next_action=_next_action(told))
    return Charge(status)


def _next_action(told: dict[str, Any]) -> NextAction:
    """Of an intent: what its customer has to do ("Payment Intents", `next_action`)."""
    action: dict[str, Any] = told.get("next_action") or {}
    redirect: dict[str, Any] = action.get("redirect_to_url") or {}
    return NextAction(
        str(action.get("type") or "use_stripe_sdk"),
        told.get("client_secret"),
        redirect.get("url"),
    )


def refund_of(refund: stripe.Refund) -> GatewayRefund:
    told: dict[str, Any] = refund.to_dict()
    status = REFUND_STATUSES.get(told.get("status", ""), GatewayRefundStatus.PENDING)
    failed = status is GatewayRefundStatus.FAILED
    code = (told.get("failure_reason") or "refused") if failed else None
    return GatewayRefund(status, told["id"], code)


def name(value: Any) -> str:
    """What Stripe calls something by: letters, digits and little else.

    Raises:
        ValueError: If it is no such name.
    """
    if not isinstance(value, str) or not STRIPE_NAME.fullmatch(value):
        raise ValueError(value)
    return value


def intent_of(about: dict[str, Any]) -> str | None:
    """The id of the intent that an event's object is, or belongs to."""
    if about["object"] == "payment_intent":
        return name(about["id"])
    if about["object"] not in {"refund", "charge", "dispute"}:
        return None
    return _intent_it_belongs_to(about)


def _intent_it_belongs_to(about: dict[str, Any]) -> str | None:
    intent = about.get("payment_intent")  # None for what has no intent.
    if isinstance(intent, dict):  # Given whole, where the account asks for that.
        intent = intent["id"]
    return intent if intent is None else name(intent)


def minor_units(amount: Decimal, currency: str) -> int:
    """An amount as Stripe counts it; no currency it takes here has three decimals."""
    return int(amount.scaleb(0 if currency in ZERO_DECIMAL else 2))


def _amount(told: dict[str, Any]) -> Decimal:
    is_whole = str(told["currency"]).upper() in ZERO_DECIMAL
    return Decimal(int(told["amount"])).scaleb(0 if is_whole else -2)


def _key(told: dict[str, Any]) -> UUID | None:
    """Our key for it, if it is of ours; what others write there says nothing."""
    metadata: dict[str, Any] = told.get("metadata") or {}
    try:
        return UUID(str(metadata.get(KEY)))
    except ValueError:
        return None


def _moment(told: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(told["created"]), UTC)


def known_charge(told: dict[str, Any]) -> KnownCharge:
    is_captured = CHARGE_STATUSES.get(told["status"]) is ChargeStatus.CAPTURED
    return KnownCharge(told["id"], _key(told), _amount(told), is_captured)


def known_refund(told: dict[str, Any]) -> KnownRefund | None:
    """A listed refund; None of what has no intent, which is of no charge of ours."""
    intent = _intent_it_belongs_to(told)
    if intent is None:
        return None
    status = REFUND_STATUSES.get(told.get("status", ""), GatewayRefundStatus.PENDING)
    return KnownRefund(
        told["id"],
        intent,
        _key(told),
        _amount(told),
        status,
        _moment(told),
        told.get("failure_reason"),
    )


def known_dispute(told: dict[str, Any]) -> KnownDispute | None:
    """A listed dispute; None of what has no intent, which is of no charge of ours."""
    intent = _intent_it_belongs_to(told)
    if intent is None:
        return None
    return KnownDispute(
        told["id"],
        intent,
        _amount(told),
        str(told.get("reason") or "general"),
        DISPUTE_OUTCOMES.get(told.get("status", ""), DisputeOutcome.OPEN),
        _moment(told),
    )
