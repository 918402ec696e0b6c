from decimal import Decimal

import pytest

from shopkeeper.utils.money import currency_of, decimals_of, display, round_half_even


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        *(("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("ISK", 0)),
        # What is paid in whole units today still has its hundredths in books.
        *(("RSD", 2), ("ALL", 2), ("IQD", 3), ("LBP", 2), ("MGA", 2), ("SOS", 2)),
    ],
)
def test_currencies_have_their_decimals(code: str, digits: int) -> None:
    assert currency_of(code).digits == digits


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("4.99", 2), ("4.990", 2), ("5", 0), ("500", 0), ("1E+3", 0), ("0", 0)],
)
def test_decimals_are_those_the_value_needs(amount: str, expected: int) -> None:
    assert decimals_of(Decimal(amount)) == expected


@pytest.mark.parametrize(
    ("amount", "digits", "shown"),
    [
        ("5", 2, "5.00"),
        ("1.0001", 2, "1.0001"),
        ("1E+3", 0, "1000"),
        ("-2.5", 2, "-2.50"),
    ],
)
def test_amounts_show_all_their_digits(amount: str, digits: int, shown: str) -> None:
    assert display(Decimal(amount), digits) == shown


@pytest.mark.parametrize(("amount", "rounded"), [("0.125", "0.12"), ("0.135", "0.14")])
def test_ties_round_to_even(amount: str, rounded: str) -> None:
    assert round_half_even(Decimal(amount), 2) == Decimal(rounded)


def test_nothing_has_no_sign() -> None:
    assert display(Decimal("-0"), 2) == "0.00"
    assert display(Decimal(0), 2) == "0.00"
