from enum import StrEnum

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import (
    Amount,
    Base,
    Id,
    Moment,
    Price,
    Reference,
    Value,
    Version,
)


class OrderStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    EXECUTED = "executed"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'processing', 'executed', 'partially_refunded',"
            " 'refunded', 'cancelled')",
            name="status_known",
        ),
        CheckConstraint("country_code ~ '^[A-Z]{2}$'", name="country_is_alpha_2"),
        CheckConstraint("total >= 0", name="total_not_negative"),
        CheckConstraint(
            "refunded_total BETWEEN 0 AND total", name="refunded_within_total"
        ),
        CheckConstraint(
            "(executed_at IS NOT NULL)"
            " = (status IN ('executed', 'partially_refunded', 'refunded'))",
            name="executed_has_a_time",
        ),
        CheckConstraint(
            "(invoice_number IS NOT NULL) = (executed_at IS NOT NULL)",
            name="executed_has_an_invoice_number",
        ),
        CheckConstraint(
            "(cancelled_at IS NOT NULL) = (status = 'cancelled')",
            name="cancelled_has_a_time",
        ),
        CheckConstraint(
            "refunded_total = 0 OR status IN ('partially_refunded', 'refunded')",
            name="refunded_has_the_status",
        ),
        CheckConstraint("version >= 1", name="version_from_1"),
    )

    id: Mapped[Id]
    # Whose it is; an order without is of somebody who has no account.
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT")
    )
    status: Mapped[str]
    location: Mapped[str]
    country_code: Mapped[str]
    total: Mapped[Amount]
    refunded_total: Mapped[Amount] = mapped_column(server_default=text("0"))
    version: Mapped[Version]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    executed_at: Mapped[Moment | None]
    invoice_number: Mapped[str | None]
    cancelled_at: Mapped[Moment | None]


class OrderItem(Base):
    """A line of an order, as it was sold: it never changes with the catalogue.

    Name, sku, options and price are those of the moment the order was created or
    last updated; category and cost those of its execution. Its `id` is unique in the
    shop. The key begins with the order, so that what refers to a line refers to
    one of the same order.
    """

    __tablename__ = "order_items"
    __table_args__ = (
        CheckConstraint("quantity BETWEEN 1 AND 1000000", name="quantity_in_bounds"),
        CheckConstraint("unit_price > 0", name="unit_price_positive"),
        CheckConstraint("line_cost >= 0", name="line_cost_not_negative"),
        CheckConstraint(
            "refunded_quantity BETWEEN 0 AND quantity", name="refunded_within_sold"
        ),
        CheckConstraint(
            "(category_id IS NULL) = (category_name IS NULL)",
            name="category_whole",
        ),
        CheckConstraint(
            "backordered BETWEEN 0 AND quantity AND (tracked OR backordered = 0)",
            name="backordered_within_sold",
        ),
        # What the ledger has moved for an order is told by its variant.
        UniqueConstraint("order_id", "variant_id"),
        ForeignKeyConstraint(
            ["product_id", "variant_id"],
            ["variants.product_id", "variants.id"],
            ondelete="RESTRICT",
        ),
    )

    order_id: Mapped[int] = mapped_column(
        ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[Id]
    product_id: Mapped[Reference]
    variant_id: Mapped[Reference]
    position: Mapped[int]
    product_name: Mapped[str]
    sku: Mapped[str | None]
    # Name and value of each option of the variant, in their order; else null.
    options: Mapped[dict[str, str] | None] = mapped_column(JSON)
    category_id: Mapped[int | None] = mapped_column(
        ForeignKey("categories.id", ondelete="RESTRICT")
    )
    category_name: Mapped[str | None]
    quantity: Mapped[int]
    unit_price: Mapped[Price]
    # What the pieces of this line had cost when they left the shelf.
    line_cost: Mapped[Value | None]
    line_total: Mapped[Amount] = mapped_column(
        Computed("quantity * unit_price", persisted=True)
    )
    refunded_quantity: Mapped[int] = mapped_column(server_default=text("0"))
    # Of the moment it was sold: whether its stock was counted, and how many pieces
    # were not there yet.
    tracked: Mapped[bool] = mapped_column(server_default=text("true"))
    backordered: Mapped[int] = mapped_column(server_default=text("0"))


class AdjustmentKind(StrEnum):
    DISCOUNT = "discount"
    SURCHARGE = "surcharge"
    SHIPPING = "shipping"
    TAX = "tax"


class OrderAdjustment(Base):
    """What is taken off an order or a line of it, or comes on top.

    An order's total is the sum of its lines and of these. A discount's amount is
    negative, all others' are positive.
    """

    __tablename__ = "order_adjustments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "order_item_id"],
            ["order_items.order_id", "order_items.id"],
            ondelete="CASCADE",
        ),
        CheckConstraint(
            "kind IN ('discount', 'surcharge', 'shipping', 'tax')", name="kind_known"
        ),
        CheckConstraint("char_length(label) BETWEEN 1 AND 255", name="label_length"),
        CheckConstraint(
            "CASE kind WHEN 'discount' THEN amount < 0 ELSE amount > 0 END",
            name="amount_of_its_kind",
        ),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    # The line that it is about; without one, it is about the order.
    order_item_id: Mapped[Reference | None]
    kind: Mapped[str]
    label: Mapped[str]
    amount: Mapped[Amount]


# Each list of orders is newest first: all, one customer's, one status's, both.
Index("ix_orders_created_at", Order.created_at, Order.id)
Index("ix_orders_user_created_at", Order.user_id, Order.created_at, Order.id)
Index("ix_orders_status_created_at", Order.status, Order.created_at, Order.id)
Index(
    "ix_orders_user_status_created_at",
    Order.user_id,
    Order.status,
    Order.created_at,
    Order.id,
)
Index("ix_orders_updated_at", Order.updated_at, Order.id)
Index(
    "ix_orders_executed_at",
    Order.executed_at,
    postgresql_where=Order.executed_at.is_not(None),
)
Index(
    "uq_orders_invoice_number",
    Order.invoice_number,
    unique=True,
    postgresql_where=Order.invoice_number.is_not(None),
)
Index("ix_order_items_product_id", OrderItem.product_id, OrderItem.variant_id)
Index(
    "ix_order_adjustments_order_id",
    OrderAdjustment.order_id,
    OrderAdjustment.order_item_id,
)
Index(
    "ix_order_items_category_id",
    OrderItem.category_id,
    postgresql_where=text("category_id IS NOT NULL"),
)
