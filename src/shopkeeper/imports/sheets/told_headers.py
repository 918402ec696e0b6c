"""The headers of a file of bad rows: each tells by itself what it means."""

from shopkeeper.imports.columns import COLUMN_NAMES, MONEY
from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.sheets.currencies import currency_in_header
from shopkeeper.imports.sheets.header_meanings import IGNORED, Wishes, place_columns
from shopkeeper.imports.sheets.header_row import TOLD_IN_ROWS, Header
from shopkeeper.imports.sheets.words import plain


def telling_headers(header: Header, currency: str) -> list[str]:
    """The headers, each so that it is understood without being told what it means."""
    if header.row == 0:
        names = {place: column for column, place in header.places.items()}
        return [names.get(n, f"column {n + 1}") for n in range(len(header.cells))]
    told = _tell_columns(header, currency)
    used = {*header.currency_places, *header.status_places, *header.off_sale_places}
    used |= {*header.places.values()}
    for place, cell in enumerate(header.cells):
        if place not in used and plain(cell) in TOLD_IN_ROWS:
            told[place] = f"{cell} [{IGNORED}]"
    return told


def _tell_columns(header: Header, currency: str) -> list[str]:
    """The headers with what they mean, where they alone would not be understood so."""
    try:
        alone, _ = place_columns(header.cells, [], Wishes({}, 1, "name", currency))
    except UnreadableFile:
        alone = {}
    told = list(header.cells)
    for column in COLUMN_NAMES:
        meant, seen = header.places.get(column), alone.get(column)
        if meant in {*header.status_places, *header.off_sale_places}:
            continue  # They are found by themselves.
        if meant != seen:
            if seen is not None and seen not in header.places.values():
                told[seen] = f"{header.cells[seen]} [{IGNORED}]"
            if meant is not None:
                told[meant] = f"{header.cells[meant]} [{column}]"
        elif meant is not None and _overrides_currency(header, column, currency):
            told[meant] = f"{header.cells[meant]} [{column}]"
    return told


def _overrides_currency(header: Header, column: str, currency: str) -> bool:
    """Whether the user takes amounts for the shop's that tell of other money."""
    if column not in MONEY or column in header.currencies:
        return False
    told = currency_in_header(header.columns[column], currency)
    return told is not None and told != currency
