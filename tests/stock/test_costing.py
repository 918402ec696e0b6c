"""The cost that goes back with pieces of a line."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shopkeeper.stock.costing import cost_of_return, shown_cost

COSTS = st.integers(0, 10**14).map(lambda units: Decimal(units).scaleb(-10))


@given(
    cost=COSTS,
    parts=st.lists(st.integers(1, 50), min_size=1, max_size=12),
)
def test_parts_add_up_to_the_line(cost: Decimal, parts: list[int]) -> None:
    returned, back = 0, Decimal(0)
    for part in parts:
        share = cost_of_return(cost, sum(parts), returned, back, part)
        assert share >= 0
        # Never further from its due than the last decimal that is kept.
        due = cost * part / sum(parts)
        assert abs(share - due) <= Decimal("0.0000000001")
        returned, back = returned + part, back + share

    assert back == cost


def test_a_cost_is_shown_with_four_decimals_half_even() -> None:
    assert shown_cost(Decimal("1.00005")) == Decimal("1.0000")
    assert shown_cost(Decimal("1.00015")) == Decimal("1.0002")
    assert str(shown_cost(Decimal("123456789012345678901234.56785"))).endswith(".5678")
