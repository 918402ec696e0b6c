"""Pieces of each product, by the hundred thousand.

What closed days add up to does not change within an edition of the roll-ups,
so a process keeps what it has read of it, up to some megabytes.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable

import numpy as np
from sqlalchemy.orm import Session

from shopkeeper.repository.statistics import products as repository
from shopkeeper.repository.statistics.scope import Reading, read_from
from shopkeeper.service.db.statistics.asking import Books
from shopkeeper.service.shares import Whole

MOST_BYTES = 64 * 1024**2


class _Shelf:
    """Arrays by what they are of; the one not used for longest makes room."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._arrays: OrderedDict[Hashable, Whole] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable) -> Whole | None:
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
            return self._arrays.get(key)

    def put(self, key: Hashable, array: Whole) -> None:
        array.setflags(write=False)
        with self._lock:
            self._arrays[key] = array
            while sum(kept.nbytes for kept in self._arrays.values()) > self._most_bytes:
                self._arrays.popitem(last=False)


_shelf = _Shelf(MOST_BYTES)


def sum_units(session: Session, books: Books, *, by_category: bool = False) -> Whole:
    """A row for each product: its category, if told apart by it, its id, its pieces.

    Sorted by all but the last; net of what came back.
    """
    reading = read_from(books.scope, books.closed_until)
    closed = _closed_units(session, books, reading, by_category)
    live = repository.send_live_units(
        session, books.scope, reading, by_category=by_category
    )
    if not live:
        return closed
    return _add_up(np.concatenate([closed, _rows(live, by_category)]))


def _closed_units(
    session: Session, books: Books, reading: Reading, by_category: bool
) -> Whole:
    scope = books.scope
    filters = scope.category, scope.product_id, scope.country_code
    key = books.edition, reading.closed, filters, by_category
    known = _shelf.find(key)
    if known is None:
        sent = repository.send_closed_units(
            session, scope, reading, by_category=by_category
        )
        known = _add_up(_rows(sent, by_category))
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
