"""What programs of shops write into cells, as we would."""

import re

from shopkeeper.imports.sheets.programs import (
    MAGENTO,
    SQUARESPACE,
    Program,
    path_of_magento,
)
from shopkeeper.models.category import BELOW

# What programs write for as many as one likes, or for a number that they do not tell.
UNCOUNTED = frozenset(
    {"instock", "in stock", "unlimited", "outofstock", "out of stock", "untracked"}
    | {"parent", "continue selling"}
)
# More was sold than there was.
_OVERSOLD = re.compile(r"[-\u2212]\s*[0-9]+(?:[.,]0+)?")


def quantity_in(told: str) -> str:
    """A quantity as a program writes it: nothing where it counts none."""
    if told.casefold().replace("_", " ") in UNCOUNTED:
        return ""
    return "0" if _OVERSOLD.fullmatch(told) else told


def category_in(program: Program, told: str) -> str:
    """The categories of a cell, with our sign between a path's names."""
    if program is MAGENTO:
        return ",".join(path_of_magento(path) for path in told.split(","))
    if program is SQUARESPACE:
        return ",".join(_path_of_squarespace(path) for path in told.split(","))
    return told


def _path_of_squarespace(told: str) -> str:
    """`/dogs/toys` are toys for dogs; a name without a slash before it is one."""
    told = told.strip()
    if not told.startswith("/"):
        return told
    return BELOW.join(name for name in map(str.strip, told.split("/")) if name)
