"""Text: trimmed, composed, and without what nobody can see."""

import unicodedata
from typing import Annotated, Any

import email_validator
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from shopkeeper.models.category import BELOW, MOST_LEVELS
from shopkeeper.models.product import MOST_FURTHER, MOST_TAGS
from shopkeeper.utils.search_words import (
    MOST_WORDS,
    TooManyWordsError,
    search_words,
)
from shopkeeper.web.schemas.fields.names import (
    JOINERS,
    UNSEEN_IN_PLANE_0,
    without_the_unseen,
)

# A shop on an intranet has addresses at .local, and tests have them at .test.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

# What a JSON schema can say of a line of text that is neither blank nor broken.
_NEVER = r"\x7f-\x9f\ufffe\uffff"
_NO_NAME = rf"\x00-\x20\xa0\s{UNSEEN_IN_PLANE_0}{JOINERS}{_NEVER}"
ONE_LINE = rf"^[^\x00-\x1f{_NEVER}]*[^{_NO_NAME}][^\x00-\x1f{_NEVER}]*$"
MANY_LINES = rf"^[^\x00-\x08\x0b\x0c\x0e-\x1f{_NEVER}]*$"
PRINTABLE = rf"^[^\x00-\x1f{_NEVER}]*$"
# Unicode, section 23.7: never characters; no XML, and so no workbook, can have them.
NO_CHARACTERS = "\ufffe\uffff"


def clean(text: Any, also_allowed: str = "") -> Any:
    """Trim and compose (NFC); leave what is no text to Pydantic's own check."""
    if not isinstance(text, str):
        return text
    for position, character in enumerate(text):
        if character in NO_CHARACTERS or (
            unicodedata.category(character) in {"Cc", "Cs"}
            and character not in also_allowed
        ):
            raise PydanticCustomError(
                "invalid_text",
                "must not contain control characters ({character} at position {place})",
                {"character": f"U+{ord(character):04X}", "place": position},
            )
    return unicodedata.normalize("NFC", text.strip())


def clean_name(text: Any) -> Any:
    """The same of a name, and what nobody can see is left out."""
    cleaned = clean(text)
    if not isinstance(cleaned, str) or not cleaned:
        return cleaned
    return without_the_unseen(cleaned)


def _clean_lines(text: Any) -> Any:
    cleaned = clean(text, also_allowed="\n\r\t")
    if isinstance(cleaned, str):  # A workbook knows one kind of line end only.
        return cleaned.replace("\r\n", "\n").replace("\r", "\n")
    return cleaned


def _encodable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain the character NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode text") from None
    return text


def _email(text: str) -> str:
    try:
        address = email_validator.validate_email(text, check_deliverability=False)
    except email_validator.EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return address.normalized


def _few_words(text: str) -> str:
    try:
        search_words(text)
    except TooManyWordsError:
        raise ValueError(f"must have at most {MOST_WORDS} different words") from None
    return text


def pattern(expression: str) -> dict[str, Any]:
    """What goes into the JSON schema; Python's own checks say it better."""
    return {"pattern": expression}


def one_line(longest: int, *examples: str, description: str | None = None) -> Any:
    """The bounds of a line of text, after trimming, and what it may look like."""
    return Field(
        min_length=1,
        max_length=longest,
        description=description,
        examples=list(examples),
        json_schema_extra=pattern(ONE_LINE),
    )


def _many_lines(longest: int, expression: str, example: str, about: str) -> Any:
    return Field(
        max_length=longest,
        description=about,
        examples=[example],
        json_schema_extra=pattern(expression),
    )


LONGEST_CATEGORY_NAME = 120
LONGEST_PATH = MOST_LEVELS * (LONGEST_CATEGORY_NAME + len(BELOW)) - len(BELOW)
# One name of a path: its first visible character is not far.
_STEP = rf"[^\x00-\x1f>{_NEVER}]{{0,40}}[^>{_NO_NAME}][^\x00-\x1f>{_NEVER}]{{0,79}}"
PATH = rf"^{_STEP}(?:>{_STEP}){{0,{MOST_LEVELS - 1}}}$"


