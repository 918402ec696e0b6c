"""Orders as they are placed and sold: each takes one statement, or one trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.prepared import Prepared, one_trip
from shopkeeper.repository.books import announce
from shopkeeper.repository.order_views import (
    LINE,
    ORDER,
    PAYMENT,
    OrderView,
    ShownRow,
    make_views,
)
from shopkeeper.repository.stock import TAKEN


class NewOrder(NamedTuple):
    """What is noted of an order that is placed; the rest follows."""

    user_id: int
    location: str
    country_code: str
    total: Decimal
    moment: datetime


class NewLine(NamedTuple):
    """A line of it, at the price of the moment."""

    product_id: int
    product_name: str
    quantity: int
    unit_price: Decimal


# Whoever places an order cannot be erased meanwhile: their row is shared.
_PLACE: Prepared[ShownRow] = Prepared(
    text(
        f"""
        WITH customer AS (
            SELECT id FROM users WHERE id = :user_id AND erased_at IS NULL
            FOR KEY SHARE
        ), orders AS (
            INSERT INTO orders (user_id, status, location, country_code, total,
                created_at, updated_at)
            SELECT id, 'pending', :location, :country_code, :total, :moment, :moment
            FROM customer
            RETURNING *
        ), items AS (
            INSERT INTO order_items (order_id, position, product_id, product_name,
                quantity, unit_price)
            SELECT orders.id, line.position, line.product_id, line.product_name,
                line.quantity, line.unit_price
            FROM orders, unnest(
                CAST(:products AS bigint[]),
                CAST(:names AS text[]),
                CAST(:quantities AS integer[]),
                CAST(:prices AS numeric[])
            ) WITH ORDINALITY
                AS line (product_id, product_name, quantity, unit_price, position)
            RETURNING *
        )
        SELECT {ORDER}, {LINE}, {PAYMENT}, false
        FROM orders
        JOIN items ON items.order_id = orders.id
        LEFT JOIN payments AS payment ON false
        ORDER BY items.position
        """  # noqa: S608  # Columns of ours.
    ),
    tuple,
)


def place_order(
    session: Session, order: NewOrder, lines: Sequence[NewLine]
) -> OrderView | None:
    """Note a new order with its lines. None if the customer's account is closed."""
    products, names, quantities, prices = zip(*lines, strict=True)
    rows = _PLACE.all(
        session,
        products=list(products),
        names=list(names),
        quantities=list(quantities),
        prices=list(prices),
        **order._asdict(),
    )
    return make_views(session, rows)[0] if rows else None


class HeldOrder(NamedTuple):
    """An order that is to be sold, held against changes until commit."""

    id: int
    status: str
    location: str
    country_code: str
    total: Decimal
    version: int


class HeldLine(NamedTuple):
    """A line of it beside the product as it is now, whose stock is held."""

    product_id: int
    product_name: str
    requested: int
    available: int
    removed: bool
    unit_price: Decimal
    price_now: Decimal


@dataclass(frozen=True)
class Held:
    """All that has to be known, and to stay so, while an order is sold."""

    order: HeldOrder
    lines: Sequence[HeldLine]
    # Of the books: what is written now is written under it.
    moment: datetime


_OWN = """
    orders.id = :order_id
    AND (CAST(:owner_id AS bigint) IS NULL OR orders.user_id = :owner_id)
"""
_HOLD_ORDER = Prepared(
    text(
        f"""
        SELECT id, status, location, country_code, total, version
        FROM orders WHERE {_OWN}
        FOR NO KEY UPDATE
        """  # noqa: S608  # A condition of ours.
    ),
    HeldOrder._make,
)
_HOLD_STOCK: Prepared[ShownRow] = Prepared(
    text(
        f"""
        SELECT product_id FROM stock
        WHERE product_id IN (
            SELECT items.product_id
            FROM orders JOIN order_items AS items ON items.order_id = orders.id
            WHERE {_OWN} AND orders.status = 'pending'
        )
        ORDER BY product_id
        FOR NO KEY UPDATE
        """  # noqa: S608  # A condition of ours.
    ),
    tuple,
)
_LOOK = Prepared(
    text(
        """
        SELECT products.id, items.product_name, items.quantity, stock.quantity,
            products.removed_at IS NOT NULL, items.unit_price, products.price
        FROM order_items AS items
        JOIN products ON products.id = items.product_id
        JOIN stock ON stock.product_id = items.product_id
        WHERE items.order_id = :order_id
        ORDER BY products.id
        """
    ),
    HeldLine._make,
)


def hold(session: Session, order_id: int, owner_id: int | None) -> Held | None:
    """Hold an order and then the stock of its products, lowest id first, and look.

    Whoever has waited for the stock has to see what became of the product
    meanwhile, and a statement sees what was committed before it began: so these
    are several, sent together.

    Args:
        session: The transaction.
        order_id: The order.
        owner_id: Whose it has to be; None for anybody's.
    """
    whose = {"order_id": order_id, "owner_id": owner_id}
    with one_trip(session) as trip:
        order = trip.send(_HOLD_ORDER, **whose)
        trip.send(_HOLD_STOCK, **whose)
        lines = trip.send(_LOOK, order_id=order_id)
        moment = announce(trip)
    found = order.one_or_none()
    if found is None:
        return None
    return Held(found, lines.all(), moment.one())


_SELL: Prepared[ShownRow] = Prepared(
    text(
        f"""
        WITH {TAKEN}, items AS (
            UPDATE order_items
            SET line_cost = -taken.value_delta, category_id = categories.id,
                category_name = categories.name
            FROM taken
            JOIN products ON products.id = taken.product_id
            JOIN categories ON categories.id = products.category_id
            WHERE order_items.order_id = :order_id
                AND order_items.product_id = taken.product_id
            RETURNING order_items.*
        ), orders AS (
            UPDATE orders
            SET status = 'executed', executed_at = :moment, updated_at = :touched,
                version = version + 1
            WHERE id = :order_id AND status = 'pending'
            RETURNING *
        ), payment AS (
            INSERT INTO payments (order_id, user_id, method, reference, status, amount,
                created_at, settled_at)
            SELECT id, :user_id, 'invoice', :reference, 'captured', total, :moment,
                :moment
            FROM orders
            RETURNING *
        )
        SELECT {ORDER}, {LINE}, {PAYMENT}, false
        FROM orders, payment, items
        ORDER BY items.position
        """  # noqa: S608  # Columns of ours.
    ),
    tuple,
)


def sell_on_invoice(
    session: Session,
    order_id: int,
    user_id: int,
    *,
    reference: str,
    moment: datetime,
    touched: datetime,
) -> OrderView:
    """Execute an order that is held, and settle its payment in the shop's own books.

    Its pieces leave the stock, all or none; its lines keep what they had cost
    and the category they are sold in.
    """
    rows = _SELL.all(
        session,
        order_id=order_id,
        user_id=user_id,
        reference=reference,
        moment=moment,
        touched=touched,
    )
    return make_views(session, rows)[0]
