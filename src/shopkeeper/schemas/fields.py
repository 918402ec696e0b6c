"""The kinds of field, each with its bounds and its place in the OpenAPI document."""

import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import email_validator
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from shopkeeper.service.money import (
    COST_DIGITS,
    HIGHEST_AMOUNT,
    decimals_of,
    display,
    shop_currency,
)

# A shop on an intranet has addresses at .local, and tests have them at .test.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

LARGEST_ID = 2**63 - 1
LARGEST_QUANTITY = 2**31 - 1
LARGEST_LINE = 1_000_000

# What a JSON schema can say of a line of text that is neither blank nor broken.
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0\s][^\x00-\x1f\x7f-\x9f]*$"
MANY_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"


# Text


def _clean(text: Any, also_allowed: str = "") -> Any:
    """Trim and compose (NFC); leave what is no text to Pydantic's own check."""
    if not isinstance(text, str):
        return text
    for position, character in enumerate(text):
        if (
            unicodedata.category(character) in {"Cc", "Cs"}
            and character not in also_allowed
        ):
            raise ValueError(
                "must not contain control characters"
                f" (U+{ord(character):04X} at position {position})"
            )
    return unicodedata.normalize("NFC", text.strip())


def _clean_lines(text: Any) -> Any:
    return _clean(text, also_allowed="\n\r\t")


def _encodable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain the character NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode text") from None
    return text


def _email(text: str) -> str:
    try:
        address = email_validator.validate_email(text, check_deliverability=False)
    except email_validator.EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return address.normalized


def _pattern(pattern: str) -> dict[str, Any]:
    return {"pattern": pattern}


Name = Annotated[
    str,
    BeforeValidator(_clean),
    Field(
        min_length=1,
        max_length=120,
        examples=["Walnut desk organiser"],
        json_schema_extra=_pattern(ONE_LINE),
    ),
]
CategoryName = Annotated[
    str,
    BeforeValidator(_clean),
    Field(
        min_length=1,
        max_length=120,
        examples=["Stationery"],
        json_schema_extra=_pattern(ONE_LINE),
    ),
]
FullName = Annotated[
    str,
    BeforeValidator(_clean),
    Field(
        min_length=1,
        max_length=120,
        examples=["Ada Lovelace"],
        json_schema_extra=_pattern(ONE_LINE),
    ),
]
Sku = Annotated[
    str,
    BeforeValidator(_clean),
    Field(
        min_length=1,
        max_length=64,
        examples=["WDO-01"],
        json_schema_extra=_pattern(ONE_LINE),
    ),
]
Description = Annotated[
    str,
    BeforeValidator(_clean_lines),
    Field(
        max_length=5000,
        examples=["Holds pens, cards and a cup."],
        json_schema_extra=_pattern(MANY_LINES),
    ),
]
Reason = Annotated[
    str,
    BeforeValidator(_clean),
    Field(
        min_length=1,
        max_length=500,
        examples=["Arrived with a scratch"],
        json_schema_extra=_pattern(ONE_LINE),
    ),
]
Location = Annotated[
    str,
    BeforeValidator(_clean),
    Field(
        min_length=1,
        max_length=120,
        description="A country by its ISO 3166 name, common or official name,"
        " alpha-2 or alpha-3 code; in any case, with or without accents.",
        examples=["Côte d'Ivoire", "NZ", "United Kingdom"],
        json_schema_extra=_pattern(ONE_LINE),
    ),
]
SearchWords = Annotated[
    str,
    BeforeValidator(_clean),
    Field(
        max_length=200,
        description="Every word has to stand somewhere in name, sku or"
        " description; case and accents do not matter.",
        examples=["desk"],
        json_schema_extra=_pattern(MANY_LINES.replace(r"\x08\x0b\x0c\x0e-", "")),
    ),
]
Email = Annotated[
    str,
    BeforeValidator(_clean),
    AfterValidator(_email),
    Field(
        min_length=3,
        max_length=254,
        examples=["ada@example.com"],
        json_schema_extra={"format": "email"},
    ),
]
NewPassword = Annotated[
    str,
    AfterValidator(_encodable),
    Field(
        min_length=8,
        max_length=128,
        description="8 to 128 characters of any kind; not one of the most common.",
        examples=["gusty-lantern-orchid"],
        json_schema_extra={"format": "password", "writeOnly": True},
    ),
]
Password = Annotated[
    str,
    AfterValidator(_encodable),
    Field(
        min_length=1,
        max_length=128,
        examples=["gusty-lantern-orchid"],
        json_schema_extra={"format": "password", "writeOnly": True},
    ),
]

# A field that may be absent, but not null: `model_fields_set` tells which were.


def absent() -> Any:
    """Say in a field's declaration that leaving it out changes nothing."""
    return Field(default_factory=lambda: None)


# Numbers


def _whole(value: Any) -> Any:
    """JSON knows one kind of number: 5.0 is 5 (JSON Schema, section 4.2.3)."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


Id = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=LARGEST_ID, examples=[1])]
Quantity = Annotated[
    int, BeforeValidator(_whole), Field(ge=0, le=LARGEST_QUANTITY, examples=[25])
]
LineQuantity = Annotated[
    int, BeforeValidator(_whole), Field(ge=1, le=LARGEST_LINE, examples=[2])
]

# Money

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

# Time

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)",
    re.ASCII | re.IGNORECASE,
)


def _moment(value: Any) -> datetime:
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError(
            "must be a time of RFC 3339 with its offset, such as"
            " 2026-01-31T12:00:00Z (a + in a query is written %2B)"
        )
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is not a moment of the calendar") from None


MomentInput = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2026-01-01T00:00:00Z"]}
    ),
]

MomentOutput = Annotated[
    datetime,
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "examples": ["2026-01-31T12:00:00.000000Z"],
        },
        mode="serialization",
    ),
]

# Values of a query string, where all is text


def _digits(value: Any) -> Any:
    if isinstance(value, str):
        if not re.fullmatch(r"-?[0-9]{1,30}", value):
            raise ValueError("must be a whole number")
        return int(value)
    return value


def _true_or_false(value: Any) -> Any:
    if isinstance(value, str) and value not in {"true", "false"}:
        raise ValueError("must be true or false")
    return value


QueryId = Annotated[
    int, BeforeValidator(_digits), Field(ge=1, le=LARGEST_ID, examples=[1])
]
QueryName = Annotated[
    str,
    BeforeValidator(_clean),
    Field(
        min_length=1,
        max_length=120,
        description="The name of a category, in any case.",
        examples=["Stationery"],
        json_schema_extra=_pattern(ONE_LINE),
    ),
]
QueryBool = Annotated[bool, BeforeValidator(_true_or_false)]
Limit = Annotated[
    int,
    BeforeValidator(_digits),
    Field(ge=1, le=100, description="How many to give at most."),
]
Cursor = Annotated[
    str,
    Field(
        max_length=2000,
        description="Where to go on: `next_cursor` of the page before.",
    ),
]
