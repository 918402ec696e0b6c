from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Amount, Base, Id, Moment


class Receipt(Base):
    """Money that has come for an invoice, booked by somebody: a row for each time.

    Rows are never changed; together they are what the payment has received.
    """

    __tablename__ = "receipts"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(
            "char_length(reference) BETWEEN 1 AND 120", name="reference_length"
        ),
    )

    id: Mapped[Id]
    payment_id: Mapped[int] = mapped_column(
        ForeignKey("payments.id", ondelete="RESTRICT")
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    amount: Mapped[Amount]
    reference: Mapped[str | None]
    received_at: Mapped[Moment]


Index("ix_receipts_payment_id", Receipt.payment_id)
Index("ix_receipts_user_id", Receipt.user_id)
