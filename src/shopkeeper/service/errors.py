"""The errors of the trade, each named for its fact."""

from shopkeeper.utils.errors import (
    NotFound,
    ProblemError,
    RetryLaterError,
    TooManyRequests,
    Unauthorized,
    ValidationFailed,
)
from shopkeeper.web.limits import Bucket


class ConflictError(ProblemError):
    """The request is sound, but the present state does not allow it."""

    status = 409


# Accounts


class EmailTaken(ConflictError):
    code, title = "email_taken", "An account with this email exists already."


class InvalidCredentials(Unauthorized):
    code, title = "invalid_credentials", "Email or password is wrong."


class LoginThrottled(TooManyRequests):
    code = "login_throttled"
    title = "Too many failed logins; wait before the next."


class WrongPassword(ProblemError):
    code, status = "wrong_password", 403
    title = "The current password is wrong or missing."


class PasswordTooCommon(ValidationFailed):
    code, title = "password_too_common", "This password is among the first to be tried."


class PasswordTooWeak(ValidationFailed):
    code, title = "password_too_weak", "This password is too easily guessed."


class RefreshTokenReused(Unauthorized):
    code = "refresh_token_reused"
    title = "This refresh token was used before, so its login has been ended."


class LastAdmin(ConflictError):
    code, title = "last_admin", "The shop would have no admin left."


class OwnAccount(ConflictError):
    code, title = "own_account", "One's own account takes its password to close."


class ResetTokenInvalid(Unauthorized):
    code, title = "reset_token_invalid", "The token is unknown, used, or too old."


class LoginNotFound(NotFound):
    code, title = "login_not_found", "There is no such login of this account."


class UserNotFound(NotFound):
    code, title = "user_not_found", "There is no such user."


# Limits


class RateLimited(TooManyRequests):
    """Somebody has done something as often as they may for now."""

    code = "rate_limited"
    title = "This was done as often as one account or address may; wait a little."

    def __init__(self, detail: str, *, seconds: int, limit: Bucket) -> None:
        super().__init__(detail, seconds=seconds, limit=limit.limit.name)
        self._bucket = limit

    def answer_headers(self) -> dict[str, str]:
        return super().answer_headers() | self._bucket.headers()


class TooManyDeclines(TooManyRequests):
    code = "too_many_declines"
    title = "Payments for this order were declined too often; wait before the next."


class TooManyPayments(TooManyRequests):
    code = "too_many_payments"
    title = "Too many orders of this customer are being paid for at once."


class TooManyImports(TooManyRequests):
    code = "too_many_imports"
    title = "Too many imports of this account are waiting already."


class ExportRunning(TooManyRequests):
    code = "export_running"
    title = "Another export of this account is still running."


# Catalogue


class CategoryNotFound(NotFound):
    code, title = "category_not_found", "There is no such category."


class CategoryNameTaken(ConflictError):
    code, title = "category_name_taken", "Another category has this name."


class ProductNotFound(NotFound):
    code, title = "product_not_found", "There is no such product."


class ProductNameTaken(ConflictError):
    code, title = "product_name_taken", "Another product has this name."


class SkuTaken(ConflictError):
    code, title = "sku_taken", "Another product has this sku."


class UnreadableFile(ProblemError):
    code, status = "unreadable_file", 422
    title = "The file cannot be read as a table."


class FileTooLarge(ProblemError):
    code, status, title = "file_too_large", 413, "The file is over a limit."


class ImportNotFound(NotFound):
    code, title = "import_not_found", "There is no such import."


class ImportFinished(ConflictError):
    code, title = "import_finished", "The import has ended already."


# Orders


class OrderNotFound(NotFound):
    code, title = "order_not_found", "There is no such order."


class InsufficientStock(ConflictError):
    code, title = "insufficient_stock", "There is not enough in stock."


class AlreadyExecuted(ConflictError):
    code, title = "already_executed", "The order has been executed already."


class OrderNotPending(ConflictError):
    code, title = "order_not_pending", "Only a pending order can be changed."


class OrderNotExecuted(ConflictError):
    code, title = "order_not_executed", "Only an executed order can be refunded."


class StockOverflow(ConflictError):
    code, title = "stock_overflow", "More pieces than a product may have."


class OrderLineUnavailable(ConflictError):
    code, title = "product_unavailable", "A product of the order is no longer sold."


class PriceChanged(ConflictError):
    code, title = "price_changed", "A price has changed since the order was made."


class ShippingUnavailable(ConflictError):
    code, title = "shipping_unavailable", "The shop no longer ships there."


class OutsideRefundDiffers(ConflictError):
    code = "outside_refund_differs"
    title = "The provider knows this refund otherwise."


class RefundTooLarge(ConflictError):
    code, title = "refund_too_large", "More would be refunded than was sold."


class UnknownCountry(ValidationFailed):
    code, title = "unknown_country", "The location is not a country of ISO 3166."


class NoShipping(ValidationFailed):
    code, title = "no_shipping", "The shop does not ship there."


# Payments


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


class BooksBusy(RetryLaterError):
    code, status = "books_busy", 503
    title = "What happened before that moment is still being written."


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


# Idempotency


class IdempotencyKeyReused(ProblemError):
    code, status = "idempotency_key_reused", 422
    title = "This Idempotency-Key was used for another request."


class IdempotencyInFlight(RetryLaterError):
    code, status = "idempotency_in_flight", 409
    title = "A request with this Idempotency-Key is still running."
