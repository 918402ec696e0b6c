"""Numbers as people write them: signs of money, spaces, points and commas."""

import re
import unicodedata
from enum import Enum

from shopkeeper.imports.sheets.currencies import is_money, signs_of
from shopkeeper.imports.sheets.taxes import WITH_TAX
from shopkeeper.utils.money import currency_of

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
# In India, thousands are followed by pairs: 1,00,000.00.
_INDIAN = re.compile(r"[1-9]\d?(,\d{2})+,\d{3}(\.\d*)?", re.ASCII)
_WITH_POINT = re.compile(r"([1-9]\d{0,2}(,\d{3})+|\d*)(\.\d*)?", re.ASCII)
_WITH_COMMA = re.compile(r"([1-9]\d{0,2}(\.\d{3})+|\d*)(,\d*)?", re.ASCII)
# One separator before three digits: thousands, or decimals.
_EITHER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
# What stands for no cents: 12,- and 12:-
_NO_CENTS = re.compile(r"(?<=\d)[.,:/][-\u2013\u2014]{1,2}(?=\s|\D|$)")
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
    if not value.replace(".", "").replace(",", "").isdecimal():
        value = _NO_CENTS.sub("", WITH_TAX.sub("", value)).strip(" .\xa0")
    match = _MONEY.fullmatch(value.strip())
    number = match["number"].strip("()+- ") if match else ""
    if _INDIAN.fullmatch(number):
        return DecimalMark.POINT
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
    text = unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()
    if currency is not None:
        # As in `$5 AUD`, there may be two.
        text = _without_signs(_without_signs(text, currency), currency)
    match = _MONEY.fullmatch(text)
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
    has_cents = currency is None or currency_of(currency).digits > 0
    _check_clear(number, mark, has_cents=has_cents)
    if not has_cents and mark is DecimalMark.UNKNOWN and _EITHER.fullmatch(number):
        number = number.replace(".", "").replace(",", "")
    return ("-" if is_negative else "") + _digits(number, mark, currency)


def _check_clear(number: str, mark: DecimalMark, *, has_cents: bool) -> None:
    if mark is DecimalMark.MIXED and shown_mark(number) is not DecimalMark.POINT:
        if "." in number or "," in number:
            raise NotANumberError(
                "ambiguous", "the column has both decimal points and decimal commas"
            )
    elif has_cents and mark is DecimalMark.UNKNOWN and _EITHER.fullmatch(number):
        decimal = number.replace(",", ".").rstrip("0").rstrip(".")
        thousands = number.replace(".", "").replace(",", "")
        raise NotANumberError(
            "ambiguous",
            f"can be read as {decimal} or as {thousands};"
            " write it without a separator of thousands",
        )


def _digits(number: str, mark: DecimalMark, currency: str | None) -> str:
    is_comma = mark is DecimalMark.COMMA
    if not is_comma and _INDIAN.fullmatch(number):
        number = number.replace(",", "")
    shape = _WITH_COMMA if is_comma else _WITH_POINT
    if not any(map(str.isdecimal, number)) or not shape.fullmatch(number):
        raise _not_a_number(currency)
    if is_comma:
        number = number.replace(".", "").replace(",", ".")
    whole, _, decimals = number.replace(",", "").partition(".")
    digits = whole or "0"
    return f"{digits}.{decimals}" if decimals else digits


def _without_signs(text: str, currency: str) -> str:
    """An amount without the signs of its currency, and without "incl. VAT"."""
    bare = WITH_TAX.sub("", text).strip()
    if bare != text and not bare.startswith("("):
        bare = bare.strip("() ")
    bare = _NO_CENTS.sub("", bare)
    folded = bare.casefold()
    if len(folded) != len(bare):
        return bare  # A letter that folds into two: no sign of money has one.
    lead = len(folded) - len(folded.lstrip("-+( "))
    for sign in signs_of(currency):
        rest = folded[lead + len(sign) :]
        if folded.startswith(sign, lead) and _ends(rest[:1], sign):
            return bare[:lead] + bare[lead + len(sign) :].strip()
        if folded.endswith(sign) and _ends(folded[: -len(sign)][-1:], sign):
            return bare[: -len(sign)].strip()
    return bare


def _ends(beside: str, sign: str) -> bool:
    """Whether a sign ends there, and is no part of a word or of another sign."""
    if sign.strip(".").isalpha():
        return not beside.isalpha()
    return not beside.isalpha() and unicodedata.category(beside or " ") != "Sc"


def _check_unit(unit: str, currency: str | None) -> None:
    if not unit:
        return
    if currency is None or not is_money(unit):
        raise _not_a_number(currency)
    raise NotANumberError(
        "wrong_currency", f"is in {unit}, but the shop's currency is {currency}"
    )


def _not_a_number(currency: str | None) -> NotANumberError:
    example = (
        "a whole number, such as 12" if currency is None else "a number, such as 4.99"
    )
    return NotANumberError("not_a_number", f"must be {example}")
