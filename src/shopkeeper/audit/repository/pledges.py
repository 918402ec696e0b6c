"""Promises about what is under way or was done: reservations, answers, activity."""

from sqlalchemy import BigInteger

from shopkeeper.audit.repository.check import EXECUTED, Check
from shopkeeper.database.statements import Fragment
from shopkeeper.models import Base

# Every table whose rows an answer can name by an id: a new one is among them.
_NAMED_BY_ID = [
    table.name
    for table in Base.metadata.sorted_tables
    if "id" in table.c and isinstance(table.c.id.type, BigInteger)
]


def _exists(table: str) -> Fragment:
    return Fragment(
        "WHEN '{table}' THEN EXISTS (SELECT FROM {table} WHERE {table}.id = named.id)",
        table=Fragment(table),
    )


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
                SELECT user_id, key, operation, entity, status, CASE
                    WHEN status < 300
                        AND headers ->> 'Content-Type' = 'application/json'
                        THEN convert_from(body, 'UTF8')::jsonb
                    END AS answer
                FROM idempotency_keys
            )
            SELECT format('key %s of user %s', kept.key, kept.user_id) AS subject,
                format('%s answered %s with %s %s', kept.operation,
                    coalesce(kept.status::text, 'nothing'),
                    coalesce(kept.entity, 'something of no table'),
                    coalesce(named.id::text, 'without an id')) AS found,
                'an effect that exists' AS expected
            FROM kept
            CROSS JOIN LATERAL (SELECT (kept.answer ->> 'id')::bigint AS id) AS named
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
                WHEN named.id IS NULL THEN false
                ELSE NOT (CASE kept.entity {exists} ELSE false END)
                    OR kept.entity = 'orders' AND (kept.answer ->> 'executed')::boolean
                        AND NOT EXISTS (
                            SELECT FROM orders
                            WHERE orders.id = named.id AND orders.status IN {executed}
                        )
            END
            """,
            exists=Fragment.joined(" ", map(_exists, _NAMED_BY_ID)),
            executed=EXECUTED,
        ),
    ),
    Check(
        "activities_name_what_exists",
        "Whatever staff has made or changed is there, and so is what the log says that"
        " was changed.",
        "SELECT (SELECT count(*) FROM activities)"
        " + (SELECT count(*) FROM activity_changes)",
        Fragment(
            """
            SELECT format('activity %s', told.id) AS subject,
                format('%s of %s %s', told.operation, told.entity, named.id) AS found,
                'something that exists' AS expected
            FROM (
                SELECT id, operation, entity, entity_id FROM activities
                UNION ALL
                SELECT activities.id, operation, changes.entity, changes.entity_id
                FROM activity_changes AS changes
                JOIN activities ON activities.id = changes.activity_id
            ) AS told
            CROSS JOIN LATERAL (SELECT told.entity_id AS id) AS named
            WHERE named.id IS NOT NULL
                AND NOT (CASE told.entity {exists} ELSE false END)
            """,
            exists=Fragment.joined(" ", map(_exists, _NAMED_BY_ID)),
        ),
    ),
]
