"""Promises about what goods have cost: every value explained, to the last decimal."""

from shopkeeper.audit.repository.check import REFUND_ITEMS, SOLD, Check
from shopkeeper.database.statements import Fragment

VALUE = [
    Check(
        "value_is_the_sum_of_its_movements",
        "The value of every stock is the sum of its movements', one after the other,"
        " and its cost the average.",
        "SELECT count(*) FROM stock_movements",
        """
        SELECT format('variant %s', stock.variant_id) AS subject,
            format('value %s at %s', stock.value, stock.cost) AS found,
            format('value %s', coalesce(ledger.total, 0)) AS expected
        FROM stock
        LEFT JOIN (
            SELECT variant_id, location_id, sum(value_delta) AS total
            FROM stock_movements GROUP BY variant_id, location_id
        ) AS ledger USING (variant_id, location_id)
        WHERE stock.value <> coalesce(ledger.total, 0)
            OR (stock.quantity = 0 AND stock.value <> 0)
            OR (
                stock.quantity > 0
                AND coalesce(stock.cost, 0) <> round(
                    stock.value * 1.00000000000000000000 / stock.quantity, 10
                )
            )
        UNION ALL
        SELECT format('variant %s, movement %s', variant_id, sequence),
            format('value %s after %s', value_after, value_delta),
            format('value %s', before + value_delta)
        FROM (
            SELECT variant_id, sequence, value_delta, value_after,
                lag(value_after, 1, 0) OVER following AS before
            FROM stock_movements
            WINDOW following AS (
                PARTITION BY variant_id, location_id ORDER BY sequence
            )
        ) AS chain
        WHERE value_after <> before + value_delta
        """,
    ),
    Check(
        "lines_cost_what_left_the_shelf",
        "A sold line's cost is what its pieces took out of the stock's value, at once"
        " or when they came in, and a refund brings back what of it was restocked.",
        "SELECT count(*) FROM order_items",
        Fragment(
            """
            SELECT format('order %s, variant %s', order_id, variant_id) AS subject,
                format('moved %s', coalesce(moves.value, 0)) AS found,
                format('%s, for it is %s', wanted, status) AS expected
            FROM (
                SELECT line.order_id, line.variant_id, orders.status,
                    CASE WHEN orders.status IN {sold} AND line.tracked
                        THEN -line.line_cost - coalesce(late.cost, 0) ELSE 0
                    END AS wanted
                FROM order_items AS line
                JOIN orders ON orders.id = line.order_id
                LEFT JOIN backorders AS late
                    ON late.order_id = line.order_id AND late.order_item_id = line.id
            ) AS line
            LEFT JOIN (
                SELECT order_id, variant_id, sum(value_delta) AS value
                FROM stock_movements
                WHERE order_id IS NOT NULL AND reason <> 'refund'
                GROUP BY order_id, variant_id
            ) AS moves USING (order_id, variant_id)
            WHERE coalesce(moves.value, 0) IS DISTINCT FROM wanted
            UNION ALL
            SELECT format('refund %s, variant %s', refund_id, variant_id),
                format('brought back %s', coalesce(moves.value, 0)),
                format('%s of %s', item.restocked_cost, item.cost)
            FROM {items} AS item
            JOIN refunds ON refunds.id = item.refund_id
            LEFT JOIN (
                SELECT refund_id, variant_id, sum(value_delta) AS value
                FROM stock_movements WHERE refund_id IS NOT NULL
                GROUP BY refund_id, variant_id
            ) AS moves USING (refund_id, variant_id)
            WHERE coalesce(moves.value, 0)
                    <> CASE WHEN refunds.status IN ('succeeded', 'reversed')
                    THEN item.restocked_cost ELSE 0 END
                OR CASE item.restocked_quantity
                    WHEN 0 THEN item.restocked_cost <> 0
                    WHEN item.quantity - item.cancelled_quantity
                        THEN item.restocked_cost <> item.cost
                    ELSE item.restocked_cost > item.cost END
            """,
            sold=SOLD,
            items=REFUND_ITEMS,
        ),
    ),
    Check(
        "inventory_value_is_explained",
        "The inventory is worth what was received, counted and revalued, less the cost"
        " of what was sold, and what of that was restocked.",
        "SELECT count(*) FROM stock",
        Fragment(
            """
        SELECT 'the inventory' AS subject,
            format('worth %s', worth.value) AS found,
            format('%s in, %s sold, %s restocked', entered.value, sold.cost, back.cost)
                AS expected
        FROM (SELECT coalesce(sum(value), 0) AS value FROM stock) AS worth,
            (
                SELECT coalesce(sum(value_delta), 0) AS value FROM stock_movements
                WHERE order_id IS NULL
            ) AS entered,
            (
                SELECT coalesce(sum(line.line_cost + coalesce(late.cost, 0)), 0) AS cost
                FROM order_items AS line
                JOIN orders ON orders.id = line.order_id
                LEFT JOIN backorders AS late
                    ON late.order_id = line.order_id AND late.order_item_id = line.id
                WHERE line.tracked AND orders.status IN {sold}
            ) AS sold,
            (
                SELECT coalesce(sum(restocked_cost), 0) AS cost FROM refund_items
                JOIN refunds ON refunds.id = refund_id
                WHERE refunds.status IN ('succeeded', 'reversed')
            ) AS back
        WHERE worth.value <> entered.value - sold.cost + back.cost
            """,
            sold=SOLD,
        ),
    ),
]
