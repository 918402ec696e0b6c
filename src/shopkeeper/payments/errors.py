"""What can go wrong with money."""

from shopkeeper.utils.errors import (
    ConflictError,
    ProblemError,
    RetryLaterError,
    TooManyRequests,
    ValidationFailed,
)


class TooManyDeclines(TooManyRequests):
    code = "too_many_declines"
    title = "Payments for this order were declined too often; wait before the next."


class TooManyPayments(TooManyRequests):
    code = "too_many_payments"
    title = "Too many orders of this customer are being paid for at once."


class OutsideRefundDiffers(ConflictError):
    code = "outside_refund_differs"
    title = "The provider knows this refund otherwise."


class PaymentMethodUnavailable(ValidationFailed):
    code = "payment_method_unavailable"
    title = "The shop cannot be paid like this."


class PaymentDeclined(ProblemError):
    code, status = "payment_declined", 402
    title = "The payment was declined."


class PaymentPending(RetryLaterError):
    code, status = "payment_pending", 503
    title = (
        "The payment provider has not said yet whether the money is taken. The order"
        " is being processed; ask again with the same Idempotency-Key, or look at it."
    )


class GatewayUnavailable(RetryLaterError):
    code, status = "gateway_unavailable", 503
    title = "The payment provider is away. No money was taken; the order is pending."


class GatewayNotSetUp(RetryLaterError):
    code, status = "gateway_not_set_up", 503
    title = "The shop is not set up for the provider this was paid through."


class InvalidSignature(ProblemError):
    code, status = "invalid_signature", 400
    title = "The message does not bear the provider's signature."


class RefundPending(RetryLaterError):
    code, status = "refund_pending", 503
    title = (
        "The payment provider has not said yet whether the money is given back."
        " Ask again with the same Idempotency-Key, or look at the order."
    )


class RefundRefused(ConflictError):
    code, title = "refund_refused", "The payment provider refuses the refund."


class PaymentNotDue(ConflictError):
    code, title = "payment_not_due", "Nothing is owed for this order."


class ReceivedTooMuch(ConflictError):
    code, title = "received_too_much", "More would be received than is owed."


class CreditLimitExceeded(ConflictError):
    code = "credit_limit_exceeded"
    title = "The customer would owe more than the shop lets them; invoices come first."
