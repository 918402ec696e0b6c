"""Changes of variants and of what there is of them, whoever makes them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import BackordersWaiting
from shopkeeper.catalogue.repository import variants
from shopkeeper.catalogue.repository.variants import NewVariant
from shopkeeper.database.integrity import violations
from shopkeeper.models import MovementReason
from shopkeeper.stock.repository import ledger
from shopkeeper.stock.repository.ledger import Movement

# What changes by a row of the ledger.
OF_THE_STOCK = frozenset({"quantity", "cost"})
# What is said of a stock, and changes without one.
STOCK_KEEPING = frozenset({"tracked", "backorder_limit"})
# What is told of a variant beside its price, its cost, its sku and its stock.
DETAILS = STOCK_KEEPING | {
    *("compare_at_price", "barcode", "weight_grams"),
    *("length_mm", "width_mm", "height_mm"),
}


def fill_stock(
    session: Session,
    user_id: int,
    ids: Sequence[int],
    new: Sequence[NewVariant],
    moment: datetime,
) -> None:
    """Give new variants the first pieces that there are of them."""
    counted = [
        (variant_id, each.quantity)
        for variant_id, each in zip(ids, new, strict=True)
        if each.quantity
    ]
    if counted:
        movement = Movement(MovementReason.INITIAL, moment, user_id)
        ledger.move(session, counted, movement)


def change_variant(
    session: Session,
    user_id: int,
    variant_id: int,
    values: Mapping[str, Any],
    *,
    quantity: int,
    moment: datetime,
) -> None:
    """Change a variant of a product that is held, and its stock by the ledger.

    Args:
        session: The transaction.
        user_id: Who does.
        variant_id: The variant.
        values: What changes.
        quantity: How many pieces there are of it.
        moment: Of the books.

    Raises:
        BackordersWaiting: If it is not to be counted, and somebody waits for it.
    """
    if "cost" in values:  # First, so that pieces that turn up have this cost.
        movement = Movement(
            MovementReason.REVALUATION, moment, user_id, unit_cost=values["cost"]
        )
        ledger.move(session, [(variant_id, 0)], movement)
    if "quantity" in values:
        movement = Movement(MovementReason.ADJUSTMENT, moment, user_id)
        ledger.move(session, [(variant_id, values["quantity"] - quantity)], movement)
    kept = {name: value for name, value in values.items() if name in STOCK_KEEPING}
    if kept:
        waited_for = BackordersWaiting("Somebody waits for it: it stays counted.")
        with violations(ck_stock_untracked_waits_for_nothing=waited_for):
            variants.set_stock_keeping(session, variant_id, kept)
    written = {
        name: value
        for name, value in values.items()
        if name not in OF_THE_STOCK | STOCK_KEEPING
    }
    if written:
        variants.change_variant(session, variant_id, written, moment)
