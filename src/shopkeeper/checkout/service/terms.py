"""Whether an order can be executed on the terms it was placed on."""

from collections.abc import Sequence

from shopkeeper.checkout.errors import (
    OrderLineUnavailable,
    PriceChanged,
    ShippingUnavailable,
)
from shopkeeper.checkout.repository.holding import HeldLine
from shopkeeper.orders.repository.views import LineRow, OrderRow
from shopkeeper.orders.service.destination_countries import ships_to
from shopkeeper.stock.shortages import insufficient_stock, shortage
from shopkeeper.utils.money import display, shop_currency
from shopkeeper.utils.settings import get_settings


def check_shipping(order: OrderRow) -> None:
    if not ships_to(order.country_code):
        raise ShippingUnavailable(
            f"The shop no longer ships to {order.location};"
            " update the order with another location, or cancel it.",
            location=order.location,
            country_code=order.country_code,
        )


def check_available(lines: Sequence[HeldLine]) -> None:
    gone = [_named(found.line) for found in lines if found.removed]
    if gone:
        raise OrderLineUnavailable(
            f"{gone[0]['name']!r} is no longer sold; update the order without it.",
            lines=gone,
        )
    short = [
        shortage(
            found.line.product_id,
            found.line.product_name,
            found.line.quantity,
            found.available,
            variant_id=found.line.variant_id if found.line.options else None,
        )
        for found in lines
        if found.available is not None and found.line.quantity > found.available
    ]
    if short:
        raise insufficient_stock(short)


def check_prices(lines: Sequence[HeldLine]) -> None:
    """An order is executed at its own prices, if they are still today's.

    A shop may as well honour the prices it has given (`PRICE_DRIFT`).
    """
    if get_settings().price_drift == "honour":
        return
    drifted = [
        {
            **_named(found.line),
            "unit_price": display(found.line.unit_price, shop_currency().digits),
            "price": display(found.price_now, shop_currency().digits),
        }
        for found in lines
        if found.line.unit_price != found.price_now
    ]
    if drifted:
        first = drifted[0]
        raise PriceChanged(
            f"{first['name']!r} costs {first['price']} now, not {first['unit_price']};"
            " update the order's items to accept today's prices.",
            lines=drifted,
        )


def _named(line: LineRow) -> dict[str, int | str]:
    """What was sold in a line; the variant, where its product has options."""
    named: dict[str, int | str] = {
        "product_id": line.product_id,
        "name": line.product_name,
    }
    return named | {"variant_id": line.variant_id} if line.options else named
