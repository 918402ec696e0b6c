"""Mending what has one right answer, each mend told as it is made.

What the ledger and the refunds say is history and is right; what stands
beside it, to be read quickly, is made to agree. Nothing is mended whose
history itself is broken.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

_STOCK = text(
    """
    WITH ledger AS (
        SELECT variant_id, location_id, sum(delta) AS total, max(sequence) AS last,
            sum(waiting_delta) AS waiting,
            (array_agg(waiting_after ORDER BY sequence DESC))[1] AS waiting_after,
            (array_agg(balance_after ORDER BY sequence DESC))[1] AS balance,
            sum(value_delta) AS value,
            (array_agg(value_after ORDER BY sequence DESC))[1] AS value_after,
            max(sequence) - min(sequence) + 1 = count(*) AS whole
        FROM stock_movements GROUP BY variant_id, location_id
    )
    INSERT INTO stock_movements
        (variant_id, location_id, delta, reason, note, created_at)
    SELECT stock.variant_id, stock.location_id, 0, 'correction',
        format('Stock said %s worth %s; its movements add up to %s worth %s.',
            stock.quantity, stock.value,
            coalesce(ledger.total, 0), coalesce(ledger.value, 0)),
        :moment
    FROM stock
    LEFT JOIN ledger USING (variant_id, location_id)
    WHERE (
            stock.quantity <> coalesce(ledger.total, 0)
            OR stock.value <> coalesce(ledger.value, 0)
            OR stock.waiting <> coalesce(ledger.waiting, 0)
            OR stock.version <> ledger.last
        )
        AND (
            ledger.variant_id IS NULL
            OR (
                ledger.whole
                AND ledger.balance = ledger.total
                AND ledger.value_after = ledger.value
                AND ledger.waiting_after = ledger.waiting
            )
        )
    ORDER BY stock.variant_id, stock.location_id
    RETURNING format('Variant %s: %s', variant_id, note)
    """
)

_HELD = text(
    """
    INSERT INTO stock_movements
        (variant_id, location_id, delta, value_delta, reason, order_id, note,
        created_at)
    SELECT variant_id, location_id, -moved, -value, 'correction', order_id,
        format('Order %s is %s and had still moved %s.', order_id, status, moved),
        :moment
    FROM (
        SELECT order_id, variant_id, location_id, orders.status, sum(delta) AS moved,
            sum(value_delta) AS value
        FROM stock_movements
        JOIN orders ON orders.id = order_id
        WHERE reason <> 'refund' AND orders.status IN ('pending', 'cancelled')
        GROUP BY order_id, variant_id, location_id, orders.status
        HAVING sum(delta) < 0
    ) AS held
    ORDER BY variant_id, order_id
    RETURNING format('Variant %s: %s', variant_id, note)
    """
)

_LINES = text(
    """
    UPDATE order_items AS line
    SET refunded_quantity = given.quantity
    FROM (
        SELECT line.order_id, line.id,
            coalesce(sum(item.quantity) FILTER (WHERE refunds.status = 'succeeded'), 0)
                AS quantity
        FROM order_items AS line
        LEFT JOIN refund_items AS item ON item.order_item_id = line.id
        LEFT JOIN refunds ON refunds.id = item.refund_id
        GROUP BY line.order_id, line.id
    ) AS given
    WHERE given.order_id = line.order_id AND given.id = line.id
        AND line.refunded_quantity <> given.quantity
        AND given.quantity <= line.quantity
    RETURNING format('Order %s, product %s: %s are refunded, by its refunds.',
        line.order_id, line.product_id, line.refunded_quantity)
    """
)

_ORDERS = text(
    """
    UPDATE orders
    SET refunded_total = given.amount,
        status = CASE WHEN given.amount = 0 THEN 'executed'
            WHEN given.amount = orders.total THEN 'refunded'
            ELSE 'partially_refunded' END,
        version = orders.version + 1,
        updated_at = :moment
    FROM (
        SELECT orders.id,
            coalesce(sum(refunds.amount) FILTER (WHERE refunds.status = 'succeeded'), 0)
                AS amount
        FROM orders LEFT JOIN refunds ON refunds.order_id = orders.id
        WHERE orders.executed_at IS NOT NULL
        GROUP BY orders.id
    ) AS given
    WHERE given.id = orders.id
        AND given.amount <= orders.total
        AND (
            orders.refunded_total <> given.amount
            OR orders.status <> CASE WHEN given.amount = 0 THEN 'executed'
                WHEN given.amount = orders.total THEN 'refunded'
                ELSE 'partially_refunded' END
        )
    RETURNING format('Order %s: %s is refunded, by its refunds.',
        orders.id, orders.refunded_total)
    """
)

_TOTALS = text(
    """
    UPDATE orders
    SET total = lines.total, version = orders.version + 1, updated_at = :moment
    FROM (
        SELECT order_id, sum(amount) AS total
        FROM (
            SELECT order_id, line_total AS amount FROM order_items
            UNION ALL
            SELECT order_id, amount FROM order_adjustments
        ) AS parts
        GROUP BY order_id
    ) AS lines
    WHERE lines.order_id = orders.id AND orders.status = 'pending'
        AND orders.total <> lines.total
        AND lines.total >= 0
    RETURNING format('Order %s: its total is %s, by its lines.',
        orders.id, orders.total)
    """
)

# What a product shows of its variants follows from them.
_PRODUCTS = text(
    """
    UPDATE products
    SET price = shown.price, skus = shown.skus, variant_count = shown.variant_count,
        default_variant_id = shown.default_variant_id
    FROM (
        SELECT product_id, min(price) AS price,
            string_agg(sku, E'\\n' ORDER BY position) AS skus,
            count(*) AS variant_count,
            (array_agg(id ORDER BY position))[1] AS default_variant_id
        FROM variants WHERE removed_at IS NULL
        GROUP BY product_id
    ) AS shown
    WHERE products.id = shown.product_id AND (
            products.price, products.skus, products.variant_count,
            products.default_variant_id
        ) IS DISTINCT FROM (
            shown.price, shown.skus, shown.variant_count, shown.default_variant_id
        )
    RETURNING format('Product %s: shows its %s variants as they are.',
        products.id, products.variant_count)
    """
)


def repair(session: Session, moment: object) -> list[str]:
    """Mend what can be mended; give a sentence for each mend.

    Sales, refunds and changes of stock wait meanwhile.
    """
    session.execute(text("SET LOCAL lock_timeout = '60s'"))
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(
        text(
            "LOCK TABLE products, variants, orders, refunds, stock"
            " IN SHARE ROW EXCLUSIVE MODE"
        )
    )
    return [
        sentence
        for mend in (_HELD, _STOCK, _LINES, _ORDERS, _TOTALS, _PRODUCTS)
        for sentence in session.scalars(mend, {"moment": moment})
    ]
