"""Promises about what is under way: reservations, and answers for retries."""

from shopkeeper.audit.repository.check import EXECUTED, Check
from shopkeeper.database.statements import Fragment

PLEDGES = [
    Check(
        "reservations_end_in_time",
        "An order is processing exactly as long as its payment is pending, and no"
        " reservation is more than a minute past its deadline.",
        "SELECT count(*) FROM payments",
        """
        SELECT format('order %s', coalesce(orders.id, payments.order_id)) AS subject,
            format('%s, payment %s', coalesce(orders.status, 'not processing'),
                CASE WHEN payments.id IS NULL THEN 'not pending'
                    ELSE format('pending until %s', payments.expires_at) END) AS found,
            'processing with a pending payment before its deadline' AS expected
        FROM (SELECT * FROM orders WHERE status = 'processing') AS orders
        FULL JOIN (SELECT * FROM payments WHERE status = 'pending') AS payments
            ON payments.order_id = orders.id
        WHERE orders.id IS NULL OR payments.id IS NULL
            OR payments.expires_at < now() - interval '60 seconds'
        """,
    ),
    Check(
        "answers_name_what_exists",
        "Every answer kept for a retry names an effect that is there; what is begun"
        " without an answer has its payment or refund.",
        "SELECT count(*) FROM idempotency_keys",
        Fragment(
            """
        WITH kept AS (
            SELECT user_id, key, operation, status, CASE
                WHEN status < 300 AND headers ->> 'Content-Type' = 'application/json'
                    THEN (convert_from(body, 'UTF8')::jsonb ->> 'id')::bigint
                END AS id
            FROM idempotency_keys
        )
        SELECT format('key %s of user %s', kept.key, kept.user_id) AS subject,
            format('%s answered %s with id %s', kept.operation,
                coalesce(kept.status::text, 'nothing'),
                coalesce(kept.id::text, 'none')) AS found,
            'an effect that exists' AS expected
        FROM kept
        LEFT JOIN orders ON kept.operation LIKE '%\\_order' AND orders.id = kept.id
        LEFT JOIN products
            ON kept.operation LIKE '%\\_product' AND products.id = kept.id
        LEFT JOIN categories
            ON kept.operation LIKE '%\\_category' AND categories.id = kept.id
        LEFT JOIN imports
            ON kept.operation = 'import_products' AND imports.id = kept.id
        WHERE CASE
            WHEN kept.status IS NULL THEN NOT EXISTS (
                SELECT FROM payments
                WHERE payments.user_id = kept.user_id
                    AND payments.idempotency_key = kept.key
            ) AND NOT EXISTS (
                SELECT FROM refunds
                WHERE refunds.user_id = kept.user_id
                    AND refunds.idempotency_key = kept.key
            )
            WHEN kept.id IS NULL THEN false
            WHEN kept.operation IN ('execute_order', 'refund_order')
                THEN orders.status IS NULL OR orders.status NOT IN {executed}
            WHEN kept.operation LIKE '%\\_order' THEN orders.id IS NULL
            WHEN kept.operation LIKE '%\\_product' THEN products.id IS NULL
            WHEN kept.operation LIKE '%\\_category' THEN categories.id IS NULL
            WHEN kept.operation = 'import_products' THEN imports.id IS NULL
            ELSE false
        END
        """,
            executed=EXECUTED,
        ),
    ),
]
