"""The countries of ISO 3166-1, by every name people give them, and Kosovo.

Codes, names and official names come from the package pycountry, the common
English names from CLDR (by way of Babel), and so do the names that countries have
at home. Kosovo has no code there, but the one that everybody uses (XK, of those
that ISO 3166 leaves to its users).
"""

import difflib
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import pycountry
from babel import Locale

from shopkeeper.utils.own_country_names import own_names


@dataclass(frozen=True)
class Country:
    code: str
    name: str


KOSOVO = "XK"
# Where CLDR's English name is not what an address has.
COMMON_NAMES = {
    "CD": "DR Congo",
    "CG": "Republic of the Congo",
    "CI": "Côte d'Ivoire",
    "HK": "Hong Kong",
    "MM": "Myanmar",
    "MO": "Macao",
    "PS": "Palestine",
}

# What people type and neither list has: former and short names, parts of the
# United Kingdom, and abbreviations other than the ISO codes.
ALIASES = {
    "AE": ("UAE", "Emirates"),
    "AX": ("Åland",),
    "AG": ("Antigua",),
    "BA": ("Bosnia", "Bosnia-Hercegovina"),
    "BN": ("Brunei",),
    "BQ": ("Bonaire",),
    "BY": ("Belorussia", "Byelorussia"),
    "CD": (
        "Congo-Kinshasa",
        "Democratic Republic of the Congo",
        "Democratic Republic of Congo",
        "DRC",
        "Zaire",
    ),
    "CF": ("CAR",),
    "CG": ("Congo-Brazzaville", "Congo Republic", "Republic of Congo"),
    "CH": ("Schweiz", "Suisse", "Svizzera"),
    "CI": ("Ivory Coast",),
    "CV": ("Cape Verde",),
    "CZ": ("Czech Republic",),
    "DE": ("Deutschland",),
    "ES": ("España",),
    "FK": ("Falklands", "Malvinas"),
    "FM": ("Micronesia",),
    "GB": (
        "UK",
        "Great Britain",
        "Britain",
        "England",
        "Scotland",
        "Wales",
        "Northern Ireland",
    ),
    "IE": ("Eire", "Republic of Ireland", "Irish Republic"),
    "IR": ("Persia",),
    "IT": ("Italia",),
    "KP": ("DPRK", "Democratic People's Republic of Korea"),
    "KR": ("Korea", "ROK", "Republic of Korea"),
    "LA": ("Lao",),
    "LK": ("Ceylon",),
    "KN": ("Saint Kitts",),
    "MO": ("Macau",),
    "MK": ("Macedonia", "FYROM"),
    "MM": ("Burma",),
    "NL": ("Holland", "The Netherlands"),
    "NO": ("Norge",),
    "PS": ("Palestinian Territory", "Palestinian Territories"),
    "RU": ("Russia",),
    "PG": ("PNG",),
    "SA": ("KSA",),
    "ST": ("São Tomé",),
    "TT": ("Trinidad",),
    "VC": ("Saint Vincent",),
    "SE": ("Sverige",),
    "SY": ("Syria",),
    "SZ": ("Swaziland",),
    "TL": ("East Timor",),
    "TR": ("Turkey",),
    "TW": ("Formosa", "Republic of China"),
    "TZ": ("Tanzania",),
    "US": (
        "USA",
        "U.S.",
        "U.S.A.",
        "America",
        "United States of America",
        "The States",
    ),
    "VA": ("Vatican", "Holy See", "Vatican City State"),
    "VG": ("BVI",),
    "VI": ("USVI", "US Virgin Islands"),
    "VN": ("Vietnam",),
    "XK": ("Republic of Kosovo", "Kosova", "Republika Kosovo"),
}


# How near a name has to be to be suggested, and words that many names have.
NEAR = 0.6
GENERIC = frozenset(
    {
        *("republic", "of", "and", "democratic", "peoples", "kingdom", "state"),
        *("islamic", "federal", "federation", "socialist", "commonwealth", "union"),
    }
)


@lru_cache(maxsize=4096)
def find_country(text: str) -> Country | None:
    """The country of that name or code, in any case, accents optional."""
    return _by_key().get(_key(text))


def get_country(code: str) -> Country:
    return _by_code()[code]


def suggest_countries(text: str) -> list[str]:
    """The names of up to three countries whose name is near to the text."""
    key = _key(text)
    near = difflib.get_close_matches(key, _names(), n=12, cutoff=NEAR)
    names = [_by_key()[found].name for found in near if _is_meant(key, found)]
    return list(dict.fromkeys(names))[:3]


def _is_meant(typed: str, found: str) -> bool:
    """Whether two names are near by more than what many states are called."""
    ours, theirs = _own_part(typed), _own_part(found)
    return difflib.SequenceMatcher(None, ours, theirs).ratio() >= NEAR


def _own_part(key: str) -> str:
    own = [word for word in key.split() if word not in GENERIC]
    return " ".join(own) or key


def _key(text: str) -> str:
    """Fold what does not tell countries apart: case, accents, punctuation, "the"."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    plain = plain.replace("&", " and ").replace("'", "").replace("’", "")  # noqa: RUF001  # The typographic apostrophe is meant.
    plain = re.sub(r"(?<=\b\w)\.(?=\w\b|\s|$)", "", plain)  # U.S.A. is USA.
    words = [word for word in re.split(r"[\W_]+", plain) if word]
    folded = ["saint" if word == "st" else word for word in words]
    return " ".join(word for word in folded if word != "the")


@cache
def _by_code() -> dict[str, Country]:
    territories = Locale("en").territories
    listed = {
        entry.alpha_2: Country(
            entry.alpha_2,
            COMMON_NAMES.get(entry.alpha_2)
            or territories.get(entry.alpha_2, entry.name).replace("’", "'"),  # noqa: RUF001  # Same.
        )
        for entry in pycountry.countries
    }
    return {**listed, KOSOVO: Country(KOSOVO, territories[KOSOVO])}


@cache
def _by_key() -> dict[str, Country]:
    """Every key, the surest first: codes and names win over aliases."""
    found: dict[str, Country] = {}
    for names in (_codes, _listed_names, _turned_names, _aliases, _own_names):
        for code, country in _by_code().items():
            for name in names(code):
                found.setdefault(_key(name), country)
    return found


@cache
def _names() -> list[str]:
    """Every key that is a name: codes are too short to be near to anything."""
    return [key for key in _by_key() if len(key) > 3]  # noqa: PLR2004


def _entry(code: str) -> Any:  # pycountry makes the class while it loads.
    return pycountry.countries.get(alpha_2=code)


def _codes(code: str) -> list[str]:
    if code == KOSOVO:
        return [KOSOVO, "XKX"]
    return [code, _entry(code).alpha_3]


def _own_names(code: str) -> list[str]:
    return own_names().get(code, [])


def _listed_names(code: str) -> list[str]:
    entry = _entry(code)
    if entry is None:
        return [_by_code()[code].name]
    names = [
        _by_code()[code].name,
        entry.name,
        getattr(entry, "common_name", None),
        getattr(entry, "official_name", None),
        Locale("en").territories.get(code),
    ]
    return [name for name in names if name]


def _turned_names(code: str) -> list[str]:
    """Make "Republic of Korea" of "Korea, Republic of", and drop parentheses."""
    turned = []
    for name in _listed_names(code):
        head, comma, tail = name.partition(", ")
        if comma:
            turned.append(f"{tail} {head}")
        if "(" in name:
            turned.append(re.sub(r"\s*\(.*?\)", "", name))
    return turned


def _aliases(code: str) -> tuple[str, ...]:
    return ALIASES.get(code, ())
