"""Currencies as files tell them: in cells, in headers, in formats of cells."""

import re
import unicodedata
from functools import cache

from babel.numbers import get_currency_symbol, list_currencies

# How people write a currency beside what it is called by ISO 4217 and by Babel.
SIGNS: dict[str, tuple[str, ...]] = {
    "AED": ("Dhs", "Dh", "د.إ"),
    "ARS": ("AR$",),
    "AUD": ("A$", "AU$"),
    "BGN": ("лв", "lv"),
    "BRL": ("R$",),
    "CAD": ("C$", "CA$", "CAD$", "Can$"),
    "CHF": ("Fr", "SFr", "sFr"),
    "CLP": ("CLP$",),
    "CNY": ("¥", "￥", "元", "RMB", "CN¥"),
    "COP": ("COL$",),
    "CZK": ("Kč", "Kc"),
    "DKK": ("kr",),
    "EGP": ("E£", "ج.م"),
    "EUR": ("€", "Euro", "Euros", "Eur"),
    "GBP": ("£", "GB£", "UK£"),
    "HKD": ("HK$",),
    "HUF": ("Ft",),
    "IDR": ("Rp",),
    "ILS": ("₪", "NIS", 'ש"ח', "ש״ח"),
    "INR": ("₹", "Rs", "Re"),
    "ISK": ("kr",),
    "JPY": ("¥", "￥", "円", "Yen", "JP¥"),
    "KRW": ("₩", "원"),
    "MXN": ("MX$", "Mex$"),
    "MYR": ("RM",),
    "NGN": ("₦",),
    "NOK": ("kr",),
    "NZD": ("NZ$",),
    "PEN": ("S/",),
    "PHP": ("₱", "PhP"),
    "PLN": ("zł", "zl"),
    "RON": ("lei", "leu"),
    "RUB": ("₽", "руб", "р"),
    "SAR": ("SR", "ر.س"),
    "SEK": ("kr",),
    "SGD": ("S$",),
    "THB": ("฿", "บาท"),
    "TRY": ("₺", "TL"),
    "TWD": ("NT$",),
    "UAH": ("₴", "грн"),
    "USD": ("US$", "U.S.$", "$US", "USD$", "US-$", "Dollar", "Dollars"),
    "VND": ("₫", "đ"),
    "ZAR": ("R",),
}
# `[$€-407]` (ECMA-376 part 1, section 18.8.31), or a text in quotes.
_IN_FORMAT = re.compile(r'\[\$([^\]\-]+)[^\]]*\]|"([^"]+)"')


@cache
def _codes() -> frozenset[str]:
    return frozenset(list_currencies())


@cache
def signs_of(currency: str) -> tuple[str, ...]:
    """How an amount of a currency may be signed, folded; the longest first."""
    symbol: str = get_currency_symbol(currency, locale="en_US")
    narrow = symbol[-1] if unicodedata.category(symbol[-1]) == "Sc" else symbol
    signs = {currency, symbol, narrow, *SIGNS.get(currency, ())}
    dotted = {f"{sign}." for sign in signs if sign[-1].isalpha()}
    folded = {sign.casefold() for sign in signs | dotted}
    return tuple(sorted(folded, key=lambda sign: (-len(sign), sign)))


@cache
def _others(currency: str) -> dict[str, str]:
    """Signs that are another currency's, and never this one's."""
    ours = set(signs_of(currency))
    found: dict[str, str] = {}
    for code in SIGNS:
        for sign in signs_of(code):
            if sign not in ours and (len(sign) > 1 or not sign.isalpha()):
                found.setdefault(sign, code)
    return found


def currency_in_header(header: str, currency: str) -> str | None:
    """The currency that the header of a price tells; None if it tells none.

    Args:
        header: `Price (EUR)`, `price_usd`, `Cena [zł]`.
        currency: The shop's: where a sign may be its, it is.
    """
    words = header.replace("_", " ").split()
    told = {word.strip("()[]{}.,:;").casefold() for word in words}
    told |= {word.casefold() for word in re.findall(r"[(\[{]\s*(.+?)\s*[)\]}]", header)}
    if told & set(signs_of(currency)):
        return currency
    for word in words:
        code = word.strip("()[]{}.,:;")
        # As a code, which is written in capitals; `try` and `all` are words.
        if code in _codes():
            return code
        if word == words[-1] and code.upper() in _codes() - WORDS and "_" in header:
            return code.upper()
    last = words[-1].strip("()[]{}.,:;").casefold() if words else ""
    for sign, code in _others(currency).items():
        if sign in told and (not sign.isalpha() or not sign.isascii() or sign == last):
            return code
    return next((c for c in header if unicodedata.category(c) == "Sc"), None)


# Codes that are words as well.
WORDS = frozenset(
    {"ALL", "TRY", "TOP", "CUP", "PEN", "MOP", "GEL", "COP", "SOS", "BAM"}
)


def without_currency(header: str) -> str:
    """A header without the currency that it tells."""
    kept = [
        word
        for word in header.replace("_", " ").split()
        if word.strip("()[]{}.,:;").upper() not in _codes() - WORDS
        and not all(unicodedata.category(c) in {"Sc", "Ps", "Pe"} for c in word)
    ]
    return " ".join(kept)


def currency_in_cell(text: str) -> str:
    """The code of a currency that stands in a cell of its own: `EUR`, `€`, `eur`."""
    told = text.strip().rstrip(".")
    if told.upper() in _codes():
        return told.upper()
    folded = told.casefold()
    owners = [code for code in SIGNS if folded in signs_of(code)]
    return owners[0] if len(owners) == 1 else told


def is_currency(text: str, currency: str) -> bool:
    """Whether a cell tells this very currency, or a sign that may be its."""
    told = text.strip().casefold()
    return told in signs_of(currency) or f"{told}." in signs_of(currency)


def is_money(unit: str) -> bool:
    """Whether what stands beside a number tells some currency."""
    return any(unicodedata.category(c) == "Sc" for c in unit) or _is_a_sign(unit)


def currency_in_format(number_format: str) -> str:
    """The sign of money that Excel shows with a number; empty if it shows none."""
    for bracketed, quoted in _IN_FORMAT.findall(number_format):
        sign = (bracketed or quoted).strip()
        is_sign = any(unicodedata.category(c) == "Sc" for c in sign)
        if sign and (is_sign or bracketed or _is_a_sign(sign)):
            return str(sign)
    outside = re.sub(r'"[^"]*"|\[[^\]]*\]', "", number_format)
    return next((c for c in outside if unicodedata.category(c) == "Sc"), "")


def _is_a_sign(text: str) -> bool:
    folded = text.casefold()
    if text in _codes():
        return True
    return bool(any(folded in signs_of(code) for code in SIGNS))