def _path(path: str) -> str:
    """The names of a path, each trimmed, with one sign between them."""
    if ">" not in path and len(path) <= LONGEST_CATEGORY_NAME:
        return path
    names = [name.strip() for name in path.split(">")]
    if not all(names):
        raise ValueError("has no name on one side of a >")
    if any(len(name) > LONGEST_CATEGORY_NAME for name in names):
        raise PydanticCustomError(
            "string_too_long",
            "must have at most {max_length} characters",
            {"max_length": LONGEST_CATEGORY_NAME},
        )
    if len(names) > MOST_LEVELS:
        raise ValueError(f"must have at most {MOST_LEVELS} levels")
    return BELOW.join(names)


Name = Annotated[
    str, one_line(255, "Walnut desk organiser"), BeforeValidator(clean_name)
]
CategoryPath = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_PATH,
        description="A name, or the names from the top of the tree: `Men > Shoes`.",
        examples=["Stationery", "Men > Shoes"],
        json_schema_extra=pattern(PATH),
    ),
    BeforeValidator(clean_name),
    AfterValidator(_path),
]
FurtherCategories = Annotated[
    list[CategoryPath],
    Field(
        max_length=MOST_FURTHER,
        description="Where it is found beside the category that it stands in.",
    ),
]
Brand = Annotated[str, one_line(255, "Acme"), BeforeValidator(clean_name)]
Tag = Annotated[str, one_line(255, "summer"), BeforeValidator(clean_name)]
Tags = Annotated[
    list[Tag],
    Field(max_length=MOST_TAGS, description="Each once, in their order."),
    AfterValidator(lambda tags: list(dict.fromkeys(tags))),
]
SlugText = Annotated[
    str,
    one_line(
        200,
        "walnut-desk-organiser",
        description="What it is called in addresses: it is made of letters, digits and"
        " hyphens. Without one, it follows from the name.",
    ),
    BeforeValidator(clean_name),
]
TaxClass = Annotated[
    str,
    one_line(64, "reduced", description="Which taxes it bears, in words of the shop."),
    BeforeValidator(clean_name),
]
FullName = Annotated[str, one_line(120, "Ada Lovelace"), BeforeValidator(clean_name)]
Sku = Annotated[str, one_line(64, "WDO-01"), BeforeValidator(clean_name)]
Reason = Annotated[
    str, one_line(500, "Arrived with a scratch"), BeforeValidator(clean_name)
]
PaymentToken = Annotated[str, one_line(255, "success"), BeforeValidator(clean)]
Reference = Annotated[str, one_line(120, "DN-2026-0117"), BeforeValidator(clean_name)]
Location = Annotated[
    str,
    one_line(
        120,
        "Côte d'Ivoire",
        "NZ",
        "United Kingdom",
        description="A country by its ISO 3166 name, common or official name,"
        " alpha-2 or alpha-3 code; in any case, with or without accents.",
    ),
    BeforeValidator(clean_name),
]
Description = Annotated[
    str,
    _many_lines(
        5000, MANY_LINES, "Holds pens, cards and a cup.", "May have several lines."
    ),
    BeforeValidator(_clean_lines),
]
SearchWords = Annotated[
    str,
    _many_lines(
        200,
        PRINTABLE,
        "desk",
        "Every word has to stand somewhere in name, sku or description; case, accents,"
        " vowel signs and ways of writing a letter (ß, ł, ø) do not matter. At most"
        f" {MOST_WORDS} different words.",
    ),
    BeforeValidator(clean),
    AfterValidator(_few_words),
]
OrderWords = Annotated[
    str,
    _many_lines(
        200,
        PRINTABLE,
        "INV-2026-000042",
        f"At most {MOST_WORDS} different words.",
    ),
    BeforeValidator(clean),
    AfterValidator(_few_words),
]
Email = Annotated[
    str,
    Field(
        min_length=3,
        max_length=254,
        examples=["ada@example.com"],
        json_schema_extra={"format": "email"},
    ),
    BeforeValidator(clean),
    AfterValidator(_email),
]
SECRET: dict[str, Any] = {
    "format": "password",
    "writeOnly": True,
    "pattern": r"^[^\x00]*$",
}
NewPassword = Annotated[
    str,
    AfterValidator(_encodable),
    Field(
        min_length=8,
        max_length=128,
        description="8 to 128 characters of any kind; not one of the most common.",
        examples=["gusty-lantern-orchid"],
        json_schema_extra=SECRET,
    ),
]
Password = Annotated[
    str,
    AfterValidator(_encodable),
    Field(
        min_length=1,
        max_length=128,
        examples=["gusty-lantern-orchid"],
        json_schema_extra=SECRET,
    ),
]
