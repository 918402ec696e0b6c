"""Sums over what was sold and what came back, exact and as of any moment.

Every event counts at its own time: a sale when its order was executed, a
refund when the money was given back. What is read of a line is what it was sold as, so
nothing that later happens to the catalogue changes an answer.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Period:
    """The half-open period [start, end), as the books stood at `as_of`."""

    start: datetime | None
    end: datetime | None
    as_of: datetime


class Totals(NamedTuple):
    orders: int
    sold_revenue: Decimal
    sold_cost: Decimal
    refunded_revenue: Decimal
    restocked_cost: Decimal


class ProductTotals(NamedTuple):
    product_id: int
    product_name: str
    quantity: int
    revenue: Decimal
    cost: Decimal


class CategoryProductTotals(NamedTuple):
    category_id: int
    category_name: str
    product_id: int
    product_name: str
    quantity: int


def _within(column: str) -> str:
    # Written out for each column, so that its index is used.
    return (
        f"{column} >= coalesce(CAST(:start AS timestamptz), '-infinity')"
        f" AND {column} < coalesce(CAST(:end AS timestamptz), 'infinity')"
        f" AND {column} <= :as_of"
    )


_TOTALS = text(
    f"""
    WITH sold AS (
        SELECT count(DISTINCT orders.id) AS orders,
               coalesce(sum(line_total), 0) AS revenue,
               coalesce(sum(quantity * unit_cost), 0) AS cost
        FROM orders
        JOIN order_items ON order_items.order_id = orders.id
        WHERE {_within("orders.executed_at")}
    ), returned AS (
        SELECT coalesce(sum(refund_items.amount), 0) AS revenue,
               coalesce(sum(restocked_cost), 0) AS cost
        FROM refunds
        JOIN refund_items ON refund_items.refund_id = refunds.id
        WHERE refunds.status = 'succeeded' AND {_within("refunds.settled_at")}
    )
    SELECT sold.orders, sold.revenue, sold.cost, returned.revenue, returned.cost
    FROM sold, returned
    """  # noqa: S608  # Put together from constants.
)

_EVENTS = f"""
    WITH events AS (
        SELECT line.product_id, line.product_name,
               line.category_id, line.category_name, line.order_id,
               line.quantity,
               line.line_total AS revenue,
               line.quantity * coalesce(line.unit_cost, 0) AS cost
        FROM orders
        JOIN order_items AS line ON line.order_id = orders.id
        WHERE {_within("orders.executed_at")}
        UNION ALL
        SELECT line.product_id, line.product_name,
               line.category_id, line.category_name, line.order_id,
               -returned.quantity,
               -returned.amount,
               -returned.restocked_cost
        FROM refunds
        JOIN refund_items AS returned ON returned.refund_id = refunds.id
        JOIN order_items AS line
            ON line.order_id = returned.order_id
            AND line.product_id = returned.product_id
        WHERE refunds.status = 'succeeded' AND {_within("refunds.settled_at")}
    )
"""  # noqa: S608  # Put together from constants.

_PRODUCTS = text(
    _EVENTS  # noqa: S608  # Put together from constants.
    + """
    SELECT product_id,
           (array_agg(product_name ORDER BY order_id DESC))[1],
           sum(quantity)::bigint AS quantity,
           sum(revenue),
           sum(cost)
    FROM events
    GROUP BY product_id
    ORDER BY quantity DESC, product_id
    """
)

_CATEGORIES = text(
    _EVENTS  # noqa: S608  # Put together from constants.
    + """
    SELECT category_id,
           (array_agg(category_name ORDER BY order_id DESC))[1],
           product_id,
           (array_agg(product_name ORDER BY order_id DESC))[1],
           sum(quantity)::bigint AS quantity
    FROM events
    GROUP BY category_id, product_id
    ORDER BY category_id, quantity DESC, product_id
    """
)


def sum_all(session: Session, period: Period) -> Totals:
    return Totals(*session.execute(_TOTALS, _parameters(period)).one())


def sum_by_product(session: Session, period: Period) -> list[ProductTotals]:
    """Net of refunds, the best sold first."""
    rows = session.execute(_PRODUCTS, _parameters(period))
    return [ProductTotals(*row) for row in rows]


def sum_by_category(session: Session, period: Period) -> list[CategoryProductTotals]:
    """Net of refunds, each category's best sold first."""
    rows = session.execute(_CATEGORIES, _parameters(period))
    return [CategoryProductTotals(*row) for row in rows]


def _parameters(period: Period) -> dict[str, Any]:
    return {"start": period.start, "end": period.end, "as_of": period.as_of}
