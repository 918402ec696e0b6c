from typing import Any

import pycountry
import pytest

from shopkeeper.repository.countries import (
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
