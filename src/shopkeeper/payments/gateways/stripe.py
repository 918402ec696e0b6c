"""Stripe, by PaymentIntents (Stripe API reference, "Payment Intents").

An intent is created unconfirmed and then confirmed by its id: confirming a
cancelled intent fails at Stripe, and so does cancelling one that has
succeeded. Only cards are taken, which are decided at once, but for those that ask
something of their owner first (3-D Secure): the intent then waits for that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe
import structlog

from shopkeeper.payments.errors import InvalidSignature
from shopkeeper.payments.gateways.port import (
    Charge,
    ChargeRefusedError,
    ChargeRequest,
    ChargeStatus,
    Event,
    GatewayAwayError,
    GatewayRefund,
    GatewayRefundStatus,
    KnownCharge,
    KnownDispute,
    KnownRefund,
    Listed,
    OutcomeUnknownError,
    RefundRequest,
)
from shopkeeper.payments.gateways.stripe_answers import (
    KEY,
    charge_of,
    intent_of,
    known_charge,
    known_dispute,
    known_refund,
    metadata_of,
    minor_units,
    name,
    refund_of,
)
from shopkeeper.utils.errors import MalformedRequest
from shopkeeper.utils.settings import Settings

log = structlog.get_logger(__name__)

# Of the types of events (Stripe API reference, "Types of events"), those after
# which a payment or a refund may stand otherwise than before.
DECIDING = frozenset(
    {
        *("payment_intent.succeeded", "payment_intent.payment_failed"),
        *("payment_intent.canceled", "charge.refunded", "charge.refund.updated"),
        *("refund.created", "refund.updated", "refund.failed"),
        *("charge.dispute.created", "charge.dispute.updated"),
        *("charge.dispute.closed", "charge.dispute.funds_withdrawn"),
        "charge.dispute.funds_reinstated",
    }
)
PAGE = 100


class StripeGateway:
    """Stripe, with a secret key of the shop's account."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.stripe_api_key
        assert secret is not None  # noqa: S101  # The settings insist on it.
        self._webhook_secret = settings.stripe_webhook_secret
        self._return_url = settings.payment_return_url
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
                    self._confirmation(token),
                    {"idempotency_key": f"{reference}-confirm"},
                )
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            return self._refused(reference, error)
        return charge_of(intent)

    def _confirmation(self, token: str | None) -> Any:
        said = {"payment_method": token or ""}
        if self._return_url is not None:
            said["return_url"] = self._return_url
        return said

    def look_up(self, reference: str) -> Charge:
        with _knowledge():
            return charge_of(self._client.v1.payment_intents.retrieve(reference))

    def cancel(self, reference: str) -> Charge:
        try:
            with _answers():
                return charge_of(self._client.v1.payment_intents.cancel(reference))
        except stripe.InvalidRequestError:  # It has been decided already.
            return self.look_up(reference)

    def refund(self, request: RefundRequest) -> GatewayRefund:
        with _knowledge():
            known = self._find_refund(request)
        if known is not None:
            return refund_of(known)
        try:
            with _answers():
                return refund_of(self._refund(request))
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            return GatewayRefund(
                GatewayRefundStatus.FAILED,
                code=error.code or "refused",
                message=error.user_message,
            )

    def list_charges(self, which: Listed) -> Iterator[KnownCharge]:
        with _knowledge():
            found = self._client.v1.payment_intents.list(_selection(which, by_id=True))
            for intent in found.auto_paging_iter():
                yield known_charge(intent.to_dict())

    def list_refunds(self, which: Listed) -> Iterator[KnownRefund]:
        with _knowledge():
            found = self._client.v1.refunds.list(_selection(which))
            for refund in found.auto_paging_iter():
                if (known := known_refund(refund.to_dict())) is not None:
                    yield known

    def list_disputes(self, which: Listed) -> Iterator[KnownDispute]:
        with _knowledge():
            found = self._client.v1.disputes.list(_selection(which))
            for dispute in found.auto_paging_iter():
                if (known := known_dispute(dispute.to_dict())) is not None:
                    yield known

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
            kind = name(event["type"])
            return Event(
                name(event["id"]),
                kind,
                intent_of(event["data"]["object"]),
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
            {"payment_intent": request.charge_reference, "limit": PAGE}
        )
        for refund in known.auto_paging_iter():
            if metadata_of(refund).get(KEY) == str(request.key):
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


def _selection(which: Listed, *, by_id: bool = False) -> Any:
    """How Stripe is told which to list (API reference, "List all refunds")."""
    chosen: dict[str, Any] = {"limit": PAGE}
    if which.charge_reference is not None and not by_id:
        chosen["payment_intent"] = which.charge_reference
    if which.since is not None:
        chosen["created"] = {"gte": int(which.since.timestamp())}
    return chosen


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
