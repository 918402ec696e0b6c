"""Rows of a file that know what they are of a product."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Choice = tuple[tuple[str, str], ...]


class ProductRow(list[str]):
    """The cells of a row, with what it is."""

    __slots__ = ("family", "fault", "options", "was_oversold")

    def __init__(
        self, cells: Sequence[str], family: str | None = None, options: Choice = ()
    ) -> None:
        super().__init__(cells)
        self.family, self.options = family, options
        self.fault: tuple[str, str] | None = None
        # Less than nothing was in stock: it is read as nothing.
        self.was_oversold = False


def family_of(cells: list[str]) -> str | None:
    """By what the file tells the product of a row from others, if it does."""
    return cells.family if isinstance(cells, ProductRow) else None


class FirstRow(NamedTuple):
    """What the first row of a product says for all."""

    names: Sequence[str]
    status: Mapping[int, str]
