"""What Stripe says, in the words of the port.

Stripe leaves out what it has nothing to say about, so all is read as dicts.
"""

import re
from typing import Any

import stripe

from shopkeeper.gateways.port import (
    Charge,
    ChargeStatus,
    GatewayRefund,
    GatewayRefundStatus,
    NextAction,
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
    if about["object"] not in {"refund", "charge"}:
        return None
    intent = about.get("payment_intent")  # None for what has no intent.
    if isinstance(intent, dict):  # Given whole, where the account asks for that.
        intent = intent["id"]
    return intent if intent is None else name(intent)
