"""The kinds of value that settings have, each with what is wrong with others."""

import ipaddress
import re
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, SecretStr
from pydantic_settings import NoDecode
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

MAKE_A_SECRET = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'  # noqa: S105  # A command, not a secret.
PSYCOPG_URL = "postgresql+psycopg://"
# RFC 7518, section 3.2: the key of HS256 has at least 256 bits.
SHORTEST_SECRET = 32
# RFC 6454, section 7: a scheme, a host, perhaps a port, and no path.
_ORIGIN = re.compile(
    r"https?://([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?"
)
_SERIES = re.compile(r"(?=.{1,20}$)[A-Za-z0-9_/.-]*(\{year\})?[A-Za-z0-9_/.-]*")


def _know_the_currency(value: str) -> str:
    # Babel loads CLDR data; only the few who start a server pay for it.
    from babel.core import get_global  # noqa: PLC0415

    code = value.strip().upper()
    if code not in get_global("all_currencies"):
        raise ValueError(f"{value!r} is not an ISO 4217 currency code")
    if code in NO_MONEY:
        raise ValueError(f"{code} is a code of ISO 4217, but no money to pay with")
    return code


def _know_the_countries(value: tuple[str, ...]) -> tuple[str, ...]:
    from shopkeeper.utils.countries import find_country, suggest_countries  # noqa: PLC0415

    codes = []
    for name in value:
        country = find_country(name)
        if country is None:
            near = ", ".join(suggest_countries(name))
            meant = f"; perhaps {near} is meant" if near else ""
            raise ValueError(f"{name!r} is no country{meant}")
        codes.append(country.code)
    return tuple(codes)


def _take_whole_origins(value: tuple[str, ...]) -> tuple[str, ...]:
    # Flask-CORS would take what has a * in it for a pattern of anything like it.
    for origin in value:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise ValueError(
                f"{origin!r} is not * or a whole origin, such as https://shop.example"
            )
    if "*" in value and len(value) > 1:
        raise ValueError("* is all origins; leave the others out")
    return value


def _speak_psycopg(value: str) -> str:
    if not re.match(r"postgres(ql)?(\+psycopg)?://", value):
        raise ValueError("it must begin with postgresql://")
    try:
        make_url(value)
    except (ArgumentError, ValueError) as error:
        raise ValueError(f"it cannot be understood ({error})") from None
    return PSYCOPG_URL + value.partition("://")[2]


def _refuse_a_short_secret(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value().encode()) < SHORTEST_SECRET:
        raise ValueError(
            f"it needs at least {SHORTEST_SECRET} bytes; make one with: {MAKE_A_SECRET}"
        )
    return value


def _know_the_series(value: str) -> str:
    if not _SERIES.fullmatch(value):
        raise ValueError(
            f"{value!r} is no series: letters, digits and - _ / ., and perhaps"
            " {year}, 20 characters at most"
        )
    return value


def _know_the_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(
            f"{value!r} is no time zone of the IANA database, such as Europe/Berlin"
        )
    return value


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


# ISO 4217 gives these no minor unit: metals, units of accounts, no currency, and tests.
NO_MONEY = frozenset(
    {
        *("XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT"),
        *("XSU", "XTS", "XUA", "XXX"),
    }
)
Currency = Annotated[str, AfterValidator(_know_the_currency)]
Countries = Annotated[tuple[str, ...], NoDecode, AfterValidator(_know_the_countries)]
Origins = Annotated[tuple[str, ...], NoDecode, AfterValidator(_take_whole_origins)]
DatabaseUrl = Annotated[str, AfterValidator(_speak_psycopg)]
LongSecret = Annotated[SecretStr, AfterValidator(_refuse_a_short_secret)]
TimeZoneName = Annotated[str, AfterValidator(_know_the_zone)]
Series = Annotated[str, AfterValidator(_know_the_series)]
