"""Amounts: exact decimals in, strings of digits out."""

import re
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError

from shopkeeper.utils.money import (
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
        raise PydanticCustomError("not_a_number", 'must be a decimal, such as "4.99"')
    if isinstance(value, str) and not _DECIMAL_DIGITS.fullmatch(value):
        raise PydanticCustomError(
            "not_a_number", 'must be digits with a point for decimals, such as "4.99"'
        )
    amount = Decimal(value)
    # The bound first: counting the decimals of 1E+400 takes all its digits.
    if amount.copy_abs() > HIGHEST_AMOUNT:
        raise PydanticCustomError(
            "too_large", "must be at most {most}", {"most": str(HIGHEST_AMOUNT)}
        )
    return amount


def _price(value: Any) -> Decimal:
    amount, currency = _amount(value), shop_currency()
    if amount <= 0:
        raise PydanticCustomError("not_positive", "must be greater than 0")
    if decimals_of(amount) > currency.digits:
        raise PydanticCustomError(
            "too_many_decimals",
            "must have at most {digits} decimals ({code})",
            {"digits": currency.digits, "code": currency.code},
        )
    return amount


def _change(value: Any) -> Decimal:
    amount = _amount(value)
    _price(amount.copy_abs() or shop_currency().smallest)
    return amount


def _price_filter(value: Any) -> Decimal:
    amount = _amount(value)
    if amount < 0:
        raise PydanticCustomError("negative", "must not be negative")
    return amount


def _cost(value: Any) -> Decimal:
    amount = _amount(value)
    if amount < 0:
        raise PydanticCustomError("negative", "must not be negative")
    if decimals_of(amount) > COST_DIGITS:
        raise PydanticCustomError(
            "too_many_decimals",
            "must have at most {digits} decimals",
            {"digits": COST_DIGITS},
        )
    return amount


def _in_currency(amount: Decimal) -> str:
    return display(amount, shop_currency().digits)


def _in_cost_digits(amount: Decimal) -> str:
    return display(amount, COST_DIGITS)


AMOUNT_PATTERN = r"^-?[0-9]+(\.[0-9]+)?$"


def amount_pattern(digits: int, *, above_zero: bool) -> str:
    """The amounts that are taken with so many decimals, as a regular expression.

    Zeros may stand before and behind, as in `00.50` and `5.100`. Without looking
    ahead, which not all tools of JSON Schema can.
    """
    zeros = "0{0,15}"
    fraction = rf"(\.[0-9]{{1,{digits}}}{zeros})?" if digits else rf"(\.0{zeros})?"
    if not above_zero:
        return f"^{zeros}[0-9]{{1,10}}{fraction}$"
    whole = f"{zeros}[1-9][0-9]{{0,9}}{fraction}"
    parts = "|".join(
        f"0{{{leading}}}[1-9][0-9]{{0,{digits - 1 - leading}}}"
        for leading in range(digits)
    )
    return rf"^({whole}|0{zeros}\.({parts}){zeros})$" if parts else f"^{whole}$"


@dataclass(frozen=True)
class _AmountSchema:
    """The two ways to write an amount in JSON, in the currency of this shop.

    Written when the document is made: only then are the settings read. How many
    decimals a number may have is told in words: `multipleOf` is worked out in
    binary fractions, in which 0.07 is no multiple of 0.01.
    """

    above_zero: bool
    digits: int | None = None
    may_be_below: bool = False

    def __get_pydantic_json_schema__(
        self, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        digits = shop_currency().digits if self.digits is None else self.digits
        unit = Decimal(1).scaleb(-digits)
        least = "exclusiveMinimum" if self.above_zero else "minimum"
        most = float(HIGHEST_AMOUNT.quantize(unit, ROUND_FLOOR))
        expression = amount_pattern(digits, above_zero=self.above_zero)
        if self.may_be_below:
            expression = expression.replace("^", "^-?", 1)
        return {
            "anyOf": [
                {
                    "type": "string",
                    "pattern": expression,
                },
                {
                    "type": "number",
                    least: -most if self.may_be_below else 0,
                    "maximum": most,
                },
            ],
            "description": f"At most {digits} decimals."
            if digits
            else "A whole number.",
            "examples": [f"{Decimal('4.9900'):.{digits}f}"],
        }


# The books are kept in one currency, whatever row is shown.
ShopCurrency = Annotated[
    str,
    Field(
        default_factory=lambda: shop_currency().code,
        examples=["USD"],
        description="ISO 4217.",
    ),
]


def _money_output(example: str) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": "string", "pattern": AMOUNT_PATTERN, "examples": [example]},
        mode="serialization",
    )


PriceInput = Annotated[Decimal, BeforeValidator(_price), _AmountSchema(above_zero=True)]
AmountChange = Annotated[
    Decimal,
    BeforeValidator(_change),
    _AmountSchema(above_zero=False, may_be_below=True),
]
CostInput = Annotated[
    Decimal, BeforeValidator(_cost), _AmountSchema(above_zero=False, digits=COST_DIGITS)
]
PriceFilter = Annotated[
    Decimal,
    BeforeValidator(_price_filter),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^0{0,15}[0-9]{1,10}(\.[0-9]{1,4}0{0,15})?$",
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
