"""SQL of our own that is put together from other SQL of our own."""

import re
from collections.abc import Iterable
from typing import Self

_PART = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class Fragment(str):
    """SQL that was written here: never made of what somebody has sent.

    Its parts are named in braces, and are fragments themselves, or whole numbers:
    `Fragment("SELECT * FROM orders WHERE {own} LIMIT {most}", own=OWN, most=20)`.
    What comes from outside is a parameter, `:like_this`. Other braces are SQL's. A
    part that is not given yet stays to be filled in: `Fragment(FACTS, sold=...)`.

    Raises:
        TypeError: If a part is other text, or is not named.
    """

    __slots__ = ()

    def __new__(cls, sql: str, **parts: "Fragment | int") -> Self:
        """Put the parts where they are named."""
        if not parts:
            return super().__new__(cls, sql)
        unknown = parts.keys() - set(_PART.findall(sql))
        if unknown:
            raise TypeError(f"no parts of this fragment: {sorted(unknown)}")
        for name, part in parts.items():
            if type(part) not in {Fragment, int}:
                raise TypeError(f"{name} is no SQL of ours: {type(part).__name__}")
        return super().__new__(
            cls, _PART.sub(lambda at: str(parts.get(at[1], at[0])), sql)
        )

    @classmethod
    def joined(cls, between: str, parts: "Iterable[Fragment]") -> "Fragment":
        """The parts one after the other, with something between them.

        Raises:
            TypeError: If one of them is other text.
        """
        parts = list(parts)
        if any(type(part) is not Fragment for part in parts):
            raise TypeError("a part is no SQL of ours")
        return cls(between.join(parts))


def columns(table: Fragment, fields: Iterable[str], label: str) -> Fragment:
    """The columns of a table that a row is made of, labelled as parts of a larger one.

    Args:
        table: Or what it is called in the query.
        fields: Of the row, called as the columns are.
        label: What the row is in the larger one.
    """
    return Fragment.joined(
        ", ",
        [Fragment(f'{table}.{name} AS "{label}.{name}"') for name in fields],
    )
