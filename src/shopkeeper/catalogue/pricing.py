"""New prices from old ones: by an amount, by a percentage, to an ending."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from shopkeeper.utils.money import Currency

HUNDRED = Decimal(100)


class PriceChange(NamedTuple):
    """How prices change: first by an amount or a percentage, then to an ending.

    Attributes:
        by_amount: What is added; below zero it is taken off.
        by_percent: How many hundredths of the price are added, or taken off.
        ending: The last digits, as of a price below 10, 100, ...: `0.99`, `9.90`.
    """

    by_amount: Decimal | None = None
    by_percent: Decimal | None = None
    ending: Decimal | None = None

    def apply(self, price: Decimal, currency: Currency) -> Decimal:
        """The new price, in whole smallest units, rounded half to even.

        An ending gives the nearest price that ends so, the higher one of two as near,
        and never one of nothing or less. Without an ending, the result may be
        neither: that is for whoever asks to refuse.
        """
        if self.by_amount is not None:
            price += self.by_amount
        if self.by_percent is not None:
            price += price * self.by_percent / HUNDRED
        price = price.quantize(currency.smallest, rounding=ROUND_HALF_EVEN)
        return price if self.ending is None else _ending_in(self.ending, price)


def _ending_in(ending: Decimal, price: Decimal) -> Decimal:
    step = Decimal(10) ** (len(str(int(ending))) if ending >= 1 else 0)
    steps = (price - ending) / step
    below = steps.to_integral_value(ROUND_FLOOR) * step + ending
    above = steps.to_integral_value(ROUND_CEILING) * step + ending
    nearest = below if price - below < above - price else above
    return nearest if nearest > 0 else nearest + step
