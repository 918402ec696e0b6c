"""Money that a provider moved without being asked by us."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Amount, Base, Id, Moment


class OutsideRefund(Base):
    """A refund that somebody made at the provider, and not here.

    `refund_id` names the refund of ours that it was matched with: what it was
    for, only people know. `status` is how it stands at the provider.
    """

    __tablename__ = "outside_refunds"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(
            "status IN ('pending', 'succeeded', 'failed')", name="status_known"
        ),
    )

    id: Mapped[Id]
    payment_id: Mapped[int] = mapped_column(
        ForeignKey("payments.id", ondelete="RESTRICT")
    )
    reference: Mapped[str]
    amount: Mapped[Amount]
    status: Mapped[str]
    refund_id: Mapped[int | None] = mapped_column(
        ForeignKey("refunds.id", ondelete="RESTRICT")
    )
    created_at: Mapped[Moment]
    noted_at: Mapped[Moment]


class DisputeStatus(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"  # The money is gone.


class Dispute(Base):
    """A customer's bank asks for the money back (a chargeback).

    Lost, it is money out: `refund_id` names the refund that books it.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("status IN ('open', 'won', 'lost')", name="status_known"),
        CheckConstraint(
            "(status = 'open') = (closed_at IS NULL)", name="closed_has_a_time"
        ),
    )

    id: Mapped[Id]
    payment_id: Mapped[int] = mapped_column(
        ForeignKey("payments.id", ondelete="RESTRICT")
    )
    reference: Mapped[str]
    amount: Mapped[Amount]
    reason: Mapped[str]
    status: Mapped[str]
    refund_id: Mapped[int | None] = mapped_column(
        ForeignKey("refunds.id", ondelete="RESTRICT")
    )
    created_at: Mapped[Moment]
    noted_at: Mapped[Moment]
    closed_at: Mapped[Moment | None]


Index(
    "uq_outside_refunds_reference",
    OutsideRefund.payment_id,
    OutsideRefund.reference,
    unique=True,
)
Index("uq_outside_refunds_refund_id", OutsideRefund.refund_id, unique=True)
Index("uq_disputes_reference", Dispute.payment_id, Dispute.reference, unique=True)
Index("uq_disputes_refund_id", Dispute.refund_id, unique=True)
