"""What can go wrong when an order is executed or refunded."""

from shopkeeper.utils.errors import ConflictError


class OrderLineUnavailable(ConflictError):
    code, title = "product_unavailable", "A product of the order is no longer sold."


class PriceChanged(ConflictError):
    code, title = "price_changed", "A price has changed since the order was made."


class ShippingUnavailable(ConflictError):
    code, title = "shipping_unavailable", "The shop no longer ships there."
