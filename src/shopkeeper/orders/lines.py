"""Lines as they are asked for: how many pieces, and of what."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from shopkeeper.utils.lower_case import lowered


class Sold(Protocol):
    """What of a line tells what was sold in it."""

    @property
    def product_id(self) -> int: ...
    @property
    def variant_id(self) -> int: ...
    @property
    def sku(self) -> str | None: ...


Kind = Literal["product", "variant", "sku"]


class Wanted(NamedTuple):
    """So many pieces of what is named in one way: by variant, sku or product.

    A product names what is ordered where it has one variant. A sku is in lower case.
    """

    kind: Kind
    name: int | str
    quantity: int

    @property
    def named(self) -> str:
        """For people."""
        return f"{self.kind} {self.name!r}"

    @property
    def member(self) -> dict[str, int | str]:
        """For a problem that tells what was named."""
        return {"sku" if self.kind == "sku" else f"{self.kind}_id": self.name}

    def is_in(self, line: Sold) -> bool:
        """Whether a line is of what is named."""
        if self.kind == "product":
            return line.product_id == self.name
        if self.kind == "variant":
            return line.variant_id == self.name
        return line.sku is not None and lowered(line.sku) == self.name


Lines = Sequence[Wanted]
