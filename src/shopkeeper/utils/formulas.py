"""Cells that a spreadsheet would run as a formula, made harmless and made whole.

OWASP, "CSV Injection": a cell that begins with one of these signs is run when
the file is opened. An apostrophe before it makes it text to every spreadsheet;
it is taken away again when the file comes back.
"""

import re

_RUNS = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*")


def defuse(cell: str) -> str:
    """The cell, with an apostrophe before it if a spreadsheet would run it."""
    if _RUNS.match(cell) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def restore(cell: str) -> str:
    """The cell as it was before `defuse`."""
    return cell[1:] if _DEFUSED.match(cell) else cell
