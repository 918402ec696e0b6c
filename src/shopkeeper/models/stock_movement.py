from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Cost, Moment, Pieces, Reference, Value
from shopkeeper.models.location import MAIN


class MovementReason(StrEnum):
    INITIAL = "initial"  # What there was when the product was put on sale.
    ADJUSTMENT = "adjustment"  # Somebody has said how many there are.
    DAMAGE = "damage"
    THEFT = "theft"
    LOSS = "loss"
    FOUND = "found"
    COUNT = "count"  # A stock-take has found other than the ledger says.
    IMPORT = "import"
    RECEIPT = "receipt"  # Came in, with what it cost.
    REVALUATION = "revaluation"  # Somebody has said what they cost.
    SALE = "sale"  # Taken for an order, when its payment is begun.
    FULFILMENT = "fulfilment"  # Goes to an order that has waited for it.
    RELEASE = "release"  # Back from an order whose payment came to nothing.
    REFUND = "refund"  # Back on the shelf.
    CORRECTION = "correction"  # Made by the audit; its note says why.


class StockMovement(Base):
    """One change of a variant's quantity or cost: the stock ledger, append-only.

    Inserting a row is the only way to change a quantity. A trigger applies it
    to the variant's row in `stock` and notes the balance it led to; other
    triggers refuse to change `stock` directly, and to change or delete what
    stands here. `sequence` is the version the stock had after the movement,
    so that a variant's movements follow each other without a gap.

    `waiting_delta` tells of pieces that are sold and not there: more of them with a
    sale, fewer when they come in or nobody wants them any more. A third trigger keeps
    `backorders` by it.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        CheckConstraint(
            "reason IN ('initial', 'adjustment', 'damage', 'theft', 'loss', 'found',"
            " 'count', 'import', 'receipt', 'revaluation', 'sale', 'fulfilment',"
            " 'release', 'refund', 'correction')",
            name="reason_known",
        ),
        CheckConstraint(
            "CASE WHEN reason IN ('damage', 'theft', 'loss', 'fulfilment')"
            " THEN delta < 0 WHEN reason = 'sale' THEN delta <= 0"
            " WHEN reason IN ('initial', 'receipt', 'found') THEN delta > 0"
            " WHEN reason IN ('release', 'refund') THEN delta >= 0"
            " WHEN reason = 'revaluation' THEN delta = 0"
            " WHEN reason = 'correction' THEN true ELSE delta <> 0 END",
            name="delta_has_the_sign",
        ),
        CheckConstraint(
            "CASE reason WHEN 'sale' THEN waiting_delta >= 0 AND waiting_delta > delta"
            " WHEN 'fulfilment' THEN waiting_delta = delta"
            " WHEN 'release' THEN waiting_delta <= 0 AND waiting_delta < delta"
            " WHEN 'refund' THEN delta > 0 OR waiting_delta <> 0"
            " ELSE waiting_delta = 0 END",
            name="only_sales_wait",
        ),
        CheckConstraint("balance_after >= 0", name="balance_not_negative"),
        CheckConstraint("waiting_after >= 0", name="waiting_not_negative"),
        CheckConstraint(
            "(order_id IS NOT NULL)"
            " = (reason IN ('sale', 'fulfilment', 'release', 'refund'))"
            " OR reason = 'correction'",
            name="order_named",
        ),
        CheckConstraint(
            "(refund_id IS NOT NULL) = (reason = 'refund')", name="refund_named"
        ),
        CheckConstraint(
            "(import_id IS NOT NULL) = (reason = 'import') OR reason = 'revaluation'",
            name="import_named",
        ),
        CheckConstraint(
            "CASE WHEN reason = 'receipt' THEN unit_cost IS NOT NULL"
            " WHEN reason = 'revaluation' THEN true"
            " ELSE unit_cost IS NULL END",
            name="cost_told",
        ),
        CheckConstraint("unit_cost >= 0", name="unit_cost_not_negative"),
        CheckConstraint(
            "reference IS NULL OR reason = 'receipt'", name="reference_of_a_receipt"
        ),
        CheckConstraint(
            "CASE WHEN reason = 'correction' THEN note IS NOT NULL"
            " WHEN reason IN ('adjustment', 'damage', 'theft', 'loss', 'found',"
            " 'count') THEN true ELSE note IS NULL END",
            name="correction_explained",
        ),
        # Of the stock, not the variant: that row is held already by who moves it.
        ForeignKeyConstraint(
            ["variant_id", "location_id"],
            ["stock.variant_id", "stock.location_id"],
            ondelete="RESTRICT",
        ),
    )

    variant_id: Mapped[Reference] = mapped_column(primary_key=True)
    location_id: Mapped[Reference] = mapped_column(
        primary_key=True, server_default=text(str(MAIN))
    )
    sequence: Mapped[int] = mapped_column(primary_key=True)
    delta: Mapped[Pieces]
    balance_after: Mapped[Pieces]
    waiting_delta: Mapped[Pieces] = mapped_column(server_default=text("0"))
    waiting_after: Mapped[Pieces] = mapped_column(server_default=text("0"))
    reason: Mapped[str]
    order_id: Mapped[int | None] = mapped_column(
        ForeignKey("orders.id", ondelete="RESTRICT")
    )
    refund_id: Mapped[int | None] = mapped_column(
        ForeignKey("refunds.id", ondelete="RESTRICT")
    )
    import_id: Mapped[int | None] = mapped_column(
        ForeignKey("imports.id", ondelete="RESTRICT")
    )
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT")
    )
    note: Mapped[str | None]
    # What was said of a piece's cost; of other movements it follows.
    unit_cost: Mapped[Cost | None]
    value_delta: Mapped[Value]
    value_after: Mapped[Value]
    # The supplier's, as of a delivery note.
    reference: Mapped[str | None]
    created_at: Mapped[Moment]


Index(
    "ix_stock_movements_order_id",
    StockMovement.order_id,
    postgresql_where=StockMovement.order_id.is_not(None),
)
# What costs of sales come after these.
Index(
    "ix_stock_movements_fulfilments",
    StockMovement.created_at,
    postgresql_where=StockMovement.reason == "fulfilment",
)
# Movements are written in the order of time, and asked for from some moment on.
Index(
    "ix_stock_movements_created_at",
    StockMovement.created_at,
    postgresql_using="brin",
)
