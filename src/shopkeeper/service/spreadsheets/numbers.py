"""Numbers as people write them: signs of money, spaces, points and commas."""

import re
import unicodedata
from enum import Enum

from babel.numbers import get_currency_symbol

# What may stand between thousands beside point and comma; Switzerland's apostrophe.
_BETWEEN = r"[ \u00a0\u2009\u202f'\u2019]"
_GROUPED = re.compile(
    rf"[1-9]\d{{0,2}}({_BETWEEN})\d{{3}}(\1\d{{3}})*([.,]\d*)?", re.ASCII
)
_MONEY = re.compile(
    r"(?P<before>[^\d.,()+\-]*)(?P<number>[\d.,()+\-].*?)(?P<after>[^\d.,()+\-]*)",
    re.ASCII | re.DOTALL,
)
_SHOWS_POINT = re.compile(
    r"[1-9]\d{0,2}(,\d{3})+\.\d+|\d*\.\d{1,2}|\d*\.\d{4,}|0+\.\d+|\d{4,}\.\d+"
    r"|[1-9]\d{0,2}(,\d{3}){2,}",
    re.ASCII,
)
_SHOWS_COMMA = re.compile(
    r"[1-9]\d{0,2}(\.\d{3})+,\d+|\d*,\d{1,2}|\d*,\d{4,}|0+,\d+|\d{4,},\d+"
    r"|[1-9]\d{0,2}(\.\d{3}){2,}",
    re.ASCII,
)
_WITH_POINT = re.compile(r"([1-9]\d{0,2}(,\d{3})+|\d*)(\.\d*)?", re.ASCII)
_WITH_COMMA = re.compile(r"([1-9]\d{0,2}(\.\d{3})+|\d*)(,\d*)?", re.ASCII)
# One separator before three digits: thousands, or decimals.
_EITHER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_FRACTION = re.compile(r"[.,]\d*[1-9]\d*$", re.ASCII)


class DecimalMark(Enum):
    """What separates decimals in a column, as far as its values show."""

    UNKNOWN = "unknown"
    POINT = "point"
    COMMA = "comma"
    MIXED = "mixed"

    def seen_with(self, other: "DecimalMark") -> "DecimalMark":
        """What two of them say together."""
        if DecimalMark.UNKNOWN in {self, other} or self is other:
            return other if self is DecimalMark.UNKNOWN else self
        return DecimalMark.MIXED


class NotANumberError(ValueError):
    """The text is no number, or could be two."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def shown_mark(value: str, *, is_whole: bool = False) -> DecimalMark:
    """What one value shows; `1,299` and `1.299` show nothing.

    Args:
        value: A cell.
        is_whole: Whether it has to be a whole number. Then a fraction is a
            mistake, and says nothing of how the others are written.
    """
    if "." not in value and "," not in value:
        return DecimalMark.UNKNOWN
    match = _MONEY.fullmatch(value.strip())
    number = match["number"].strip("()+- ") if match else ""
    if _GROUPED.fullmatch(number):
        number = re.sub(_BETWEEN, "", number)
    if is_whole and _FRACTION.search(number) and not _EITHER.fullmatch(number):
        return DecimalMark.UNKNOWN
    if _SHOWS_POINT.fullmatch(number):
        return DecimalMark.POINT
    if _SHOWS_COMMA.fullmatch(number):
        return DecimalMark.COMMA
    return DecimalMark.UNKNOWN


def plain_number(text: str, mark: DecimalMark, currency: str | None) -> str:
    """A number in digits with a point for decimals, and a minus if it is negative.

    Args:
        text: As it stands in the file.
        mark: What the column's values show.
        currency: The shop's, ISO 4217, where the number may be an amount of it.

    Raises:
        NotANumberError: If it is no number, one that can be read in two ways, or
            an amount of another currency.
    """
    match = _MONEY.fullmatch(text.strip())
    if match is None:
        raise _not_a_number(currency)
    for unit in (match["before"], match["after"]):
        _check_unit(unit.strip(), currency)
    number = match["number"].strip()
    is_negative = number.startswith("-")
    if number.startswith("(") and number.endswith(")"):  # As accountants write it.
        is_negative, number = True, number[1:-1]
    number = number[1:].lstrip() if number[:1] in {"-", "+"} else number
    if _GROUPED.fullmatch(number):
        number = re.sub(_BETWEEN, "", number)
    _check_clear(number, mark)
    return ("-" if is_negative else "") + _digits(number, mark, currency)


def _check_clear(number: str, mark: DecimalMark) -> None:
    if mark is DecimalMark.MIXED and shown_mark(number) is not DecimalMark.POINT:
        if "." in number or "," in number:
            raise NotANumberError(
                "ambiguous", "the column has both decimal points and decimal commas"
            )
    elif mark is DecimalMark.UNKNOWN and _EITHER.fullmatch(number):
        decimal = number.replace(",", ".").rstrip("0").rstrip(".")
        thousands = number.replace(".", "").replace(",", "")
        raise NotANumberError(
            "ambiguous",
            f"can be read as {decimal} or as {thousands};"
            " write it without a separator of thousands",
        )


def _digits(number: str, mark: DecimalMark, currency: str | None) -> str:
    is_comma = mark is DecimalMark.COMMA
    shape = _WITH_COMMA if is_comma else _WITH_POINT
    if not any(map(str.isdecimal, number)) or not shape.fullmatch(number):
        raise _not_a_number(currency)
    if is_comma:
        number = number.replace(".", "").replace(",", ".")
    whole, _, decimals = number.replace(",", "").partition(".")
    digits = whole or "0"
    return f"{digits}.{decimals}" if decimals else digits


def _check_unit(unit: str, currency: str | None) -> None:
    if not unit:
        return
    is_money = unit.isalpha() or any(unicodedata.category(c) == "Sc" for c in unit)
    if currency is None or not is_money:
        raise _not_a_number(currency)
    symbol = get_currency_symbol(currency, locale="en_US")
    if unit.upper() not in {currency, symbol.upper(), symbol[-1]}:
        if unit.isalpha() and len(unit) != len(currency):
            raise _not_a_number(currency)
        raise NotANumberError(
            "wrong_currency", f"is in {unit}, but the shop's currency is {currency}"
        )


def _not_a_number(currency: str | None) -> NotANumberError:
    example = (
        "a whole number, such as 12" if currency is None else "a number, such as 4.99"
    )
    return NotANumberError("not_a_number", f"must be {example}")
