from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Amount, Base, Moment


class GatewayEvent(Base):
    """A provider's message that was received: each is acted on once."""

    __tablename__ = "gateway_events"
    __table_args__ = (CheckConstraint("id <> ''", name="id_not_empty"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    reference: Mapped[str | None]
    received_at: Mapped[Moment]


class TestGatewayCharge(Base):
    """What the test gateway, standing for a provider, knows of a charge.

    Nothing of the shop refers to it: like a real provider's, its memory is
    apart, and survives whatever happens to the shop's own transactions.
    """

    __test__ = False  # Not a test, whatever its name begins with.
    __tablename__ = "test_gateway_charges"
    __table_args__ = (
        CheckConstraint(
            "status IN ('open', 'processing', 'requires_action', 'captured',"
            " 'declined', 'cancelled')",
            name="status_known",
        ),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(
            "(settles_at IS NOT NULL AND outcome IS NOT NULL)"
            " OR status <> 'processing'",
            name="processing_has_an_outcome",
        ),
    )

    key: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str]
    amount: Mapped[Amount]
    currency: Mapped[str]
    token: Mapped[str | None]
    # What becomes of it while nobody listens, and when.
    outcome: Mapped[str | None]
    settles_at: Mapped[Moment | None]
    created_at: Mapped[Moment]


class TestGatewayRefund(Base):
    """What the test gateway has given back."""

    __test__ = False
    __tablename__ = "test_gateway_refunds"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("status IN ('succeeded', 'failed')", name="status_known"),
    )

    key: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(server_default=text("'succeeded'"))
    charge_key: Mapped[UUID] = mapped_column(
        ForeignKey("test_gateway_charges.key", ondelete="RESTRICT")
    )
    amount: Mapped[Amount]
    created_at: Mapped[Moment]
