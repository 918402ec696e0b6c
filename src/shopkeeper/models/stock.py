from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import AverageCost, Base, Moment, Pieces, Value, Version
from shopkeeper.models.location import MAIN


class Stock(Base):
    """How many pieces of a variant there are at a location: a row for each.

    A table of its own, because it changes with every order: a sale writes a
    narrow row that no index of the catalogue points at, and neither waits for
    a change of the product's text nor makes one wait. `version` counts the
    changes, and is a part of the product's entity tag.

    `value` is what the pieces have cost together (IAS 2: the moving weighted
    average), `cost` a piece of them: the value over the quantity, or the last
    known while there is none. Without any known cost it is null, and such
    pieces count as having cost nothing.

    What is not `tracked` is always there: it is sold without a movement, at its
    `cost`. Of other variants up to `backorder_limit` pieces (without one, any number)
    are sold that are not there; `waiting` are, and get what comes in.
    """

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        CheckConstraint("value >= 0", name="value_not_negative"),
        CheckConstraint("cost >= 0", name="cost_not_negative"),
        CheckConstraint(
            "low_stock_threshold >= 0", name="low_stock_threshold_not_negative"
        ),
        CheckConstraint("backorder_limit >= 0", name="backorder_limit_not_negative"),
        CheckConstraint("waiting >= 0", name="waiting_not_negative"),
        CheckConstraint("tracked OR waiting = 0", name="untracked_waits_for_nothing"),
        CheckConstraint("version >= 1", name="version_from_1"),
    )

    variant_id: Mapped[int] = mapped_column(
        ForeignKey("variants.id", ondelete="RESTRICT"),
        primary_key=True,
        autoincrement=False,
    )
    location_id: Mapped[int] = mapped_column(
        ForeignKey("locations.id", ondelete="RESTRICT"),
        primary_key=True,
        autoincrement=False,
        server_default=text(str(MAIN)),
    )
    quantity: Mapped[Pieces]
    value: Mapped[Value] = mapped_column(server_default=text("0"))
    cost: Mapped[AverageCost | None]
    # Below so many pieces it is low; as the whole shop has it, if it is null.
    low_stock_threshold: Mapped[int | None]
    tracked: Mapped[bool] = mapped_column(server_default=text("true"))
    backorder_limit: Mapped[int | None] = mapped_column(server_default=text("0"))
    waiting: Mapped[Pieces] = mapped_column(server_default=text("0"))
    version: Mapped[Version]
    updated_at: Mapped[Moment]
