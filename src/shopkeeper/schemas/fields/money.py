"""Amounts: exact decimals in, strings of digits out."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from shopkeeper.service.money import (
    COST_DIGITS,
    HIGHEST_AMOUNT,
    decimals_of,
    display,
    shop_currency,
)

_DECIMAL_DIGITS = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)


def _amount(value: Any) -> Decimal:
    """Read an amount from a JSON number or a string of digits."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError('must be a decimal, such as "4.99"')  # noqa: TRY004  # Pydantic reports ValueError.
    if isinstance(value, str) and not _DECIMAL_DIGITS.fullmatch(value):
        raise ValueError('must be digits with a point for decimals, such as "4.99"')
    amount = Decimal(value)
    # The bound first: counting the decimals of 1E+400 takes all its digits.
    if abs(amount) > HIGHEST_AMOUNT:
        raise ValueError(f"must be at most {HIGHEST_AMOUNT}")
    return amount


def _price(value: Any) -> Decimal:
    amount, currency = _amount(value), shop_currency()
    if amount <= 0:
        raise ValueError("must be greater than 0")
    if decimals_of(amount) > currency.digits:
        raise ValueError(
            f"must have at most {currency.digits} decimals ({currency.code})"
        )
    return amount


def _price_filter(value: Any) -> Decimal:
    amount = _amount(value)
    if amount < 0:
        raise ValueError("must not be negative")
    return amount


def _cost(value: Any) -> Decimal:
    amount = _amount(value)
    if amount < 0:
        raise ValueError("must not be negative")
    if decimals_of(amount) > COST_DIGITS:
        raise ValueError(f"must have at most {COST_DIGITS} decimals")
    return amount


def _in_currency(amount: Decimal) -> str:
    return display(amount, shop_currency().digits)


def _in_cost_digits(amount: Decimal) -> str:
    return display(amount, COST_DIGITS)


def _money_input(digits: int, lowest: str) -> WithJsonSchema:
    """The two ways to write an amount in JSON."""
    return WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": lowest, "examples": ["4.99"]},
                {
                    "type": "number",
                    "minimum": 0,
                    "maximum": float(HIGHEST_AMOUNT.to_integral_value()) - 1,
                    "multipleOf": float(Decimal(1).scaleb(-digits)),
                },
            ],
            "examples": ["4.99"],
        },
        mode="validation",
    )


# The books are kept in one currency, whatever row is shown.
ShopCurrency = Annotated[
    str,
    Field(
        default_factory=lambda: shop_currency().code,
        examples=["USD"],
        description="ISO 4217.",
    ),
]
AMOUNT_PATTERN = r"^-?[0-9]+(\.[0-9]+)?$"


def _money_output(example: str) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": "string", "pattern": AMOUNT_PATTERN, "examples": [example]},
        mode="serialization",
    )


PriceInput = Annotated[
    Decimal,
    BeforeValidator(_price),
    _money_input(0, r"^(0\.(0[1-9]|[1-9][0-9]?)|[1-9][0-9]{0,8}(\.[0-9]{1,2})?)$"),
]
CostInput = Annotated[
    Decimal,
    BeforeValidator(_cost),
    _money_input(0, r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,4})?$"),
]
PriceFilter = Annotated[
    Decimal,
    BeforeValidator(_price_filter),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,4})?$",
            "examples": ["4.99"],
        }
    ),
]
Money = Annotated[
    Decimal, PlainSerializer(_in_currency, return_type=str), _money_output("4.99")
]
CostMoney = Annotated[
    Decimal, PlainSerializer(_in_cost_digits, return_type=str), _money_output("1.8750")
]
Percentage = Annotated[
    Decimal,
    PlainSerializer(lambda share: f"{share:.2f}", return_type=str),
    _money_output("12.50"),
]
