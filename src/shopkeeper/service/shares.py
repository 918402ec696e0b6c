"""Percentages of a whole that add up to exactly 100.00."""

from collections.abc import Sequence
from decimal import Decimal

HUNDREDTHS = 10_000  # Of a percent, in 100.00.


def percentages(quantities: Sequence[int]) -> list[Decimal]:
    """The share of each quantity, with two decimals, by largest remainder.

    Also known as Hamilton's method: each share is rounded down, and the
    hundredths left over go to the largest remainders, the earlier of equals
    first. A quantity of zero or less (more came back than was sold) has no
    share; without any positive quantity all shares are 0.00.
    """
    counted = [max(quantity, 0) for quantity in quantities]
    whole = sum(counted)
    if whole == 0:
        return [Decimal("0.00")] * len(counted)
    shares = [quantity * HUNDREDTHS // whole for quantity in counted]
    remainders = [quantity * HUNDREDTHS % whole for quantity in counted]
    by_remainder = sorted(range(len(counted)), key=lambda place: -remainders[place])
    for place in by_remainder[: HUNDREDTHS - sum(shares)]:
        shares[place] += 1
    return [Decimal(share).scaleb(-2) for share in shares]
