"""What is typed into forms, as the API takes it.

What is no number goes on as it is: the API says what is wrong with it, and where.
"""

import math

# All of these fit into a bigint.
MOST_DIGITS = 18


def whole(text: str) -> int | str:
    """A whole number, or else the text."""
    said = text.strip()
    is_number = said.isascii() and said.isdigit() and len(said) <= MOST_DIGITS
    return int(said) if is_number else said


def signed(text: str) -> int | str:
    """A whole number that may be below zero, or else the text."""
    said = text.strip()
    sign = -1 if said[:1] in {"-", "\N{MINUS SIGN}"} else 1
    number = whole(said[1:] if sign < 0 else said.removeprefix("+"))
    return sign * number if isinstance(number, int) else said


def number(text: str) -> float | str:
    """A number with a point or a comma, perhaps of percents, or else the text."""
    try:
        said = float(text.replace(",", ".").rstrip("% "))
    except ValueError:
        return text
    return said if math.isfinite(said) else text


def is_said(text: str) -> bool:
    """Whether a field for so many pieces says any."""
    return text.strip() not in {"", "0"}


def plain(value: object) -> str:
    """What there is, as it would be typed."""
    return str(value or "").replace("\r\n", "\n").strip()
