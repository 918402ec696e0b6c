from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Amount, Base, Id, Moment


class Payment(Base):
    """Money taken for an order. An order is paid once, and whole."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("method IN ('invoice')", name="method_known"),
        CheckConstraint("status IN ('captured')", name="status_known"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    method: Mapped[str]
    reference: Mapped[str]
    status: Mapped[str]
    amount: Mapped[Amount]
    created_at: Mapped[Moment]


Index("uq_payments_order_id", Payment.order_id, unique=True)
Index("uq_payments_reference", Payment.method, Payment.reference, unique=True)
