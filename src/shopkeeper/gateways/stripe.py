"""Stripe, by PaymentIntents (Stripe API reference, "Payment Intents").

An intent is created unconfirmed and then confirmed by its id: confirming a
cancelled intent fails at Stripe, and so does cancelling one that has
succeeded. Only cards are taken, which are decided at once; a card that asks
for more than the token (3-D Secure) is declined.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import stripe
import structlog

from shopkeeper.gateways.port import (
    Charge,
    ChargeRefusedError,
    ChargeRequest,
    ChargeStatus,
    Event,
    GatewayAwayError,
    GatewayRefund,
    GatewayRefundStatus,
    OutcomeUnknownError,
    RefundRequest,
)
from shopkeeper.service.errors import InvalidSignature
from shopkeeper.utils.errors import MalformedRequest
from shopkeeper.utils.settings import Settings

log = structlog.get_logger(__name__)

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
}
REFUND_STATUSES = {
    "succeeded": GatewayRefundStatus.SUCCEEDED,
    "failed": GatewayRefundStatus.FAILED,
    "canceled": GatewayRefundStatus.FAILED,
}
# Of the types of events (Stripe API reference, "Types of events"), those after
# which a payment or a refund may stand otherwise than before.
DECIDING = frozenset(
    {
        *("payment_intent.succeeded", "payment_intent.payment_failed"),
        *("payment_intent.canceled", "charge.refunded", "charge.refund.updated"),
        *("refund.created", "refund.updated", "refund.failed"),
    }
)
KEY = "shopkeeper_key"
STRIPE_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,255}")


class StripeGateway:
    """Stripe, with a secret key of the shop's account."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.stripe_api_key
        assert secret is not None  # noqa: S101  # The settings insist on it.
        self._webhook_secret = settings.stripe_webhook_secret
        self._client = stripe.StripeClient(
            secret.get_secret_value(),
            base_addresses={"api": settings.stripe_api_base},
            http_client=stripe.RequestsClient(
                timeout=settings.payment_timeout, verify_ssl_certs=True
            ),
            max_network_retries=1,
        )

    def open_charge(self, request: ChargeRequest) -> str:
        try:
            with _answers():
                intent = self._client.v1.payment_intents.create(
                    {
                        "amount": minor_units(request.amount, request.currency),
                        "currency": request.currency.lower(),
                        "allowed_payment_method_types": ["card"],
                        "metadata": {
                            KEY: str(request.key),
                            "order": str(request.order_id),
                        },
                    },
                    {"idempotency_key": str(request.key)},
                )
        except stripe.InvalidRequestError as error:
            raise ChargeRefusedError(
                error.code or "refused", error.user_message
            ) from error
        return intent.id

    def capture(self, reference: str, token: str | None) -> Charge:
        try:
            with _answers():
                intent = self._client.v1.payment_intents.confirm(
                    reference,
                    {"payment_method": token or "", "error_on_requires_action": True},
                    {"idempotency_key": f"{reference}-confirm"},
                )
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            return self._refused(reference, error)
        return _charge(intent)

    def look_up(self, reference: str) -> Charge:
        with _knowledge():
            return _charge(self._client.v1.payment_intents.retrieve(reference))

    def cancel(self, reference: str) -> Charge:
        try:
            with _answers():
                return _charge(self._client.v1.payment_intents.cancel(reference))
        except stripe.InvalidRequestError:  # It has been decided already.
            return self.look_up(reference)

    def refund(self, request: RefundRequest) -> GatewayRefund:
        with _knowledge():
            known = self._find_refund(request)
        if known is not None:
            return _refund(known)
        try:
            with _answers():
                return _refund(self._refund(request))
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            return GatewayRefund(
                GatewayRefundStatus.FAILED,
                code=error.code or "refused",
                message=error.user_message,
            )

    def read_event(self, payload: bytes, signature: str) -> Event:
        """A webhook's message, once its signature is found to be Stripe's.

        Raises:
            InvalidSignature: If it is not, or is older than five minutes.
            MalformedRequest: If it is signed, and yet no event.
        """
        secret = self._webhook_secret
        if secret is None:
            raise InvalidSignature("The shop has no signing secret of Stripe's.")
        try:
            event = stripe.Webhook.construct_event(
                payload, signature, secret.get_secret_value()
            ).to_dict()
        except stripe.SignatureVerificationError as error:
            raise InvalidSignature from error
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise MalformedRequest("This is no event of Stripe's.") from error
        try:
            kind = _name(event["type"])
            return Event(
                _name(event["id"]),
                kind,
                _intent_of(event["data"]["object"]),
                decides=kind in DECIDING,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedRequest("This is no event of Stripe's.") from error

    def _refused(
        self, reference: str, error: "stripe.CardError | stripe.InvalidRequestError"
    ) -> Charge:
        """Why an intent was not confirmed; a decided one says so itself."""
        charge = self.look_up(reference)
        if charge.status is not ChargeStatus.OPEN:
            return charge
        # Nothing will be taken by it: the token was no good.
        self.cancel(reference)
        return Charge(
            ChargeStatus.DECLINED, error.code or "invalid_token", error.user_message
        )

    def _find_refund(self, request: RefundRequest) -> Any:
        """The refund that was made before under our key, however long ago.

        Stripe forgets idempotency keys after a day, but no refund.
        """
        if request.reference is not None:
            return self._client.v1.refunds.retrieve(request.reference)
        if not request.was_asked_before:
            return None
        known = self._client.v1.refunds.list(
            {"payment_intent": request.charge_reference, "limit": 100}
        )
        for refund in known.auto_paging_iter():
            if _metadata(refund).get(KEY) == str(request.key):
                return refund
        return None

    def _refund(self, request: RefundRequest) -> Any:
        return self._client.v1.refunds.create(
            {
                "payment_intent": request.charge_reference,
                "amount": minor_units(request.amount, request.currency),
                "metadata": {KEY: str(request.key)},
            },
            {"idempotency_key": str(request.key)},
        )


def _name(value: Any) -> str:
    """What Stripe calls something by: letters, digits and little else.

    Raises:
        ValueError: If it is no such name.
    """
    if not isinstance(value, str) or not STRIPE_NAME.fullmatch(value):
        raise ValueError(value)
    return value


def _intent_of(about: dict[str, Any]) -> str | None:
    """The id of the intent that an event's object is, or belongs to."""
    if about["object"] == "payment_intent":
        return _name(about["id"])
    if about["object"] not in {"refund", "charge"}:
        return None
    intent = about.get("payment_intent")  # None for what has no intent.
    if isinstance(intent, dict):  # Given whole, where the account asks for that.
        intent = intent["id"]
    return intent if intent is None else _name(intent)


def minor_units(amount: Decimal, currency: str) -> int:
    """An amount as Stripe counts it; no currency it takes here has three decimals."""
    return int(amount.scaleb(0 if currency in ZERO_DECIMAL else 2))


@contextmanager
def _answers() -> Iterator[None]:
    """Tell what the provider says of a charge from its not being there."""
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError):
        raise
    except stripe.StripeError as error:
        log.warning("stripe_away", error=type(error).__name__, code=error.code)
        raise GatewayAwayError(type(error).__name__) from error


