"""What is on the shelves and what it is worth, as of any moment.

The present is taken back to the moment asked for: by the movements since then,
and by what products and categories were before they changed.
"""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.statistics.repository.scope import in_category


class Shelves(NamedTuple):
    """All products on sale together; their ids, if only some were asked for."""

    products: int
    units: int
    value_at_cost: Decimal
    value_at_price: Decimal
    out_of_stock: int
    low_stock: int
    # Of what has left the catalogue.
    removed_units: int
    removed_value_at_cost: Decimal
    product_ids: tuple[int, ...] | None = None


# Where a revision is valid beyond the moment, the earliest such is what was.
_THEN = Fragment("""
    WITH moved AS (
        SELECT variant_id, location_id, sum(delta) AS delta, sum(value_delta) AS value
        FROM stock_movements
        WHERE created_at > :as_of
        GROUP BY variant_id, location_id
    ), was AS (
        SELECT DISTINCT ON (product_id) product_id, category_id
        FROM product_revisions
        WHERE valid_until > :as_of
        ORDER BY product_id, valid_until, version
    ), was_priced AS (
        SELECT DISTINCT ON (variant_id) variant_id, price, removed_at
        FROM variant_revisions
        WHERE valid_until > :as_of
        ORDER BY variant_id, valid_until, version
    ), was_named AS (
        SELECT DISTINCT ON (category_id) category_id, name
        FROM category_revisions
        WHERE valid_until > :as_of
        ORDER BY category_id, valid_until, version
    ), shelf AS (
        SELECT products.id AS product_id,
            stock.quantity - coalesce(moved.delta, 0) AS quantity,
            stock.value - coalesce(moved.value, 0) AS value,
            coalesce(was_priced.price, variants.price) AS price,
            coalesce(was.category_id, products.category_id) AS category_id,
            coalesce(
                CASE WHEN was_priced.variant_id IS NULL
                    THEN variants.removed_at ELSE was_priced.removed_at END,
                'infinity'
            ) <= :as_of AS has_left
        FROM products
        JOIN variants ON variants.product_id = products.id
        JOIN stock ON stock.variant_id = variants.id
        LEFT JOIN moved ON moved.variant_id = stock.variant_id
            AND moved.location_id = stock.location_id
        LEFT JOIN was ON was.product_id = products.id
        LEFT JOIN was_priced ON was_priced.variant_id = variants.id
        WHERE variants.created_at <= :as_of{product}
    )
    {shelves}
""")

# A product is out of stock, or low, by all of its variants together. What has left the
# catalogue stands apart.
_SHELVES = Fragment("""
    SELECT count(*) FILTER (WHERE NOT has_left),
        coalesce(sum(quantity) FILTER (WHERE NOT has_left), 0),
        coalesce(sum(value) FILTER (WHERE NOT has_left), 0),
        coalesce(sum(price) FILTER (WHERE NOT has_left), 0),
        count(*) FILTER (WHERE quantity = 0 AND NOT has_left),
        count(*) FILTER (WHERE quantity BETWEEN 1 AND :low AND NOT has_left),
        coalesce(sum(quantity) FILTER (WHERE has_left), 0),
        coalesce(sum(value) FILTER (WHERE has_left), 0){ids}
    FROM (
        SELECT product_id, category_id, has_left, sum(quantity) AS quantity,
            sum(value) AS value, sum(quantity * price) AS price
        FROM shelf
        GROUP BY product_id, category_id, has_left
    ) AS shelf{category}
    WHERE true{condition}
""")

_ON_SALE = Fragment(", array_agg(shelf.product_id) FILTER (WHERE NOT has_left)")
_IN_CATEGORY = Fragment("""
    JOIN categories ON categories.id = shelf.category_id
    LEFT JOIN was_named ON was_named.category_id = categories.id
""")


_IS_PRESENT = Fragment("""
    NOT EXISTS (SELECT FROM stock_movements WHERE created_at > :as_of)
    AND NOT EXISTS (SELECT FROM product_revisions WHERE valid_until > :as_of)
    AND NOT EXISTS (SELECT FROM variant_revisions WHERE valid_until > :as_of)
    AND NOT EXISTS (SELECT FROM category_revisions WHERE valid_until > :as_of)
    AND NOT EXISTS (SELECT FROM variants WHERE created_at > :as_of)
""")

# The same, where nothing has changed since: no row, if something has. It looks
# for itself, as something may change between two statements.
_NOW = Fragment(
    """
    WITH was_named AS (SELECT CAST(NULL AS bigint) AS category_id, '' AS name),
    shelf AS (
        SELECT products.id AS product_id, quantity, value, variants.price, category_id,
            variants.removed_at IS NOT NULL AS has_left
        FROM products
        JOIN variants ON variants.product_id = products.id
        JOIN stock ON stock.variant_id = variants.id
        WHERE true{product}
    )
    {shelves}
    HAVING {is_present}
    """,
    is_present=_IS_PRESENT,
)


def sum_shelves(
    session: Session,
    as_of: datetime,
    *,
    low: int,
    category: str | None,
    category_id: int | None,
    product_id: int | None,
) -> Shelves:
    """What products on sale at a moment were there, and were worth.

    Args:
        session: The transaction.
        as_of: The moment.
        low: Up to how many pieces a stock is low.
        category: Of this alone, by the path it had then, with what stands below it.
        category_id: Of this alone, whatever it was called.
        product_id: Of this alone.
    """
    nothing = Fragment("")
    conditions = []
    if category is not None:
        path = Fragment("coalesce(was_named.name, categories.path)")
        conditions.append(Fragment(" AND {it}", it=in_category(path)))
    if category_id is not None:
        conditions.append(Fragment(" AND shelf.category_id = :category_id"))
    ids = _ON_SALE if conditions else nothing
    product = nothing if product_id is None else Fragment(" AND products.id = :product")
    shelves = Fragment(
        _SHELVES,
        category=nothing if category is None else _IN_CATEGORY,
        condition=Fragment.joined("", conditions),
        ids=ids,
    )
    values = {
        "as_of": as_of,
        "low": low,
        "category": category,
        "category_id": category_id,
        "product": product_id,
    }
    row = None
    if session.scalar(text(Fragment("SELECT {it}", it=_IS_PRESENT)), values):
        now = text(Fragment(_NOW, product=product, shelves=shelves))
        row = session.execute(now, values).one_or_none()
    if row is None:
        then = text(Fragment(_THEN, product=product, shelves=shelves))
        row = session.execute(then, values).one()
    return Shelves(
        *(int(row[0]), int(row[1]), row[2], row[3], int(row[4]), int(row[5])),
        *(int(row[6]), row[7]),
        product_ids=tuple(row[8] or ()) if ids else None,
    )
