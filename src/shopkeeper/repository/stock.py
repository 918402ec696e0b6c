"""Every lock on stock, and every change of it by an order: always in key order.

Two orders over the same products lock them in the same order, so that one
waits for the other and neither for both.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Integer, bindparam, select, text, update
from sqlalchemy.orm import Session

from shopkeeper.models import Category, OrderItem, Product


class LockedLine(NamedTuple):
    """A line of an order beside the product as it is now, held until commit."""

    product_id: int
    product_name: str
    requested: int
    available: int
    removed: bool
    cost: Decimal | None
    category_id: int
    category_name: str


def lock_lines(session: Session, order_id: int) -> list[LockedLine]:
    """Hold the products of an order, lowest id first."""
    rows = session.execute(
        select(
            Product.id,
            OrderItem.product_name,
            OrderItem.quantity,
            Product.quantity,
            Product.removed_at.is_not(None),
            Product.cost,
            Product.category_id,
            Category.name,
        )
        .join(OrderItem, OrderItem.product_id == Product.id)
        .join(Category, Category.id == Product.category_id)
        .where(OrderItem.order_id == order_id)
        .order_by(Product.id)
        .with_for_update(of=Product, key_share=True)
    )
    return [LockedLine(*row) for row in rows]


# `lock_lines` has locked the rows; the guard is the CHECK on the column all
# the same, so that a mistake here stops the sale and not the stock's truth.
_TAKE = text(
    """
    UPDATE products
    SET quantity = products.quantity - sold.quantity,
        version = products.version + 1,
        updated_at = :moment
    FROM order_items AS sold
    WHERE sold.order_id = :order_id AND products.id = sold.product_id
    """
)

_SELL = text(
    """
    UPDATE order_items
    SET unit_cost = products.cost,
        category_id = categories.id,
        category_name = categories.name
    FROM products
    JOIN categories ON categories.id = products.category_id
    WHERE order_items.order_id = :order_id AND products.id = order_items.product_id
    """
)


def take_lines(session: Session, order_id: int, moment: datetime) -> None:
    """Take an order's lines out of stock; they keep cost and category as sold."""
    session.execute(_TAKE, {"order_id": order_id, "moment": moment})
    session.execute(_SELL, {"order_id": order_id})


def put_back(
    session: Session, quantities: Sequence[tuple[int, int]], moment: datetime
) -> None:
    """Put pieces back into stock: (product id, quantity) for each product."""
    by_product = dict(quantities)
    session.execute(
        select(Product.id)
        .where(Product.id.in_(by_product))
        .order_by(Product.id)
        .with_for_update(key_share=True)
    )
    changes: list[dict[str, Any]] = [
        {"product": product_id, "pieces": quantity}
        for product_id, quantity in sorted(by_product.items())
    ]
    session.connection().execute(
        update(Product)
        .where(Product.id == bindparam("product"))
        .values(
            quantity=Product.quantity + bindparam("pieces", type_=Integer),
            version=Product.version + 1,
            updated_at=moment,
        ),
        changes,
    )
