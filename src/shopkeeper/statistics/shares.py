"""Percentages of a whole that add up to exactly 100.00."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[Any]  # Of integers: of 64 bits, or Python's own where these overflow.

HUNDREDTHS = 10_000  # Of a percent, in 100.00.
# Up to here, a sum of quantities times HUNDREDTHS fits into 64 bits.
LARGEST_SUM = 2**63 // HUNDREDTHS // 2


def percentages(quantities: Sequence[int]) -> list[Decimal]:
    """The share of each quantity, with two decimals, by largest remainder."""
    shares = hundredths(np.array(quantities, dtype=object))
    return [Decimal(int(share)).scaleb(-2) for share in shares]


def hundredths(quantities: Whole) -> Whole:
    """The share of each quantity in hundredths of a percent: 10000 in all.

    By largest remainder, also known as Hamilton's method: each share is
    rounded down, and the hundredths left over go to the largest remainders,
    the earlier of equals first. A quantity of zero or less (more came back
    than was sold) has no share; without any positive quantity all are 0.
    """
    counted = np.maximum(quantities, 0)
    # Floats only to see whether integers would overflow.
    fits = not len(counted) or float(np.sum(counted, dtype=float)) < LARGEST_SUM
    counted = counted.astype(np.int64 if fits else object)
    whole = counted.sum()
    if not whole:
        return np.zeros(len(counted), dtype=np.int64)
    shares = counted * HUNDREDTHS // whole
    remainders = counted * HUNDREDTHS % whole
    left = HUNDREDTHS - int(shares.sum())
    if left:
        # The smallest of the remainders that get one; of equals, the first do.
        smallest = np.partition(remainders, len(remainders) - left)[-left]
        larger = remainders > smallest
        shares[larger] += 1
        equal = np.flatnonzero(remainders == smallest)
        shares[equal[: left - int(larger.sum())]] += 1
    given: Whole = shares
    return given
