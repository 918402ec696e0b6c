"""What can go wrong when an order is executed or refunded."""

from shopkeeper.utils.errors import ConflictError


class AlreadyExecuted(ConflictError):
    code, title = "already_executed", "The order has been executed already."


class OrderNotExecuted(ConflictError):
    code, title = "order_not_executed", "Only an executed order can be refunded."


class OrderLineUnavailable(ConflictError):
    code, title = "product_unavailable", "A product of the order is no longer sold."


class PriceChanged(ConflictError):
    code, title = "price_changed", "A price has changed since the order was made."


class ShippingUnavailable(ConflictError):
    code, title = "shipping_unavailable", "The shop no longer ships there."


class RefundTooLarge(ConflictError):
    code, title = "refund_too_large", "More would be refunded than was sold."
