from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Pieces, Reference, Value


class Backorder(Base):
    """Pieces of a line that were sold before they were there: a queue by variant.

    It follows from the ledger, whose trigger keeps it: `sequence` is that of the
    movement that sold them, and whoever has the lowest is served first. `cost` is what
    those have cost that came in since the order was executed; what came before is in
    the line's own.
    """

    __tablename__ = "backorders"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "order_item_id"],
            ["order_items.order_id", "order_items.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["variant_id", "location_id"],
            ["stock.variant_id", "stock.location_id"],
            ondelete="RESTRICT",
        ),
        CheckConstraint("waiting >= 0", name="waiting_not_negative"),
        CheckConstraint("cost >= 0", name="cost_not_negative"),
    )

    order_id: Mapped[Reference] = mapped_column(primary_key=True)
    order_item_id: Mapped[Reference] = mapped_column(primary_key=True)
    variant_id: Mapped[Reference]
    location_id: Mapped[Reference]
    sequence: Mapped[Reference]
    waiting: Mapped[Pieces]
    cost: Mapped[Value] = mapped_column(server_default=text("0"))


Index(
    "ix_backorders_queue",
    Backorder.variant_id,
    Backorder.location_id,
    Backorder.sequence,
    postgresql_where=Backorder.waiting > 0,
)
