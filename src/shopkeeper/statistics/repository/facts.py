"""What is counted of each sale, and of what came back of it."""

from shopkeeper.database.statements import Fragment

MEASURES = (
    "lines",
    "units",
    "revenue",
    "cost",
    "refunded_units",
    "refunded_revenue",
    "restocked_cost",
    "costless_units",
    "costless_revenue",
)
# A line whose pieces left the shelf at no cost: none was known, or they were free.
# Of one that had to wait for pieces, it is not known yet what they cost.
_COSTLESS = Fragment(
    "CASE WHEN coalesce(line.line_cost, 0) = 0 AND line.backordered = 0"
    " THEN {what} ELSE 0 END"
)
COLUMNS = Fragment.joined(", ", map(Fragment, MEASURES))
SUMS = Fragment.joined(", ", [Fragment(f"sum({name}) AS {name}") for name in MEASURES])

# Every sale and refund of some days, and every refund whose money came back, a row
# for each line it is about. Goods that a refund put back stay when its money does not.
# What was sold before it was there costs what it does when it comes in.
FACTS = Fragment(
    """
    SELECT orders.executed_at AS moment, orders.id AS order_id, orders.country_code,
        line.product_id, line.variant_id, line.product_name, line.category_id,
        line.category_name,
        1 AS lines, line.quantity AS units, line.line_total AS revenue,
        line.line_cost AS cost, 0 AS refunded_units,
        CAST(0 AS numeric) AS refunded_revenue, CAST(0 AS numeric) AS restocked_cost,
        {costless_units} AS costless_units,
        {costless_revenue} AS costless_revenue
    FROM orders
    JOIN order_items AS line ON line.order_id = orders.id
    WHERE {sold}
    UNION ALL
    SELECT refunds.settled_at, NULL, orders.country_code,
        line.product_id, line.variant_id, line.product_name, line.category_id,
        line.category_name,
        0, 0, 0, 0, item.quantity, item.amount, item.restocked_cost,
        {costless_units_back}, {costless_revenue_back}
    FROM refunds
    JOIN refund_items AS item ON item.refund_id = refunds.id
    JOIN orders ON orders.id = refunds.order_id
    JOIN order_items AS line
        ON line.order_id = item.order_id AND line.id = item.order_item_id
    WHERE refunds.status IN ('succeeded', 'reversed') AND {refunded}
    UNION ALL
    SELECT refunds.reversed_at, NULL, orders.country_code,
        line.product_id, line.variant_id, line.product_name, line.category_id,
        line.category_name,
        0, 0, 0, 0, -item.quantity, -item.amount, 0,
        {costless_units_again}, {costless_revenue_again}
    FROM refunds
    JOIN refund_items AS item ON item.refund_id = refunds.id
    JOIN orders ON orders.id = refunds.order_id
    JOIN order_items AS line
        ON line.order_id = item.order_id AND line.id = item.order_item_id
    WHERE {reversed}
    UNION ALL
    SELECT filled.created_at, NULL, orders.country_code,
        line.product_id, line.variant_id, line.product_name, line.category_id,
        line.category_name,
        0, 0, 0, -filled.value_delta, 0, 0, 0, 0, 0
    FROM stock_movements AS filled
    JOIN orders ON orders.id = filled.order_id
        AND filled.created_at > orders.executed_at
    JOIN order_items AS line
        ON line.order_id = filled.order_id AND line.variant_id = filled.variant_id
    WHERE filled.reason = 'fulfilment' AND {filled}
    """,
    costless_units=Fragment(_COSTLESS, what=Fragment("line.quantity")),
    costless_revenue=Fragment(_COSTLESS, what=Fragment("line.line_total")),
    costless_units_back=Fragment(_COSTLESS, what=Fragment("-item.quantity")),
    costless_revenue_back=Fragment(_COSTLESS, what=Fragment("-item.amount")),
    costless_units_again=Fragment(_COSTLESS, what=Fragment("item.quantity")),
    costless_revenue_again=Fragment(_COSTLESS, what=Fragment("item.amount")),
)
