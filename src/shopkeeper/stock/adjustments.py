"""Stock adjusted without a trade: pieces damaged, lost, found, and counted anew."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import VariantNotFound
from shopkeeper.models import MovementReason
from shopkeeper.stock.books import write_to_the_books
from shopkeeper.stock.errors import InsufficientStock, StockOverflow
from shopkeeper.stock.repository import ledger, variants
from shopkeeper.stock.repository.ledger import Movement
from shopkeeper.stock.repository.variants import HeldVariant
from shopkeeper.utils import clock
from shopkeeper.utils.errors import ValidationFailed

# Of pieces of one variant (API contract).
LARGEST_STOCK = 2**31 - 1
# A stock-take is booked within so long; later, nobody knows any more what it was of.
LONGEST_COUNT = timedelta(days=31)


class Line(NamedTuple):
    """A variant, by its id or its sku, and how many pieces are said of it."""

    variant_id: int | None
    sku: str | None
    pieces: int


class Adjusted(NamedTuple):
    """What became of a variant."""

    variant_id: int
    product_id: int
    sku: str | None
    name: str
    expected: int
    delta: int
    quantity: int


def adjust_stock(
    session: Session,
    user_id: int,
    lines: Sequence[Line],
    reason: MovementReason,
    note: str | None,
) -> list[Adjusted]:
    """Move stock of variants by so many pieces, all or none.

    Raises:
        VariantNotFound: If a line names no variant on sale.
        ValidationFailed: If two lines name one variant.
        InsufficientStock: If there are not as many as are said to be gone.
        StockOverflow: If there would be more than a variant may have.
    """
    changes = [
        (row, row.quantity, line.pieces)
        for row, line in zip(_hold(session, lines, clock.now()), lines, strict=True)
    ]
    return _write(session, user_id, changes, reason, note)


def count_stock(
    session: Session,
    user_id: int,
    lines: Sequence[Line],
    counted_at: datetime | None,
    note: str | None,
) -> list[Adjusted]:
    """Book a stock-take: what was counted against what the ledger said at the time.

    What was sold, received or returned since then stays booked: only the difference
    is moved.

    Args:
        session: The transaction.
        user_id: Who does.
        lines: What was counted of which variant.
        counted_at: When; now if it is not given.
        note: What is to be remembered of it.

    Raises:
        VariantNotFound: If a line names no variant on sale.
        ValidationFailed: If two lines name one variant, or the moment is in the
            future, or too long ago.
        InsufficientStock: If more was sold since than was counted.
        StockOverflow: If there would be more than a variant may have.
    """
    now = clock.now()
    then = now if counted_at is None else counted_at
    if not now - LONGEST_COUNT <= then <= now:
        message = f"must be within the last {LONGEST_COUNT.days} days"
        raise ValidationFailed([{"pointer": "/counted_at", "message": message}])
    held = _hold(session, lines, then)
    if counted_at is None:  # What it is now, since it is held.
        held = [row._replace(quantity_then=row.quantity) for row in held]
    changes = [
        (row, row.quantity_then, line.pieces - row.quantity_then)
        for row, line in zip(held, lines, strict=True)
    ]
    return _write(session, user_id, changes, MovementReason.COUNT, note)


def named_variants(session: Session, lines: Sequence[Line]) -> list[int]:
    """The id of the variant that each line names.

    Raises:
        VariantNotFound: If a line names no variant on sale.
        ValidationFailed: If two lines name one variant.
    """
    named = variants.find_named(
        session, [(line.variant_id, line.sku) for line in lines]
    )
    return _once_each(lines, named, named.values())


def _hold(session: Session, lines: Sequence[Line], then: datetime) -> list[HeldVariant]:
    """The variant of each line, its stock held."""
    named = variants.find_named(
        session, [(line.variant_id, line.sku) for line in lines]
    )
    held = variants.hold_variants(session, list(named.values()), then)
    return [held[variant_id] for variant_id in _once_each(lines, named, held)]


def _once_each(
    lines: Sequence[Line], named: Mapping[int, int], there: Collection[int]
) -> list[int]:
    first: dict[int, int] = {}
    for place, line in enumerate(lines):
        variant_id = named.get(place)
        if variant_id is None or variant_id not in there:
            sku = f"sku {line.sku!r}" if line.sku is not None else line.variant_id
            raise VariantNotFound(
                f"There is no variant {sku}.",
                errors=[{"pointer": f"/lines/{place}", "message": "names no variant"}],
            )
        if first.setdefault(variant_id, place) != place:
            message = f"names what line {first[variant_id]} names"
            raise ValidationFailed([{"pointer": f"/lines/{place}", "message": message}])
    return [named[place] for place in range(len(lines))]


def _write(
    session: Session,
    user_id: int,
    changes: Sequence[tuple[HeldVariant, int, int]],
    reason: MovementReason,
    note: str | None,
) -> list[Adjusted]:
    """Write movements of held variants: what was expected of each, and the change."""
    _check(changes)
    movement = Movement(reason, write_to_the_books(session), user_id, note=note)
    moved = [(row.id, delta) for row, _, delta in changes if delta]
    if moved:
        ledger.move(session, moved, movement)
    return [
        Adjusted(
            row.id,
            row.product_id,
            row.sku,
            row.name,
            expected,
            delta,
            # What is there goes to whoever waits for it.
            max(row.quantity + delta - row.waiting, 0),
        )
        for row, expected, delta in changes
    ]


def _check(changes: Sequence[tuple[HeldVariant, int, int]]) -> None:
    short = [
        {
            "variant_id": row.id,
            "name": row.name,
            "requested": -delta,
            "available": row.quantity,
        }
        for row, _, delta in changes
        if row.quantity + delta < 0
    ]
    if short:
        raise InsufficientStock(
            f"Of {short[0]['name']!r}, {short[0]['requested']} were to go and"
            f" {short[0]['available']} are there.",
            lines=short,
        )
    for row, _, delta in changes:
        if row.quantity + delta > LARGEST_STOCK:
            raise StockOverflow(
                f"{row.name!r} would have more than {LARGEST_STOCK} in stock."
            )
