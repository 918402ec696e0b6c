from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shopkeeper.statistics.shares import percentages


def test_thirds_give_the_hundredth_left_over_to_the_first() -> None:
    assert percentages([1, 1, 1]) == [
        Decimal("33.34"),
        Decimal("33.33"),
        Decimal("33.33"),
    ]


def test_nothing_sold_has_no_shares() -> None:
    assert percentages([]) == []
    assert percentages([0, -2]) == [Decimal("0.00"), Decimal("0.00")]


@given(st.lists(st.integers(-5, 10**12), min_size=1, max_size=300))
def test_shares_add_up_and_stay_within_a_hundredth(quantities: list[int]) -> None:
    shares = percentages(quantities)
    sold = [max(quantity, 0) for quantity in quantities]

    if not any(sold):
        assert set(shares) == {Decimal("0.00")}
        return
    assert sum(shares) == Decimal("100.00")
    for quantity, share in zip(sold, shares, strict=True):
        exact = Decimal(quantity) * 100 / sum(sold)
        assert abs(exact - share) < Decimal("0.01")
        assert share.as_tuple().exponent == -2


def test_numbers_too_large_for_a_machine_word_stay_exact() -> None:
    huge = 2**62
    assert percentages([huge, huge, huge]) == [
        Decimal("33.34"),
        Decimal("33.33"),
        Decimal("33.33"),
    ]
