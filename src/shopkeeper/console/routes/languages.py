"""How a page speaks: its language, and how that writes numbers, money and times."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent
from babel.support import NullTranslations, Translations
from flask import Request
from jinja2 import Environment, PackageLoader, StrictUndefined

from shopkeeper.utils.money import shop_currency
from shopkeeper.utils.settings import get_settings

# What stands where there is nothing to tell.
NOTHING = "\N{EN DASH}"
LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch"}


def N_(message: str) -> str:  # noqa: N802  # The name by which gettext knows it.
    """Mark a text that is translated where it is shown."""
    return message


def choose_language(request: Request, kept: str | None) -> str:
    """The one that somebody has chosen, or else one that their browser asks for."""
    if kept is not None and kept in LANGUAGES:
        return kept
    return request.accept_languages.best_match(list(LANGUAGES), "en")


@cache
def translations(language: str) -> NullTranslations:
    """What messages are in a language; English is what they are written in."""
    if language == "en":
        return NullTranslations()
    source = files("shopkeeper.console") / "languages" / f"{language}.po"
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return Translations(compiled)


@dataclass(frozen=True)
class Formats:
    """How a language writes what the API tells."""

    language: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(get_settings().time_zone)

    def money(self, amount: str | Decimal | None) -> str:
        if amount is None:
            return NOTHING
        code = shop_currency().code
        return format_currency(Decimal(amount), code, locale=self.language)

    def cost(self, amount: str | None) -> str:
        """With the digits that a cost has beyond the currency's, if they say something.

        A page is not to show `27.9800`.
        """
        if amount is None:
            return NOTHING
        return format_currency(
            Decimal(amount).normalize(),
            shop_currency().code,
            locale=self.language,
            decimal_quantization=False,
        )

    def number(self, value: str | float | None) -> str:
        if value is None:
            return NOTHING
        return format_decimal(Decimal(str(value)), locale=self.language)

    def percent(self, value: str | Decimal | None) -> str:
        """Of a percentage as the API tells it: 7.24 is 7.24 %."""
        if value is None:
            return NOTHING
        return format_percent(
            Decimal(value) / 100, locale=self.language, format="#,##0.0%"
        )

    def word(self, value: str) -> str:
        """A status, a reason or a role, as people say it."""
        said = value.replace("_", " ")
        return str(translations(self.language).gettext(said))

    def moment(self, told: str | datetime | None) -> str:
        if told is None:
            return NOTHING
        return format_datetime(
            _moment(told), "short", tzinfo=self.zone, locale=self.language
        )

    def day(self, told: str | datetime | None) -> str:
        if told is None:
            return NOTHING
        local = _moment(told).astimezone(self.zone)
        return format_date(local, "medium", locale=self.language)


def _moment(told: str | datetime) -> datetime:
    return told if isinstance(told, datetime) else datetime.fromisoformat(told)


@cache
def environment(language: str) -> Environment:
    """Templates in a language, in which everything shown is escaped."""
    made = Environment(
        loader=PackageLoader("shopkeeper.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # What the extension adds, which its types do not tell.
    install: Callable[..., None] = made.install_gettext_translations  # type: ignore[attr-defined]
    install(translations(language), newstyle=True)
    formats = Formats(language)
    for name in ("money", "cost", "number", "percent", "word", "moment", "day"):
        made.filters[name] = getattr(formats, name)
    return made
