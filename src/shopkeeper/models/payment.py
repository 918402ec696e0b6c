from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Amount, Base, Id, Moment


class PaymentMethod(StrEnum):
    INVOICE = "invoice"
    TEST = "test"
    STRIPE = "stripe"


class PaymentStatus(StrEnum):
    DUE = "due"  # Executed on an invoice, of which something is still owed.
    PENDING = "pending"  # Begun: the goods are reserved, the outcome is not known.
    CAPTURED = "captured"
    DECLINED = "declined"
    CANCELLED = "cancelled"  # Given up before any money was taken.


class Payment(Base):
    """One try to take the money for an order: whole, and captured at most once.

    It is written before anybody outside is asked, and what was reserved for it
    is held until `expires_at` at the latest. `key` is our name for it at the
    provider, `reference` the provider's. From `look_at` on, the reconciler
    asks the provider what became of it; from `check_at` on, once it is captured,
    what was given back of it elsewhere, which was last told at `noted_at`.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("method IN ('invoice', 'test', 'stripe')", name="method_known"),
        CheckConstraint(
            "status IN ('pending', 'due', 'captured', 'declined', 'cancelled')",
            name="status_known",
        ),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(
            "status NOT IN ('captured', 'due') OR reference IS NOT NULL",
            name="captured_has_a_reference",
        ),
        CheckConstraint(
            "(status IN ('pending', 'due')) = (settled_at IS NULL)",
            name="settled_has_a_time",
        ),
        CheckConstraint("status <> 'due' OR due_at IS NOT NULL", name="due_has_a_date"),
        CheckConstraint(
            "due_at IS NULL OR method = 'invoice'", name="only_invoices_are_due"
        ),
        CheckConstraint("received BETWEEN 0 AND amount", name="received_within_amount"),
        CheckConstraint(
            "status <> 'pending' OR (expires_at IS NOT NULL AND look_at IS NOT NULL)",
            name="pending_has_a_deadline",
        ),
        CheckConstraint(
            "(failure_code IS NOT NULL) = (status IN ('declined', 'cancelled'))",
            name="failure_explained",
        ),
        CheckConstraint(
            "next_action IS NULL OR status = 'pending'",
            name="only_pending_needs_an_action",
        ),
        CheckConstraint(
            "check_at IS NULL OR status = 'captured'", name="only_captured_is_checked"
        ),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
    )

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(server_default=text("uuidv7()"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT")
    )
    idempotency_key: Mapped[str | None]
    method: Mapped[str]
    reference: Mapped[str | None]
    status: Mapped[str]
    amount: Mapped[Amount]
    # What of it has come; for an invoice the sum of its receipts.
    received: Mapped[Amount] = mapped_column(server_default=text("0"))
    due_at: Mapped[Moment | None]
    failure_code: Mapped[str | None]
    failure_message: Mapped[str | None]
    # How often the provider was asked to take the money, or what became of it.
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment | None]
    look_at: Mapped[Moment | None]
    settled_at: Mapped[Moment | None]
    check_at: Mapped[Moment | None]
    noted_at: Mapped[Moment | None]
    # What the customer has to do before the money can be taken (gateways.port).
    next_action: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    @property
    def is_pending(self) -> bool:
        return self.status == PaymentStatus.PENDING


Index("uq_payments_key", Payment.key, unique=True)
Index("uq_payments_reference", Payment.method, Payment.reference, unique=True)
Index("ix_payments_order_id", Payment.order_id, Payment.id)
Index(
    "uq_payments_one_of_an_order",
    Payment.order_id,
    unique=True,
    postgresql_where=text("status IN ('pending', 'captured', 'due')"),
)
Index("ix_payments_due", Payment.order_id, postgresql_where=text("status = 'due'"))
Index(
    "ix_payments_look_at",
    Payment.look_at,
    postgresql_where=text("status = 'pending'"),
)
Index(
    "ix_payments_check_at",
    Payment.check_at,
    postgresql_where=Payment.check_at.is_not(None),
)
Index(
    "ix_payments_idempotency_key",
    Payment.user_id,
    Payment.idempotency_key,
    postgresql_where=text("idempotency_key IS NOT NULL"),
)
