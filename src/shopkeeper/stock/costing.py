"""What goods have cost: the moving weighted average (IAS 2, paragraphs 25 and 27).

Goods enter the stock at their cost and leave it at the average: the value of
the stock over its quantity. Values are kept to ten decimals, in the ledger and
on the lines; there, and nowhere else, a cost is rounded when it arises: half
away from zero. The last piece takes with it what is left, so that nothing
remains of an empty shelf. A sum of costs is shown rounded half-even to the
four decimals of a cost (`shown_cost`).

The ledger itself does the averaging: `apply_stock_movement`, in the database.
"""

from decimal import ROUND_HALF_UP, Decimal, localcontext

from shopkeeper.utils.money import COST_DIGITS, round_half_even

VALUE_DIGITS = 10
SMALLEST = Decimal(1).scaleb(-VALUE_DIGITS)
# Of the largest value, times the largest quantity, and room to divide.
PRECISION = 80


def cost_of_return(
    line_cost: Decimal,
    sold: int,
    returned: int,
    returned_cost: Decimal,
    quantity: int,
) -> Decimal:
    """The cost that goes back with some pieces of a line.

    After each return, what has come back is worth its part of the line, so
    that returns piece by piece add up to exactly the line's cost.

    Args:
        line_cost: What all pieces of the line had cost.
        sold: How many they were.
        returned: How many of them have come back before.
        returned_cost: What these had cost.
        quantity: How many come back now.
    """
    with localcontext() as context:
        context.prec = PRECISION
        back = (line_cost * (returned + quantity) / sold).quantize(
            SMALLEST, rounding=ROUND_HALF_UP
        )
        return max(back - returned_cost, Decimal(0))


def shown_cost(cost: Decimal) -> Decimal:
    """A cost as it is shown: with four decimals."""
    with localcontext() as context:
        context.prec = PRECISION
        return round_half_even(cost, COST_DIGITS)
