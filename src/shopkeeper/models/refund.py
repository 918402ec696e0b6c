from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Amount, Base, Id, Moment, Reference, Value


class RefundStatus(StrEnum):
    PENDING = "pending"  # Begun: the provider's answer is not known.
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # The provider refuses; nothing has moved.
    REVERSED = "reversed"  # It had succeeded, and its money has come back.


class PaidBy(StrEnum):
    """How money is given back."""

    ORIGINAL = "original"  # As the order was paid: by its provider or invoice.
    OUTSIDE = "outside"  # Outside the shop: by a bank transfer, say.
    DISPUTE = "dispute"  # Taken by the customer's bank, in a dispute that was lost.


class Refund(Base):
    """Money given back for an executed order: an event of its own day.

    It is written before the provider is asked, so that two cannot give back
    the same twice. It counts, in the order, in stock and in the books, once
    it has succeeded, at `settled_at`. `key` is our name for it at the provider.
    Money that comes back later is an event of its own day too, `reversed_at`: from
    then on it can be refunded anew, while goods that had come back stay.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("char_length(reason) BETWEEN 1 AND 500", name="reason_length"),
        CheckConstraint(
            "status IN ('pending', 'succeeded', 'failed', 'reversed')",
            name="status_known",
        ),
        CheckConstraint(
            "paid_by IN ('original', 'outside', 'dispute')", name="paid_by_known"
        ),
        CheckConstraint(
            "user_id IS NOT NULL OR paid_by = 'dispute'", name="somebody_refunds"
        ),
        CheckConstraint(
            "(status = 'reversed') = (reversed_at IS NOT NULL)"
            " AND reversed_at >= settled_at",
            name="reversed_has_a_time",
        ),
        CheckConstraint(
            "(status = 'pending') = (settled_at IS NULL)", name="settled_has_a_time"
        ),
        CheckConstraint(
            "status <> 'pending' OR look_at IS NOT NULL", name="pending_is_looked_at"
        ),
        CheckConstraint(
            "status NOT IN ('succeeded', 'reversed') OR reference IS NOT NULL",
            name="succeeded_has_a_reference",
        ),
        CheckConstraint(
            "(credit_note_number IS NOT NULL)"
            " = (status IN ('succeeded', 'reversed') AND paid_by <> 'dispute')",
            name="succeeded_has_a_credit_note_number",
        ),
        CheckConstraint(
            "(failure_code IS NOT NULL) = (status IN ('failed', 'reversed'))",
            name="failure_explained",
        ),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        # What the items' foreign key holds on to: they are of the same order.
        UniqueConstraint("id", "order_id"),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    payment_id: Mapped[int] = mapped_column(
        ForeignKey("payments.id", ondelete="RESTRICT")
    )
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT")
    )
    paid_by: Mapped[str] = mapped_column(server_default=text("'original'"))
    idempotency_key: Mapped[str | None]
    key: Mapped[UUID] = mapped_column(server_default=text("uuidv7()"))
    reference: Mapped[str | None]
    credit_note_number: Mapped[str | None]
    status: Mapped[str]
    amount: Mapped[Amount]
    restocked: Mapped[bool]
    reason: Mapped[str | None]
    failure_code: Mapped[str | None]
    failure_message: Mapped[str | None]
    # How often the provider was asked.
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[Moment]
    look_at: Mapped[Moment | None]
    settled_at: Mapped[Moment | None]
    reversed_at: Mapped[Moment | None]

    @property
    def is_pending(self) -> bool:
        return self.status == RefundStatus.PENDING


class RefundItem(Base):
    """How much of one line a refund took back: pieces, or money for none.

    `cost` is what the pieces had cost, `restocked_cost` what of it came back on
    the shelf with them: zero when they did not. Pieces that are `already_back`
    came with an earlier refund, whose money was reversed. Those that are cancelled were
    still waited for, and will not be sent.
    """

    __tablename__ = "refund_items"
    __table_args__ = (
        ForeignKeyConstraint(
            ["refund_id", "order_id"],
            ["refunds.id", "refunds.order_id"],
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["order_id", "order_item_id"],
            ["order_items.order_id", "order_items.id"],
            ondelete="RESTRICT",
        ),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("quantity > 0 OR amount > 0", name="about_something"),
        # So the quantity is not negative either.
        CheckConstraint(
            "restocked_quantity >= 0 AND already_back >= 0 AND cancelled_quantity >= 0"
            " AND restocked_quantity + already_back + cancelled_quantity <= quantity",
            name="goods_back_once",
        ),
        CheckConstraint(
            "restocked_cost = 0 OR restocked_quantity > 0", name="cost_of_restocked"
        ),
        CheckConstraint("cost >= 0", name="cost_not_negative"),
        CheckConstraint("restocked_cost >= 0", name="restocked_cost_not_negative"),
    )

    refund_id: Mapped[Reference] = mapped_column(primary_key=True)
    order_item_id: Mapped[Reference] = mapped_column(primary_key=True)
    order_id: Mapped[Reference]
    quantity: Mapped[int]
    amount: Mapped[Amount]
    cost: Mapped[Value]
    restocked_cost: Mapped[Value]
    restocked_quantity: Mapped[int] = mapped_column(server_default=text("0"))
    already_back: Mapped[int] = mapped_column(server_default=text("0"))
    cancelled_quantity: Mapped[int] = mapped_column(server_default=text("0"))


Index(
    "uq_refunds_credit_note_number",
    Refund.credit_note_number,
    unique=True,
    postgresql_where=Refund.credit_note_number.is_not(None),
)
Index("ix_refunds_order_id", Refund.order_id)
Index("ix_refunds_payment_id", Refund.payment_id)
Index("ix_refunds_settled_at", Refund.settled_at)
Index(
    "ix_refunds_reversed_at",
    Refund.reversed_at,
    postgresql_where=Refund.reversed_at.is_not(None),
)
Index("ix_refunds_user_id", Refund.user_id)
Index("uq_refunds_key", Refund.key, unique=True)
Index(
    "ix_refunds_look_at",
    Refund.look_at,
    postgresql_where=text("status = 'pending'"),
)
Index(
    "ix_refunds_idempotency_key",
    Refund.user_id,
    Refund.idempotency_key,
    postgresql_where=text("idempotency_key IS NOT NULL"),
)
Index(
    "ix_refund_items_order_id_order_item_id",
    RefundItem.order_id,
    RefundItem.order_item_id,
)
