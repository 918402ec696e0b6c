"""Where an order goes: a country the shop knows and ships to."""

from shopkeeper.orders.errors import NoShipping, UnknownCountry
from shopkeeper.utils.countries import (
    Country,
    find_country,
    get_country,
    suggest_countries,
)
from shopkeeper.utils.settings import get_settings


def resolve_location(text: str) -> Country:
    """The country an order goes to.

    Raises:
        UnknownCountry: If none is meant; with up to three suggestions.
        NoShipping: If the shop does not ship there (the setting SHIP_TO).
    """
    country = resolve_country(text, pointer="/location")
    if not ships_to(country.code):
        names = sorted(get_country(code).name for code in get_settings().ship_to)
        message = f"the shop does not ship to {country.name}"
        raise NoShipping([{"pointer": "/location", "message": message}], ships_to=names)
    return country


def resolve_country(text: str, **place: str) -> Country:
    """The country meant.

    Args:
        text: Any name or code of it.
        place: Where it was given: a `pointer` or a `parameter`.

    Raises:
        UnknownCountry: If it is none; with up to three suggestions.
    """
    country = find_country(text)
    if country is None:
        suggestions = suggest_countries(text)
        hint = f"; did you mean {' or '.join(suggestions)}?" if suggestions else ""
        raise UnknownCountry(
            [{**place, "message": f"{text!r} is not a country{hint}"}],
            suggestions=suggestions,
        )
    return country


def ships_to(country_code: str) -> bool:
    """Whether the shop ships to a country (alpha-2)."""
    allowed = get_settings().ship_to
    return not allowed or country_code in allowed
