from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Amount, Base, Id, Moment, Reference


class Refund(Base):
    """Money given back for an executed order: an event of its own day."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("char_length(reason) BETWEEN 1 AND 500", name="reason_length"),
        # What the items' foreign key holds on to: they are of the same order.
        UniqueConstraint("id", "order_id"),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    amount: Mapped[Amount]
    restocked: Mapped[bool]
    reason: Mapped[str | None]
    created_at: Mapped[Moment]


class RefundItem(Base):
    """How much of one line a refund took back.

    `restocked_cost` is the cost that came back on the shelf with the goods:
    zero when they did not.
    """

    __tablename__ = "refund_items"
    __table_args__ = (
        ForeignKeyConstraint(
            ["refund_id", "order_id"],
            ["refunds.id", "refunds.order_id"],
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["order_id", "product_id"],
            ["order_items.order_id", "order_items.product_id"],
            ondelete="RESTRICT",
        ),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("restocked_cost >= 0", name="restocked_cost_not_negative"),
    )

    refund_id: Mapped[Reference] = mapped_column(primary_key=True)
    product_id: Mapped[Reference] = mapped_column(primary_key=True)
    order_id: Mapped[Reference]
    quantity: Mapped[int]
    amount: Mapped[Amount]
    restocked_cost: Mapped[Amount]


Index("ix_refunds_order_id", Refund.order_id)
Index("ix_refunds_created_at", Refund.created_at)
Index("ix_refunds_user_id", Refund.user_id)
Index("ix_refund_items_order_id_product_id", RefundItem.order_id, RefundItem.product_id)
