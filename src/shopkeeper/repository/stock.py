"""Every lock on stock, and every change of it by an order: always in key order.

Two orders over the same products lock them in the same order, so that one
waits for the other and neither for both.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, bindparam, insert, select, text, update
from sqlalchemy.orm import Session

from shopkeeper.models import Category, OrderItem, Product, Stock


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


def open_stock(
    session: Session, product_id: int, quantity: int, moment: datetime
) -> None:
    """Give a new product its first stock."""
    session.execute(
        insert(Stock).values(
            product_id=product_id, quantity=quantity, updated_at=moment
        )
    )


def set_quantity(
    session: Session, product_id: int, quantity: int, moment: datetime
) -> None:
    """Say how many pieces there are of a product whose stock is held."""
    session.execute(
        update(Stock)
        .where(Stock.product_id == product_id)
        .values(quantity=quantity, version=Stock.version + 1, updated_at=moment)
    )


def lock_stock(session: Session, product_ids: Sequence[int] | Select[Any]) -> None:
    """Hold the stock of products, lowest id first."""
    session.execute(
        select(Stock.product_id)
        .where(Stock.product_id.in_(product_ids))
        .order_by(Stock.product_id)
        .with_for_update(key_share=True)
    )


def lock_lines(session: Session, order_id: int) -> list[LockedLine]:
    """Hold the stock of an order's products, and look at both.

    Two statements: whoever has waited for the stock has to see what became of
    the product meanwhile, and a statement sees what was committed before it.
    """
    lock_stock(
        session, select(OrderItem.product_id).where(OrderItem.order_id == order_id)
    )
    rows = session.execute(
        select(
            Product.id,
            OrderItem.product_name,
            OrderItem.quantity,
            Stock.quantity,
            Product.removed_at.is_not(None),
            Product.cost,
            Product.category_id,
            Category.name,
        )
        .join(OrderItem, OrderItem.product_id == Product.id)
        .join(Stock, Stock.product_id == Product.id)
        .join(Category, Category.id == Product.category_id)
        .where(OrderItem.order_id == order_id)
        .order_by(Product.id)
    )
    return [LockedLine(*row) for row in rows]


# `lock_lines` has locked the rows; the guard is the CHECK on the column all
# the same, so that a mistake here stops the sale and not the stock's truth.
_TAKE = text(
    """
    UPDATE stock
    SET quantity = stock.quantity - sold.quantity,
        version = stock.version + 1,
        updated_at = :moment
    FROM order_items AS sold
    WHERE sold.order_id = :order_id AND stock.product_id = sold.product_id
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
    lock_stock(session, list(by_product))
    changes: list[dict[str, Any]] = [
        {"product": product_id, "pieces": quantity}
        for product_id, quantity in sorted(by_product.items())
    ]
    session.connection().execute(
        update(Stock)
        .where(Stock.product_id == bindparam("product"))
        .values(
            quantity=Stock.quantity + bindparam("pieces", type_=Integer),
            version=Stock.version + 1,
            updated_at=moment,
        ),
        changes,
    )


def lock_stock_of(session: Session, product_ids: str) -> None:
    """Hold the stock of the products that a query of ours names, lowest id first."""
    session.execute(
        text(
            f"""
            SELECT count(*) FROM (
                SELECT product_id FROM stock
                WHERE product_id IN ({product_ids})
                ORDER BY product_id
                FOR NO KEY UPDATE
            ) AS held
            """  # noqa: S608  # A query of ours.
        )
    )