@contextmanager
def _knowledge() -> Iterator[None]:
    """Asking what is known: a refusal of the question decides nothing."""
    try:
        with _answers():
            yield
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        log.warning("stripe_does_not_say", code=error.code)
        raise OutcomeUnknownError(error.code) from error


def _metadata(refund: stripe.Refund) -> dict[str, str]:
    told: dict[str, str] | None = refund.to_dict().get("metadata")
    return told or {}


# Stripe leaves out what it has nothing to say about, so both are read as dicts.


def _charge(intent: stripe.PaymentIntent) -> Charge:
    told: dict[str, Any] = intent.to_dict()
    failure: dict[str, Any] | None = told.get("last_payment_error")
    status = CHARGE_STATUSES.get(told["status"])
    if status is None:
        status = ChargeStatus.OPEN if failure is None else ChargeStatus.DECLINED
    if status is ChargeStatus.DECLINED and failure is not None:
        code = failure.get("decline_code") or failure.get("code") or "declined"
        return Charge(status, code, failure.get("message"))
    return Charge(status)


def _refund(refund: stripe.Refund) -> GatewayRefund:
    told: dict[str, Any] = refund.to_dict()
    status = REFUND_STATUSES.get(told.get("status", ""), GatewayRefundStatus.PENDING)
    failed = status is GatewayRefundStatus.FAILED
    code = (told.get("failure_reason") or "refused") if failed else None
    return GatewayRefund(status, told["id"], code)
