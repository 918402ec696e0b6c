"""One page of a list, and the key from which the next goes on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """Rows in order. `next_cursor` is None on the last page."""

    items: Sequence[Row]
    next_cursor: str | None

    @classmethod
    def cut(
        cls, rows: Sequence[Row], limit: int, cursor_of: Callable[[Row], str]
    ) -> "Slice[Row]":
        """Make a page of rows that were fetched with one more than the limit."""
        more = len(rows) > limit
        kept = rows[:limit]
        return cls(kept, cursor_of(kept[-1]) if more else None)

    def turned(self, turn: Callable[[Row], Other]) -> "Slice[Other]":
        return Slice([turn(row) for row in self.items], self.next_cursor)
