"""What staff has done, and what that has changed: kept for good, never rewritten."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Id, Moment, Reference


class Activity(Base):
    """A write that somebody of the staff has made, noted in its own transaction.

    `entity` and `entity_id` name what was made or changed, where that is one thing.
    `client` is the keyed digest of the address it came from, as in the log: it tells
    that two came from the same, and not from which. An import that is applied is one
    too, by whoever has queued it; on the command line that is nobody.
    """

    __tablename__ = "activities"
    __table_args__ = (
        CheckConstraint(
            "role IN ('manager', 'admin') AND user_id IS NOT NULL OR role IS NULL",
            name="role_of_staff",
        ),
        CheckConstraint("client ~ '^[0-9a-f]{16}$'", name="client_is_a_digest"),
        CheckConstraint(
            "entity_id IS NULL OR entity IS NOT NULL", name="id_of_something"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[Moment]
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT")
    )
    # As it was then.
    role: Mapped[str | None]
    # The operation's name.
    operation: Mapped[str]
    entity: Mapped[str | None]
    entity_id: Mapped[Reference | None]
    request_id: Mapped[str | None]
    client: Mapped[str | None]


class ActivityChange(Base):
    """What one row was before an activity, and after: only the fields that differ.

    Written by triggers, whichever statement makes the change. `product_id` is the
    product it belongs to, if it belongs to one.
    """

    __tablename__ = "activity_changes"
    __table_args__ = (CheckConstraint("before <> after", name="something_changed"),)

    id: Mapped[Id]
    # Of this transaction: the activity is noted after what it has changed.
    activity_id: Mapped[UUID] = mapped_column(
        ForeignKey("activities.id", deferrable=True, initially="DEFERRED")
    )
    entity: Mapped[str]
    entity_id: Mapped[Reference]
    product_id: Mapped[Reference | None]
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)


Index("ix_activities_at", Activity.at.desc(), Activity.id.desc())
Index("ix_activities_user_id", Activity.user_id, Activity.at.desc(), Activity.id.desc())
Index(
    "ix_activities_operation",
    Activity.operation,
    Activity.at.desc(),
    Activity.id.desc(),
)
Index(
    "ix_activities_entity",
    Activity.entity,
    Activity.entity_id,
    postgresql_where=text("entity_id IS NOT NULL"),
)
Index("ix_activity_changes_activity_id", ActivityChange.activity_id, ActivityChange.id)
Index("ix_activity_changes_entity", ActivityChange.entity, ActivityChange.entity_id)
Index(
    "ix_activity_changes_product_id",
    ActivityChange.product_id,
    postgresql_where=text("product_id IS NOT NULL"),
)
