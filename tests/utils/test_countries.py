from typing import Any

import pycountry
import pytest
from babel import Locale
from babel.core import get_global

from shopkeeper.utils.countries import (
    ALIASES,
    find_country,
    get_country,
    suggest_countries,
)

ALL = [country.alpha_2 for country in pycountry.countries]


@pytest.mark.parametrize("code", ALL)
def test_every_country_by_all_its_names(code: str) -> None:
    entry: Any = pycountry.countries.get(alpha_2=code)
    names = [
        code,
        entry.alpha_3,
        entry.name,
        getattr(entry, "common_name", code),
        getattr(entry, "official_name", code),
        get_country(code).name,
        *ALIASES.get(code, ()),
    ]

    for name in names:
        for typed in (name, name.upper(), name.lower(), f" {name} "):
            found = find_country(typed)
            assert found is not None, typed
            assert found.code == code, typed


def test_common_names_are_all_different() -> None:
    assert len({get_country(code).name for code in ALL}) == len(ALL)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Untied States", "United States"),
        ("Frnace", "France"),
        ("Grmany", "Germany"),
        ("Nederland", "Netherlands"),
    ],
)
def test_near_misses_are_suggested(typed: str, expected: str) -> None:
    suggestions = suggest_countries(typed)

    assert expected in suggestions
    assert len(suggestions) <= 3


@pytest.mark.parametrize("typed", ["", "U", "XX", "ZZZ", "Atlantis!!", "\u0130", "..."])
def test_what_is_no_country(typed: str) -> None:
    assert find_country(typed) is None
    assert len(suggest_countries(typed)) <= 3


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        *(("Österreich", "AT"), ("españa", "ES"), ("日本", "JP"), ("Ελλάδα", "GR")),
        *(("Россия", "RU"), ("ไทย", "TH"), ("Türkiye", "TR"), ("ישראל", "IL")),
        *(("Schweiz", "CH"), ("Suisse", "CH"), ("Deutschland", "DE"), ("Éire", "IE")),
        *(("Kosovo", "XK"), ("Republic of Kosovo", "XK"), ("Kosovë", "XK")),
        *(("xk", "XK"), ("XKX", "XK"), ("Macau, RAE da China", "MO")),
    ],
)
def test_countries_are_known_by_what_they_call_themselves(
    typed: str, code: str
) -> None:
    found = find_country(typed)

    assert found is not None
    assert found.code == code


def test_own_names_are_those_that_babel_has() -> None:
    by_language: dict[str, list[str]] = {}
    for code, spoken in get_global("territory_languages").items():
        for language, told in spoken.items():
            if told["official_status"] and len(code) == 2 and find_country(code):
                by_language.setdefault(language, []).append(code)

    for language in ("de", "es", "ja", "ar", "sq", "pt", "ta", "cy", "zh"):
        names = Locale(language).territories
        for code in by_language[language]:
            if code not in names:
                continue
            found = find_country(names[code])
            assert found is not None, (language, names[code])
            assert found.code == code, (language, names[code])


@pytest.mark.parametrize(
    ("typed", "never"),
    [
        ("Republic of Kosowo", "Republic of the Congo"),
        ("Republic of Somaliland", "Republic of the Congo"),
        ("Democratic Republic of Yemn", "DR Congo"),
        ("Islamic Republic of Atlantis", "Iran"),
    ],
)
def test_no_suggestion_leads_astray(typed: str, never: str) -> None:
    assert never not in suggest_countries(typed)
