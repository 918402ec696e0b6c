"""What a process keeps of closed days.

What they add up to, and under which names, does not change within an edition
of the roll-ups. So it need be read but once, by a key that names the edition.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from shopkeeper.statistics.repository.scope import Reading
from shopkeeper.statistics.service.asking import Books

Kept = TypeVar("Kept")


class Shelf(Generic[Kept]):
    """Things by what they are of; the one not used for longest makes room."""

    def __init__(self, room: int, size: Callable[[Kept], int]) -> None:
        self._room = room
        self._size = size
        self._things: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable) -> Kept | None:
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
            return self._things.get(key)

    def put(self, key: Hashable, thing: Kept) -> None:
        with self._lock:
            self._things[key] = thing
            while sum(map(self._size, self._things.values())) > self._room:
                self._things.popitem(last=False)


def closed_part(books: Books, reading: Reading) -> Hashable:
    """What tells the closed part of a question from that of another."""
    scope = books.scope
    filters = scope.category, scope.product_id, scope.country_code
    return books.edition, reading.closed, filters
