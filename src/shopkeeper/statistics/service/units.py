"""Pieces of each product, by the hundred thousand."""

import numpy as np
from sqlalchemy.orm import Session

from shopkeeper.statistics.repository import products
from shopkeeper.statistics.repository.scope import Reading, read_from
from shopkeeper.statistics.service.asking import Books
from shopkeeper.statistics.service.shelf import Shelf, closed_part
from shopkeeper.statistics.shares import Whole

MOST_BYTES = 64 * 1024**2


_shelf: Shelf[Whole] = Shelf(MOST_BYTES, lambda array: array.nbytes)


def sum_units(session: Session, books: Books, *, by_category: bool = False) -> Whole:
    """A row for each product: its category, if told apart by it, its id, its pieces.

    Sorted by all but the last; net of what came back.
    """
    reading = read_from(books.scope, books.closed_until)
    closed = _closed_units(session, books, reading, by_category)
    live = products.send_live_units(
        session, books.scope, reading, by_category=by_category
    )
    if not live:
        return closed
    return _add_up(np.concatenate([closed, _rows(live, by_category)]))


def _closed_units(
    session: Session, books: Books, reading: Reading, by_category: bool
) -> Whole:
    key = closed_part(books, reading), by_category
    known = _shelf.find(key)
    if known is None:
        sent = products.send_closed_units(
            session, books.scope, reading, by_category=by_category
        )
        known = _add_up(_rows(sent, by_category))
        known.setflags(write=False)
        if len(known):
            _shelf.put(key, known)
    return known


def _rows(sent: bytes, by_category: bool) -> Whole:
    columns = 3 if by_category else 2
    return np.frombuffer(sent, dtype=">i8").reshape(-1, columns).astype(np.int64)


def _add_up(rows: Whole) -> Whole:
    """Each key once, with the sum of its pieces."""
    if not len(rows):
        return rows
    keys = rows[:, :-1]
    order = np.lexsort(keys.T[::-1])
    keys, units = keys[order], rows[order, -1]
    begins = np.flatnonzero(np.r_[True, np.any(keys[1:] != keys[:-1], axis=1)])
    return np.column_stack([keys[begins], np.add.reduceat(units, begins)])
