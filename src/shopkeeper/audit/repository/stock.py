"""Promises about stock: every quantity explained by its movements."""

from shopkeeper.audit.repository.check import REFUND_ITEMS, SOLD, Check
from shopkeeper.database.statements import Fragment

STOCK = [
    Check(
        "stock_is_the_sum_of_its_movements",
        "Every quantity is the sum of its movements, none lost and none unexplained.",
        "SELECT count(*) FROM variants",
        """
        SELECT format('variant %s', variants.id) AS subject,
            format('quantity %s%s', stock.quantity,
                ', waiting ' || nullif(stock.waiting, 0)) AS found,
            format('quantity %s%s, the sum of %s movements', coalesce(ledger.total, 0),
                ', waiting ' || nullif(ledger.waiting, 0),
                coalesce(ledger.movements, 0)) AS expected
        FROM variants
        LEFT JOIN stock ON stock.variant_id = variants.id
        LEFT JOIN (
            SELECT variant_id, location_id, sum(delta) AS total,
                sum(waiting_delta) AS waiting, count(*) AS movements,
                max(sequence) AS last
            FROM stock_movements GROUP BY variant_id, location_id
        ) AS ledger ON ledger.variant_id = variants.id
            AND ledger.location_id = stock.location_id
        WHERE stock.quantity IS DISTINCT FROM coalesce(ledger.total, 0)
            OR stock.waiting <> coalesce(ledger.waiting, 0)
            OR stock.version <> ledger.last
        """,
    ),
    Check(
        "movements_follow_each_other",
        "Each movement continues from the balance before it; none is missing, and"
        " no balance was ever below zero.",
        "SELECT count(*) FROM stock_movements",
        """
        SELECT format('variant %s, movement %s', variant_id, sequence) AS subject,
            format('balance %s after %s%s%s', balance_after,
                CASE WHEN delta > 0 THEN '+' ELSE '' END, delta,
                ', waiting ' || nullif(waiting_after, 0)) AS found,
            format('movement %s, balance %s%s', before_sequence + 1,
                before_balance + delta,
                ', waiting ' || nullif(before_waiting + waiting_delta, 0)) AS expected
        FROM (
            SELECT variant_id, sequence, delta, balance_after, waiting_delta,
                waiting_after,
                lag(waiting_after, 1, 0) OVER following AS before_waiting,
                lag(sequence, 1, sequence - 1) OVER following AS before_sequence,
                lag(balance_after, 1, 0) OVER following AS before_balance
            FROM stock_movements
            WINDOW following AS (
                PARTITION BY variant_id, location_id ORDER BY sequence
            )
        ) AS chain
        WHERE sequence <> before_sequence + 1
            OR balance_after <> before_balance + delta
            OR balance_after < 0
            OR waiting_after <> before_waiting + waiting_delta
        """,
    ),
    Check(
        "orders_moved_what_they_sold",
        "The stock an order has moved is exactly its lines, if it is executed or being"
        " paid, less what it waits for or will not get; and nothing otherwise.",
        "SELECT count(*) FROM order_items",
        Fragment(
            """
            SELECT format('order %s, variant %s', order_id, variant_id) AS subject,
                format('moved %s', moved) AS found,
                format('%s, for it is %s', wanted, status) AS expected
            FROM (
                SELECT orders.id AS order_id, variant_id, orders.status,
                    coalesce(moves.moved, 0) AS moved,
                    CASE WHEN orders.status IN {sold} AND line.tracked
                        THEN coalesce(late.waiting, 0) + coalesce(cancelled.pieces, 0)
                            - line.quantity
                        ELSE 0 END AS wanted
                FROM order_items AS line
                LEFT JOIN backorders AS late USING (order_id, variant_id)
                LEFT JOIN (
                    SELECT item.order_id, item.variant_id,
                        sum(item.cancelled_quantity) AS pieces
                    FROM {items} AS item
                    JOIN refunds ON refunds.id = item.refund_id
                    WHERE item.cancelled_quantity > 0 AND refunds.status <> 'failed'
                    GROUP BY item.order_id, item.variant_id
                ) AS cancelled USING (order_id, variant_id)
                FULL JOIN (
                    SELECT order_id, variant_id, sum(delta) AS moved
                    FROM stock_movements
                    WHERE order_id IS NOT NULL AND reason <> 'refund'
                    GROUP BY order_id, variant_id
                ) AS moves USING (order_id, variant_id)
                JOIN orders ON orders.id = order_id
            ) AS compared
            WHERE moved <> wanted
            """,
            sold=SOLD,
            items=REFUND_ITEMS,
        ),
    ),
    Check(
        "backorders_wait_in_line",
        "Whoever waits for pieces waits for as many as the ledger says, and nobody does"
        " while there are some.",
        "SELECT count(*) FROM stock",
        """
        SELECT format('order %s, variant %s', order_id, variant_id) AS subject,
            format('%s waiting', coalesce(late.waiting, 0)) AS found,
            format('%s by the ledger', coalesce(ledger.waiting, 0)) AS expected
        FROM backorders AS late
        FULL JOIN (
            SELECT order_id, variant_id, sum(waiting_delta) AS waiting
            FROM stock_movements
            WHERE order_id IS NOT NULL AND waiting_delta <> 0
            GROUP BY order_id, variant_id
        ) AS ledger USING (order_id, variant_id)
        WHERE coalesce(late.waiting, 0) <> coalesce(ledger.waiting, 0)
        UNION ALL
        SELECT format('variant %s', variant_id),
            format('%s there, and %s waited for', quantity, waiting),
            'nobody waits for what is there'
        FROM stock WHERE quantity > 0 AND waiting > 0
        UNION ALL
        SELECT format('order %s, variant %s', order_id, variant_id),
            format('%s sold before they were there', line.backordered),
            CASE WHEN late.order_id IS NULL THEN 'a backorder' ELSE 'none' END
        FROM order_items AS line
        FULL JOIN backorders AS late USING (order_id, variant_id)
        WHERE (line.backordered > 0) <> (late.order_id IS NOT NULL)
        """,
    ),
    Check(
        "refunds_restocked_what_they_say",
        "What a refund put back on the shelf is exactly what its items say, and of no"
        " line more than was sold.",
        "SELECT count(*) FROM refund_items",
        Fragment(
            """
            SELECT format('refund %s, variant %s', refund_id, variant_id) AS subject,
                format('moved %s, %s cancelled', moved, cancelled) AS found,
                format('%s, %s cancelled', wanted, unwanted) AS expected
            FROM (
                SELECT refunds.id AS refund_id, variant_id,
                    coalesce(moves.moved, 0) AS moved,
                    coalesce(moves.cancelled, 0) AS cancelled,
                    CASE WHEN refunds.status IN ('succeeded', 'reversed')
                        THEN coalesce(item.restocked_quantity, 0) ELSE 0 END AS wanted,
                    CASE WHEN refunds.status <> 'failed'
                        THEN coalesce(item.cancelled_quantity, 0) ELSE 0 END AS unwanted
                FROM {items} AS item
                FULL JOIN (
                    SELECT refund_id, variant_id, sum(delta) AS moved,
                        -sum(waiting_delta) AS cancelled
                    FROM stock_movements WHERE refund_id IS NOT NULL
                    GROUP BY refund_id, variant_id
                ) AS moves USING (refund_id, variant_id)
                JOIN refunds ON refunds.id = refund_id
            ) AS compared
            WHERE moved <> wanted OR cancelled <> unwanted
            UNION ALL
            SELECT format('order %s, variant %s', line.order_id, line.variant_id),
                format('%s put back on the shelf', back.quantity),
                format('at most the %s sold', line.quantity)
            FROM order_items AS line
            JOIN (
                SELECT item.order_id, item.variant_id,
                    sum(item.restocked_quantity) AS quantity
                FROM {items} AS item JOIN refunds ON refunds.id = item.refund_id
                WHERE refunds.status IN ('succeeded', 'reversed')
                GROUP BY item.order_id, item.variant_id
            ) AS back USING (order_id, variant_id)
            WHERE back.quantity > line.quantity
            UNION ALL
            SELECT format('refund %s', refunds.id),
                CASE WHEN refunds.restocked THEN 'restocked' ELSE 'not restocked' END,
                format('%s put back by its items', back.quantity)
            FROM refunds
            JOIN (
                SELECT refund_id, sum(restocked_quantity) AS quantity
                FROM refund_items GROUP BY refund_id
            ) AS back ON back.refund_id = refunds.id
            WHERE refunds.restocked <> (back.quantity > 0)
            """,
            items=REFUND_ITEMS,
        ),
    ),
]
