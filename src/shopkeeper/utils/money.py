"""Money: exact decimals in the one currency of the shop.

Amounts are `Decimal` here and NUMERIC in PostgreSQL, never floats. Everything
the shop adds up is exact; the only rounding is `round_half_even`, for
percentages, and it is stated once, here.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, lru_cache

from shopkeeper.utils.settings import get_settings

# What the columns `price` and `cost` hold: NUMERIC(14, 4).
HIGHEST_AMOUNT = Decimal("9999999999.9999")
COST_DIGITS = 4
MOST_AMOUNTS = 4096
ZERO = Decimal(0)


@dataclass(frozen=True)
class Currency:
    """A currency of ISO 4217 and the decimals its smallest unit has."""

    code: str
    digits: int

    @property
    def smallest(self) -> Decimal:
        return Decimal(1).scaleb(-self.digits)


# ISO 4217, list one, "minor unit": of all others it is two. Not CLDR's, which tells
# what is paid in cash today: the books of a bank in Belgrade have para.
MINOR_UNITS = {
    **dict.fromkeys(
        (
            *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
            *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def currency_of(code: str) -> Currency:
    """A currency with the decimals of its minor unit (ISO 4217)."""
    return Currency(code, MINOR_UNITS.get(code, 2))


@cache
def shop_currency() -> Currency:
    """The currency of the books; it stays what it was when they were opened."""
    return currency_of(get_settings().currency)


def decimals_of(amount: Decimal) -> int:
    """How many decimals the value needs: 2 for 4.99 and for 4.990."""
    _, digits, exponent = amount.as_tuple()
    if not isinstance(exponent, int) or exponent >= 0 or not any(digits):
        return 0
    # Not `normalize()`: it rounds to the 28 digits of the context.
    trailing = next(n for n, digit in enumerate(reversed(digits)) if digit)
    return max(0, -exponent - trailing)


@lru_cache(maxsize=MOST_AMOUNTS)  # A shop's prices come again and again.
def display(amount: Decimal, digits: int) -> str:
    """An amount with at least so many decimals, and never less than it needs."""
    amount = amount or ZERO  # Nothing is never less than nothing.
    shown = f"{amount:.{digits}f}"
    if Decimal(shown) == amount:
        return shown
    places = max(digits, decimals_of(amount))
    return f"{amount:.{places}f}"


def shown(amount: Decimal) -> str:
    """An amount in the currency of the shop, as answers show it."""
    return display(amount, shop_currency().digits)


def round_half_even(amount: Decimal, digits: int) -> Decimal:
    """Round to the nearest, ties to the even digit (IEEE 754 and ISO 80000-1)."""
    return amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
