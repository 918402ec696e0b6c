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
    "EGP": ("E£", "£", "LE", "ج.م"),
    "EUR": ("€", "Euro", "Euros", "Eur"),
    "GBP": ("£", "GB£", "UK£", "Pounds", "Pound", "Quid"),
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
    "PEN": ("S/", "S/."),
    "PHP": ("₱", "PhP"),
    "PLN": ("zł", "zl"),
    "RON": ("lei", "leu"),
    "RUB": ("₽", "руб", "р"),
    "SAR": ("SR", "﷼", "ر.س"),
    "SEK": ("kr",),
    "SGD": ("S$",),
    "THB": ("฿", "บาท"),
    "TRY": ("₺", "TL"),
    "TWD": ("NT$", "NTD", "元"),
    "UAH": ("₴", "грн"),
    "USD": ("US$", "US $", "U.S.$", "$US", "USD$", "US-$", "Dollar", "Dollars"),
    "VND": ("₫", "đ", "VNĐ"),
    "ZAR": ("R",),
    "ALL": ("Lek",),
    "BAM": ("KM",),
    "BDT": ("৳", "Tk"),
    "BYN": ("руб", "Br"),
    "GEL": ("₾",),
    "KES": ("KSh",),
    "KWD": ("KD",),
    "KZT": ("₸", "тг"),
    "LKR": ("₨", "Rs"),
    "MAD": ("DH",),
    "MKD": ("ден",),
    "NPR": ("₨", "Rs"),
    "PKR": ("₨", "Rs"),
    "RSD": ("din", "дин"),
    "XAF": ("FCFA", "CFA"),
    "XOF": ("FCFA", "CFA"),
}
# Those of which people write the plain sign of dollars and pesos.
DOLLARS = frozenset(
    {"ARS", "AUD", "BBD", "BMD", "BSD", "BZD", "CAD", "CLP", "COP", "DOP", "FJD"}
    | {"GYD", "HKD", "JMD", "KYD", "MXN", "NAD", "NZD", "SGD", "TTD", "TWD", "USD"}
    | {"UYU", "XCD"}
)
# `[$€-407]` (ECMA-376 part 1, section 18.8.31), or a text in quotes.
_ESCAPED = re.compile(r"\\(.)")
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
    if currency in DOLLARS:
        signs.add("$")
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
            if sign not in ours and (len(sign) > 1 or not sign.isascii()):
                found.setdefault(sign, code)
    return found


def currency_in_header(header: str, currency: str) -> str | None:
    """The currency that the header of a price tells; None if it tells none.

    Args:
        header: `Price (EUR)`, `price_usd`, `Cena [zł]`.
        currency: The shop's: where a sign may be its, it is.
    """
    header = unicodedata.normalize("NFKC", header)
    words = re.split(r"[\s_/()\[\]{},]+", header)
    words = [word for word in words if word]
    told = {word.strip("()[]{}.,:;").casefold() for word in words}
    told |= {word.casefold() for word in re.findall(r"[(\[{]\s*(.+?)\s*[)\]}]", header)}
    if told & set(signs_of(currency)):
        return currency
    for word in words:
        code = word.strip("()[]{}.,:;")
        # As a code, which is written in capitals; `try` and `all` are words.
        if code in _codes():
            return code
        is_at_an_end = word in {words[0], words[-1]}
        if is_at_an_end and code.upper() in SIGNS.keys() - WORDS and len(words) > 1:
            return code.upper()
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
    words = re.split(r"[\s_/()\[\]{},]+", unicodedata.normalize("NFKC", header))
    kept = [word for word in words if word and not is_currency_word(word)]
    while kept and kept[-1].casefold() in {"in", "en"}:
        kept.pop()
    return " ".join(kept)


def is_currency_word(word: str) -> bool:
    """Whether a word of a header is the code or the sign of some currency."""
    bare = word.strip(".:;")
    if bare.upper() in _codes() - WORDS and len(bare) == len("EUR"):
        return True
    if all(unicodedata.category(c) in {"Sc", "Ps", "Pe"} for c in bare):
        return True
    folded = bare.casefold()
    return any(folded in signs_of(c) for c in SIGNS) and (
        len(folded) > 1 or not folded.isascii()
    )


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
    number_format = _ESCAPED.sub(r"\1", number_format)
    for bracketed, quoted in _IN_FORMAT.findall(number_format):
        sign = (bracketed or quoted).strip()
        is_sign = any(unicodedata.category(c) == "Sc" for c in sign)
        if sign and (is_sign or bracketed or _is_a_sign(sign)):
            return str(sign)
    outside = re.sub(r'"[^"]*"|\[[^\]]*\]', "", number_format)
    words = [word for word in re.findall(r"[^\W\d_]{2,}", outside) if _is_a_sign(word)]
    signs = [c for c in outside if unicodedata.category(c) == "Sc"]
    return next(iter([*words, *signs]), "")


def _is_a_sign(text: str) -> bool:
    folded = text.casefold()
    if text in _codes():
        return True
    return bool(any(folded in signs_of(code) for code in SIGNS))
