"""What can go wrong with orders before they are sold."""

from shopkeeper.utils.errors import ConflictError, NotFound, ValidationFailed


class OrderNotFound(NotFound):
    code, title = "order_not_found", "There is no such order."


class CustomerNotFound(NotFound):
    code, title = "customer_not_found", "There is no such customer."


class OrderNotPending(ConflictError):
    code, title = "order_not_pending", "Only a pending order can be changed."


class UnknownCountry(ValidationFailed):
    code, title = "unknown_country", "The location is not a country of ISO 3166."


class NoShipping(ValidationFailed):
    code, title = "no_shipping", "The shop does not ship there."


class AlreadyExecuted(ConflictError):
    code, title = "already_executed", "The order has been executed already."


class OrderNotExecuted(ConflictError):
    code, title = "order_not_executed", "Only an executed order can be refunded."


class RefundTooLarge(ConflictError):
    code, title = "refund_too_large", "More would be refunded than was sold."
