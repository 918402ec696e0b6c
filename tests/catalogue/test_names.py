"""Names that look the same are the same, and none looks like nothing."""

import re
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shopkeeper.web.schemas.fields.text import ONE_LINE, CategoryPath, Name, Sku

NAME = TypeAdapter(Name)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Pen", "Pen"),
        ("  Pen   red\u00a0\u3000one ", "Pen red one"),
        ("P\u200be\u00adn", "Pen"),
        ("\ufeffPen\u2060", "Pen"),
        ("\u202ePen\u202c", "Pen"),
        ("Pe\u200dn", "Pen"),
        ("Pen\u200d", "Pen"),
        ("\u1160Pen\u3164", "Pen"),
        ("Cafe\u0301", "Café"),
        # What joins stays where it joins.
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
    ],
)
def test_what_nobody_sees_is_left_out(typed: str, kept: str) -> None:
    assert NAME.validate_python(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "\u200b",
        "\u00ad\u00ad",
        "\u202e",
        "\u3164",
        "\u2800",
        "\u200d",
        "\u200d\u200d\u200d",
        "\ufe0f",
    ],
)
@pytest.mark.parametrize("kind", [Name, CategoryPath, Sku])
def test_a_name_that_nobody_can_see_is_none(typed: str, kind: Any) -> None:
    with pytest.raises(ValidationError, match="can be seen"):
        TypeAdapter(kind).validate_python(typed)


def test_the_document_says_so_too() -> None:
    pattern = re.compile(ONE_LINE)

    for typed in ("\u200b", "\u3164 \u2060", "\u200d", " \u00a0", ""):
        assert not pattern.search(typed), typed
    for typed in ("a\u200b", "\u3164é", "日本", "👨\u200d👩"):
        assert pattern.search(typed), typed
