"""Promises about money: what was paid and given back, to the last decimal."""

from shopkeeper.audit.repository.check import EXECUTED, Check
from shopkeeper.database.statements import Fragment

MONEY = [
    Check(
        "totals_are_the_sum_of_lines",
        "An order's total is the sum of its lines and adjustments, to the last"
        " decimal.",
        "SELECT count(*) FROM orders",
        """
        SELECT format('order %s', orders.id) AS subject,
            format('total %s', orders.total) AS found,
            format('%s of lines, %s of adjustments', coalesce(lines.total, 0),
                coalesce(adjusted.total, 0)) AS expected
        FROM orders
        LEFT JOIN (
            SELECT order_id, sum(line_total) AS total FROM order_items GROUP BY order_id
        ) AS lines ON lines.order_id = orders.id
        LEFT JOIN (
            SELECT order_id, sum(amount) AS total FROM order_adjustments
            GROUP BY order_id
        ) AS adjusted ON adjusted.order_id = orders.id
        WHERE orders.total
            IS DISTINCT FROM lines.total + coalesce(adjusted.total, 0)
        """,
    ),
    Check(
        "executed_orders_are_paid_once",
        "An executed order has exactly one payment, captured or due, of its total; no"
        " other order has one.",
        "SELECT count(*) FROM orders",
        Fragment(
            """
            SELECT format('order %s', orders.id) AS subject,
                format('%s captured or due in %s payments', coalesce(paid.amount, 0),
                    coalesce(paid.payments, 0)) AS found,
                CASE WHEN orders.status IN {executed}
                    THEN format('%s in 1', orders.total)
                    ELSE format('nothing, for it is %s', orders.status) END AS expected
            FROM orders
            LEFT JOIN (
                SELECT order_id, sum(amount) AS amount, count(*) AS payments
                FROM payments WHERE status IN ('captured', 'due') GROUP BY order_id
            ) AS paid ON paid.order_id = orders.id
            WHERE CASE WHEN orders.status IN {executed}
                THEN paid.payments IS DISTINCT FROM 1
                    OR paid.amount IS DISTINCT FROM orders.total
                ELSE paid.payments IS NOT NULL END
            """,
            executed=EXECUTED,
        ),
    ),
    Check(
        "refunds_add_up",
        "What was given back is what the refunds' items say, at the prices sold at but"
        " for what was given back of a line before, and never more than was paid.",
        "SELECT count(*) FROM refunds",
        """
        SELECT format('refund %s of order %s', refunds.id, refunds.order_id) AS subject,
            format('%s', refunds.amount) AS found,
            format('%s by its items', coalesce(items.amount, 0)) AS expected
        FROM refunds
        LEFT JOIN (
            SELECT refund_id, sum(amount) AS amount FROM refund_items GROUP BY refund_id
        ) AS items ON items.refund_id = refunds.id
        WHERE refunds.amount IS DISTINCT FROM items.amount
        UNION ALL
        SELECT format('refund %s, product %s', item.refund_id, line.product_id),
            format('%s for %s', item.amount, item.quantity),
            format('%s each', line.unit_price)
        FROM refund_items AS item
        JOIN order_items AS line
            ON line.order_id = item.order_id AND line.id = item.order_item_id
        WHERE item.quantity > 0 AND item.amount <> item.quantity * line.unit_price
            AND (
                item.amount > item.quantity * line.unit_price
                -- Money for no goods was given of this line before.
                OR NOT EXISTS (
                    SELECT FROM refund_items AS other
                    WHERE other.order_id = item.order_id
                        AND other.order_item_id = item.order_item_id
                        AND other.amount > other.quantity * line.unit_price
                        AND other.refund_id < item.refund_id
                )
            )
        UNION ALL
        SELECT format('order %s, product %s', line.order_id, line.product_id),
            format('%s given back of %s', given.amount, given.quantity),
            format('at most %s of %s', line.line_total, line.quantity)
        FROM order_items AS line
        JOIN (
            SELECT item.order_item_id, sum(item.amount) AS amount,
                sum(item.quantity) AS quantity
            FROM refund_items AS item JOIN refunds ON refunds.id = item.refund_id
            WHERE refunds.status IN ('pending', 'succeeded')
            GROUP BY item.order_item_id
        ) AS given ON given.order_item_id = line.id
        WHERE given.amount > line.line_total OR given.quantity > line.quantity
        UNION ALL
        SELECT format('payment %s of order %s', payments.id, payments.order_id),
            format('%s given back or on its way', given.amount),
            format('at most %s', payments.amount)
        FROM payments
        JOIN (
            SELECT payment_id, sum(amount) AS amount FROM refunds
            WHERE status IN ('pending', 'succeeded') GROUP BY payment_id
        ) AS given ON given.payment_id = payments.id
        WHERE given.amount > payments.amount
            OR payments.status NOT IN ('captured', 'due')
        """,
    ),
    Check(
        "orders_know_their_refunds",
        "An order's refunded total, its lines' refunded quantities and its status are"
        " what its refunds say.",
        "SELECT count(*) FROM orders",
        """
        SELECT format('order %s', orders.id) AS subject,
            format('%s, refunded %s', orders.status, orders.refunded_total) AS found,
            format('%s by its refunds', coalesce(given.amount, 0)) AS expected
        FROM orders
        LEFT JOIN (
            SELECT order_id, sum(amount) AS amount FROM refunds
            WHERE status = 'succeeded' GROUP BY order_id
        ) AS given ON given.order_id = orders.id
        WHERE orders.refunded_total <> coalesce(given.amount, 0)
            OR (orders.status = 'refunded') <> (orders.refunded_total = orders.total)
            OR (orders.status = 'partially_refunded') <> (
                orders.refunded_total > 0 AND orders.refunded_total < orders.total
            )
        UNION ALL
        SELECT format('order %s, product %s', line.order_id, line.product_id),
            format('%s refunded', line.refunded_quantity),
            format('%s by its refunds', coalesce(given.quantity, 0))
        FROM order_items AS line
        LEFT JOIN (
            SELECT item.order_item_id, sum(item.quantity) AS quantity
            FROM refund_items AS item
            JOIN refunds ON refunds.id = item.refund_id AND refunds.status = 'succeeded'
            GROUP BY item.order_item_id
        ) AS given ON given.order_item_id = line.id
        WHERE line.refunded_quantity <> coalesce(given.quantity, 0)
        """,
    ),
    Check(
        "invoices_are_due_until_paid",
        "What an invoice has received is what its receipts say, and it is due exactly"
        " as long as that and what was refunded is less than its amount.",
        "SELECT count(*) FROM payments WHERE due_at IS NOT NULL",
        """
        SELECT format('payment %s of order %s', payments.id, payments.order_id)
                AS subject,
            format('%s, %s received', payments.status, payments.received) AS found,
            format('%s by its receipts, %s refunded, of %s', coalesce(come.amount, 0),
                orders.refunded_total, payments.amount) AS expected
        FROM payments
        JOIN orders ON orders.id = payments.order_id
        LEFT JOIN (
            SELECT payment_id, sum(amount) AS amount FROM receipts GROUP BY payment_id
        ) AS come ON come.payment_id = payments.id
        WHERE payments.due_at IS NOT NULL AND (
            payments.received <> coalesce(come.amount, 0)
            OR (payments.status = 'due')
                <> (payments.received + orders.refunded_total < payments.amount)
        )
        """,
    ),
    Check(
        "numbers_have_no_gap",
        "Invoices and credit notes are numbered from 1 to the last of their series.",
        "SELECT (SELECT count(*) FROM orders WHERE invoice_number IS NOT NULL)"
        " + (SELECT count(*) FROM refunds WHERE credit_note_number IS NOT NULL)",
        """
        SELECT format('series %s', series.name) AS subject,
            format('%s numbers, up to %s', coalesce(given.numbers, 0),
                coalesce(given.last, 0)) AS found,
            format('%s', series.last_number) AS expected
        FROM number_series AS series
        LEFT JOIN (
            SELECT left(number, -1 - length(substring(number from '[0-9]+$'))) AS name,
                count(*) AS numbers,
                max(CAST(substring(number from '[0-9]+$') AS bigint)) AS last
            FROM (
                SELECT invoice_number FROM orders WHERE invoice_number IS NOT NULL
                UNION ALL
                SELECT credit_note_number FROM refunds
                WHERE credit_note_number IS NOT NULL
            ) AS numbered (number)
            GROUP BY 1
        ) AS given USING (name)
        WHERE (given.numbers, given.last)
            IS DISTINCT FROM (series.last_number, series.last_number)
        """,
    ),
    Check(
        "outside_money_is_booked",
        "A refund made elsewhere is matched with one of its amount and payment, and a"
        " lost dispute is booked as far as its order was not given back.",
        "SELECT (SELECT count(*) FROM outside_refunds)"
        " + (SELECT count(*) FROM disputes)",
        """
        SELECT format('outside refund %s', outside.reference) AS subject,
            format('%s, %s of refund %s', refunds.paid_by, refunds.amount, refunds.id)
                AS found,
            format('outside, %s', outside.amount) AS expected
        FROM outside_refunds AS outside
        JOIN refunds ON refunds.id = outside.refund_id
        WHERE refunds.amount <> outside.amount OR refunds.paid_by <> 'outside'
            OR refunds.payment_id <> outside.payment_id
            OR refunds.reference <> outside.reference
        UNION ALL
        SELECT format('dispute %s', dispute.reference),
            format('%s, %s booked', dispute.status, coalesce(refunds.amount, 0)),
            CASE WHEN dispute.status = 'lost' THEN format('%s', dispute.amount)
                ELSE 'nothing' END
        FROM disputes AS dispute
        JOIN payments ON payments.id = dispute.payment_id
        JOIN orders ON orders.id = payments.order_id
        LEFT JOIN refunds ON refunds.id = dispute.refund_id
        WHERE CASE WHEN dispute.status = 'lost'
            THEN coalesce(refunds.amount, 0) > dispute.amount
                OR refunds.status <> 'succeeded'
                OR refunds.paid_by <> 'dispute'
                OR (refunds.id IS NULL AND orders.refunded_total = 0)
            ELSE dispute.refund_id IS NOT NULL END
        UNION ALL
        SELECT format('refund %s', refunds.id), 'of no dispute', 'of one that is lost'
        FROM refunds
        WHERE refunds.paid_by = 'dispute' AND refunds.status = 'succeeded'
            AND NOT EXISTS (
                SELECT FROM disputes WHERE disputes.refund_id = refunds.id
            )
        """,
    ),
    Check(
        "the_test_gateway_agrees",
        "Nothing stands captured at the test gateway that the books do not know of,"
        " and the other way round.",
        "SELECT (SELECT count(*) FROM test_gateway_charges)"
        " + (SELECT count(*) FROM test_gateway_refunds)",
        """
        SELECT CASE WHEN payments.id IS NULL THEN format('charge %s', charge.key)
                ELSE format('payment %s of order %s', payments.id, payments.order_id)
                END AS subject,
            format('%s in the books', coalesce(payments.status, 'nothing')) AS found,
            format('%s of %s at the gateway', coalesce(charge.status, 'nothing'),
                coalesce(charge.amount, 0)) AS expected
        FROM (SELECT * FROM payments WHERE method = 'test') AS payments
        FULL JOIN test_gateway_charges AS charge ON charge.key = payments.key
        WHERE coalesce(payments.status, '') <> 'pending'
            AND (
                (coalesce(payments.status, '') = 'captured')
                    <> (coalesce(charge.status, '') = 'captured')
                OR (payments.status = 'captured' AND charge.amount <> payments.amount)
            )
        UNION ALL
        SELECT CASE WHEN refunds.id IS NULL THEN format('refund %s', given.key)
                ELSE format('refund %s of order %s', refunds.id, refunds.order_id) END,
            format('%s in the books', coalesce(refunds.status, 'nothing')),
            format('%s at the gateway', coalesce(given.amount::text, 'nothing'))
        FROM (
            SELECT refunds.* FROM refunds
            JOIN payments ON payments.id = payment_id AND payments.method = 'test'
            WHERE refunds.paid_by = 'original'
        ) AS refunds
        FULL JOIN test_gateway_refunds AS given ON given.key = refunds.key
        WHERE coalesce(refunds.status, '') <> 'pending'
            AND CASE
                WHEN refunds.status IN ('succeeded', 'reversed')
                    THEN refunds.amount IS DISTINCT FROM given.amount
                        OR (refunds.status = 'reversed' AND given.status = 'succeeded')
                ELSE given.key IS NOT NULL END
        """,
    ),
]
