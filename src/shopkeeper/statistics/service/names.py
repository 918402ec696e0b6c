"""Under which names categories, and products in them, were last sold in a period."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.orm import Session

from shopkeeper.statistics.repository.products import (
    SoldAs,
    last_sold_as,
    list_closed_names,
    list_live_names,
)
from shopkeeper.statistics.repository.scope import Reading, read_from
from shopkeeper.statistics.service.asking import Books
from shopkeeper.statistics.service.shelf import Shelf, closed_part

# A product of a category: the ids of both.
Place = tuple[int, int]
# Names, of a quarter of a kilobyte each.
MOST_NAMES = 200_000


@dataclass(frozen=True)
class Names:
    """The one name of each."""

    categories: dict[int, str]
    products: dict[Place, str]


@dataclass(frozen=True)
class _Known:
    """All names of each; most have one."""

    categories: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    products: dict[Place, set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, rows: Iterable[SoldAs]) -> "_Known":
        known = cls()
        for row in rows:
            known.categories[row.category_id].add(row.category_name)
            known.products[row.category_id, row.product_id].add(row.product_name)
        return known

    def __len__(self) -> int:
        return len(self.products)


Key = TypeVar("Key", int, Place)

_shelf: Shelf[_Known] = Shelf(MOST_NAMES, len)


def find_names(session: Session, books: Books, places: Sequence[Place]) -> Names:
    """The names of products in categories, as they were last sold.

    Args:
        session: The transaction.
        books: The question.
        places: The products; something was sold or came back of each.
    """
    reading = read_from(books.scope, books.closed_until)
    closed = _closed_names(session, books, reading)
    live = _Known.of(list_live_names(session, books.scope, reading))
    categories = {
        category_id: _both(closed.categories, live.categories, category_id)
        for category_id, _ in places
    }
    products = {place: _both(closed.products, live.products, place) for place in places}
    return _choose(session, books, categories, products)


def _closed_names(session: Session, books: Books, reading: Reading) -> _Known:
    key = closed_part(books, reading)
    known = _shelf.find(key)
    if known is None:
        rows = list_closed_names(session, books.scope, reading)
        known = _Known.of(rows)
        _shelf.put(key, known)
    return known


def _both(closed: dict[Key, set[str]], live: dict[Key, set[str]], key: Key) -> set[str]:
    here, there = closed.get(key), live.get(key)
    if here is None or there is None:
        return here or there or set()
    return here | there


def _choose(
    session: Session,
    books: Books,
    categories: dict[int, set[str]],
    products: dict[Place, set[str]],
) -> Names:
    """Of several names, the one it was last sold under."""
    renamed = [key for key, names in categories.items() if len(names) > 1]
    last = last_sold_as(session, books.scope, ("category_id",), renamed)
    chosen = {key: next(iter(names)) for key, names in categories.items()}
    for sold_as in last.values():
        chosen[sold_as.category_id] = sold_as.category_name
    places = {place: next(iter(names)) for place, names in products.items()}
    moved = [place[1] for place, names in products.items() if len(names) > 1]
    by = ("category_id", "product_id")
    for sold_as in last_sold_as(session, books.scope, by, moved).values():
        places[sold_as.category_id, sold_as.product_id] = sold_as.product_name
    return Names(chosen, places)
